"""Shadows of other models: scored aside, and without them where their model fails or is not here."""

import logging
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.scoring.scorer import Scorer
from app.scoring.uncertainty import Scores
from app.workflows.models.serving import ActivePair
from app.workflows.payments.shadowing import REST_SECONDS, ShadowScorer
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    FOREIGN,
    SilentScorer,
    a_transaction,
    in_shadow,
    rows,
    until,
    value,
)
from tests.conftest import a_service
from tests.models import shipped_under
from tests.service import Service
from tests.workflows.watched import NEWER, OLDER, SHADOWED, payments


@pytest.fixture
def two_models(tmp_path: Path) -> Path:
    """The shipped model under two names; the newer one decides on a new database."""
    return shipped_under(tmp_path, OLDER, NEWER)


@pytest.fixture
async def with_two_models(database_url: str, two_models: Path) -> AsyncIterator[Service]:
    async with a_service(database_url, models_dir=two_models) as service:
        yield service


async def test_shadows_of_another_model_share_a_score_of_their_own(
    with_two_models: Service, engine: AsyncEngine
) -> None:
    service = with_two_models
    shadows = [await in_shadow(service, **bounds, model_version=OLDER) for bounds in (ALL_LEGIT, ALL_UNKNOWN)]
    await service.services.payments.intake.receive_many(payments(service, 20))
    said = await rows(engine, SHADOWED)
    assert [row.policy_id for row in said] == shadows * 20
    known = [row for row in said if row.currency != FOREIGN]
    assert {row.model_version for row in known} == {OLDER}
    assert {row.score_id for row in known} == {
        row.id for row in await rows(engine, "SELECT id FROM shadow_scores")
    }
    assert await rows(engine, "SELECT model_version, count(*) FROM shadow_scores GROUP BY 1") == [(OLDER, 18)]
    live = "SELECT model_version, count(*) FROM decisions WHERE is_scored GROUP BY 1"
    assert await rows(engine, live) == [(NEWER, 18)]
    # The same network under another name says the same.
    same = "USING (transaction_id, evidence_fraud, novelty) WHERE own.model_version < d.model_version"
    assert await value(engine, f"SELECT count(*) FROM shadow_scores own JOIN decisions d {same}") == 18
    foreign = {(row.label, row.reason, row.score_id) for row in said if row.currency == FOREIGN}
    assert foreign == {("unknown", "currency_unsupported", None)}


async def test_a_shadow_whose_model_fails_leaves_no_word_and_no_trace_in_the_answer(
    with_two_models: Service, engine: AsyncEngine
) -> None:
    service = with_two_models
    await in_shadow(service, **ALL_LEGIT, model_version=OLDER)
    well = await in_shadow(service, **ALL_UNKNOWN)
    _put_shadow_scorer(service, OLDER, SilentScorer)
    for _ in range(2):
        answer = await service.post(service.body())
        assert (answer.status_code, answer.json()["label"]) == (200, "legit")
    assert service.services.models.scorer.is_available
    assert await rows(engine, "SELECT DISTINCT policy_id FROM shadow_decisions") == [(well,)]
    assert await rows(engine, "SELECT DISTINCT model_version FROM decisions WHERE is_scored") == [(NEWER,)]
    assert await value(engine, "SELECT count(*) FROM shadow_scores") == 0


async def test_a_model_that_failed_is_left_alone_for_a_while(service: Service) -> None:
    """Live answers wait for it once, not again and again; then it is tried behind their backs."""
    active = service.services.models.serving.pair
    counted = CountingScorer(
        **{field.name: getattr(active.model.scorer, field.name) for field in fields(Scorer)}
    )
    other = replace(active, model=replace(active.model, version="another", scorer=counted))
    seconds = [0.0]
    scorer = ShadowScorer(timeout_seconds=5, monotonic=lambda: seconds[0])
    CountingScorer.calls, CountingScorer.fails = 0, True

    async def score() -> list[str]:
        return list(await scorer.score([active, other], active, lambda _: [a_transaction(service)]))

    assert await score() == []
    CountingScorer.fails = False
    seconds[0] = REST_SECONDS - 1
    assert await score() == []
    assert CountingScorer.calls == 1
    seconds[0] = REST_SECONDS
    assert await score() == []

    async def is_back() -> bool:
        return await score() == ["another"]

    await until(is_back)
    scorer.close()


async def test_a_shadow_whose_model_is_not_here_is_passed_over_with_one_warning(
    database_url: str, two_models: Path, tmp_path: Path, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "elsewhere").mkdir()
    elsewhere = shipped_under(tmp_path / "elsewhere", NEWER)
    async with a_service(database_url, models_dir=two_models) as service:
        await in_shadow(service, model_version=OLDER)
        near = await in_shadow(service, **ALL_UNKNOWN)
    caplog.set_level(logging.WARNING)
    async with a_service(database_url, models_dir=elsewhere) as service:
        for _ in range(3):
            await service.services.models.serving.refresh()
        assert (await service.post(service.body())).json()["label"] == "legit"
    assert await rows(engine, "SELECT policy_id FROM shadow_decisions") == [(near,)]
    assert sum(OLDER in str(getattr(record, "detail", "")) for record in caplog.records) == 1


class CountingScorer(Scorer):
    """A model that fails while it is told to, and counts how often it was asked."""

    calls = 0
    fails = True

    def score(self, vectors: np.ndarray) -> Scores:
        type(self).calls += 1
        if self.fails:
            raise RuntimeError
        return super().score(vectors)


def _put_shadow_scorer(service: Service, version: str, kind: type[Scorer]) -> None:
    """Let the shadows of one model be scored by another kind of scorer."""

    def put(pair: ActivePair) -> ActivePair:
        if pair.model.version != version:
            return pair
        real = pair.model.scorer
        other = kind(**{field.name: getattr(real, field.name) for field in fields(Scorer)})
        return replace(pair, model=replace(pair.model, scorer=other))

    serving = service.services.models.serving
    serving._shadows = tuple(put(pair) for pair in serving.shadows)
