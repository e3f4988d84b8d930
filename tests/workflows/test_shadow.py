"""A policy in shadow decides every payment, and changes nothing of what becomes of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import policy_life
from app.database.embedded import EmbeddedServer
from app.database.session import connect, transaction
from app.review.answer import Answer
from app.review.people import Role
from app.scoring.scorer import Scorer
from app.scoring.transaction import Transaction
from app.scoring.uncertainty import Scores
from app.triage.policy_state import PolicyState
from app.workflows.modelling import ActivePair
from app.workflows.shadowing import REST_SECONDS, ShadowScorer
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    FOREIGN,
    PatientScorer,
    SilentScorer,
    a_transaction,
    in_shadow,
    put_scorer,
    rows,
    simulated,
    until,
    value,
    with_policy,
)
from tests.conftest import a_database, a_service
from tests.models import shipped_under
from tests.service import Service
from tests.stored import decided_anew, policy_of

OLDER, NEWER = "2026-01-01a", "2026-01-02a"
SHADOWED = """
SELECT s.policy_id, s.model_version, s.label, s.reason, s.decided_at, s.score_id, d.label AS live_label,
    d.score_id AS live_score_id, d.decided_at AS live_decided_at, t.currency, t.amount, scores.*
FROM shadow_decisions s
JOIN transactions t ON t.id = s.transaction_id
JOIN decisions d ON d.transaction_id = t.id AND d.attempt = 1
LEFT JOIN scores ON scores.id = s.score_id
ORDER BY s.transaction_id, s.policy_id
"""
#: What becomes of payments, by their name: everything but keys and moments.
BECAME = """
SELECT t.transaction_id, d.attempt, d.label, d.reason, d.label_propensity, s.evidence_fraud, s.spread,
    c.kind, c.state, c.expected_loss, c.awaits_model, o.outcome, o.source
FROM transactions t
JOIN decisions d ON d.transaction_id = t.id
LEFT JOIN scores s ON s.id = d.score_id
LEFT JOIN cases c ON c.transaction_id = t.id
LEFT JOIN outcomes o ON o.transaction_id = t.id
ORDER BY t.transaction_id, d.attempt
"""


def payments(service: Service, count: int = 60) -> list[Transaction]:
    """Return payments of all kinds, some in a currency no model knows; the same ones each time."""
    draws = np.random.default_rng(3)
    names = service.everything.serving.pair.model.schema.names
    return [
        a_transaction(
            service,
            transaction_id=f"payment-{number:03}",
            features=dict(
                zip(names, draws.normal(scale=4.0, size=len(names)).round(3).tolist(), strict=True)
            ),
            amount=Decimal(number + 1),
            currency=FOREIGN if number % 10 == 0 else "EUR",
        )
        for number in range(count)
    ]


@pytest.fixture
def two_models(tmp_path: Path) -> Path:
    """The shipped model under two names; the newer one decides on a new database."""
    return shipped_under(tmp_path, OLDER, NEWER)


@pytest.fixture
def two_databases(postgres: EmbeddedServer) -> Iterator[tuple[str, str]]:
    with a_database(postgres) as one, a_database(postgres) as other:
        yield one, other


@pytest.fixture
async def with_two_models(database_url: str, two_models: Path) -> AsyncIterator[Service]:
    async with a_service(database_url, models_dir=two_models) as service:
        yield service


async def test_a_shadow_decides_every_payment_by_its_own_bounds(
    service: Service, engine: AsyncEngine
) -> None:
    active = await with_policy(service, novelty_at_most=None)
    shadow = await in_shadow(service, approve_at_most=0.0, decline_at_least=1.0, spread_at_most=3.0)
    await service.everything.intake.receive_many(payments(service))
    said = await rows(engine, SHADOWED)
    assert len(said) == 60
    policy = await policy_of(engine, shadow)
    for row in said:
        assert (row.policy_id, row.label, row.reason) == (shadow, *decided_anew(row, policy))
        # One score, one moment: what is compared differs in nothing but the bounds.
        assert (row.score_id, row.decided_at) == (row.live_score_id, row.live_decided_at)
    assert len({row.label for row in said}) == 3
    assert any(row.label != row.live_label for row in said)
    assert await value(engine, "SELECT count(*) FROM scores") == 54
    assert await rows(engine, "SELECT DISTINCT policy_id FROM decisions") == [(active,)]


async def test_what_becomes_of_a_payment_does_not_depend_on_shadows(
    two_databases: tuple[str, str], two_models: Path
) -> None:
    """The same payments and draws, once alone and once watched by three, one of another model."""
    became = []
    for url, is_watched in zip(two_databases, (False, True), strict=True):
        async with a_service(url, models_dir=two_models) as service:
            await with_policy(service, audit_share_approved=0.3, audit_share_declined=0.3)
            if is_watched:
                await in_shadow(service, **ALL_LEGIT)
                await in_shadow(service, **ALL_UNKNOWN, audit_share_approved=1.0)
                await in_shadow(service, **ALL_LEGIT, model_version=OLDER)
            answers = await service.everything.intake.receive_many(payments(service))
            assert all(isinstance(answer, Answer) for answer in answers)
        engine = connect(url)
        became.append(await rows(engine, BECAME))
        assert await value(engine, "SELECT count(*) FROM shadow_decisions") == 180 * is_watched
        await engine.dispose()
    alone, watched = became
    assert alone == watched
    assert {row.kind for row in alone} == {"unknown", "audit", None}


async def test_shadows_of_another_model_share_a_score_of_their_own(
    with_two_models: Service, engine: AsyncEngine
) -> None:
    service = with_two_models
    shadows = [await in_shadow(service, **bounds, model_version=OLDER) for bounds in (ALL_LEGIT, ALL_UNKNOWN)]
    await service.everything.intake.receive_many(payments(service, 20))
    said = await rows(engine, SHADOWED)
    assert [row.policy_id for row in said] == shadows * 20
    known = [row for row in said if row.currency != FOREIGN]
    assert {row.model_version for row in known} == {OLDER}
    assert all(row.score_id != row.live_score_id for row in known)
    scores = await rows(engine, "SELECT model_version, count(*) FROM scores GROUP BY 1 ORDER BY 1")
    assert scores == [(OLDER, 18), (NEWER, 18)]
    # The same network under another name says the same.
    twins = "SELECT count(*) FROM scores a JOIN scores b USING (transaction_id, evidence_fraud, novelty)"
    assert await value(engine, f"{twins} WHERE a.model_version < b.model_version") == 18
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
    assert service.everything.scorer.is_available
    assert await rows(engine, "SELECT DISTINCT policy_id FROM shadow_decisions") == [(well,)]
    assert await rows(engine, "SELECT DISTINCT model_version FROM scores") == [(NEWER,)]


async def test_a_model_that_failed_is_left_alone_for_a_while(service: Service) -> None:
    """Live answers wait for it once, not again and again; then it is tried behind their backs."""
    active = service.everything.serving.pair
    counted = CountingScorer(
        **{field.name: getattr(active.model.scorer, field.name) for field in fields(Scorer)}
    )
    other = replace(active, model=replace(active.model, version="another", scorer=counted))
    seconds = [0.0]
    scorer = ShadowScorer(timeout_seconds=5, monotonic=lambda: seconds[0])
    CountingScorer.calls, CountingScorer.fails = 0, True

    async def score() -> list[str]:
        return list(await scorer.score([active, other], active, [a_transaction(service)]))

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
            await service.everything.serving.refresh()
        assert (await service.post(service.body())).json()["label"] == "legit"
    assert await rows(engine, "SELECT policy_id FROM shadow_decisions") == [(near,)]
    assert [record.message for record in caplog.records if OLDER in record.message] != []
    assert sum(OLDER in record.message for record in caplog.records) == 1


async def test_a_repeat_casts_no_second_shadow(service: Service, engine: AsyncEngine) -> None:
    await in_shadow(service, **ALL_UNKNOWN)
    first = await service.post(body := service.body())
    late = await in_shadow(service, **ALL_LEGIT)
    assert (await service.post(body)).json() == first.json()
    assert await value(engine, "SELECT count(*) FROM shadow_decisions") == 1
    await service.post(service.body())
    assert (
        await value(engine, "SELECT count(*) FROM shadow_decisions WHERE policy_id = :late", late=late) == 1
    )


async def test_a_shadow_that_ended_says_nothing_more(service: Service, engine: AsyncEngine) -> None:
    """Not even of payments that were being scored when it ended."""
    shadow = await in_shadow(service, **ALL_UNKNOWN)
    PatientScorer.asked.clear()
    PatientScorer.let.clear()
    put_scorer(service, PatientScorer)
    posted = asyncio.create_task(service.post(service.body()))
    await asyncio.to_thread(PatientScorer.asked.wait, 10)
    await _move(service, engine, shadow, PolicyState.SIMULATED)
    PatientScorer.let.set()
    assert (await posted).json()["label"] == "legit"
    assert (await service.post(service.body())).json()["label"] == "legit"
    assert await value(engine, "SELECT count(*) FROM shadow_decisions") == 0


async def test_a_shadow_that_another_process_starts_and_ends_is_followed(
    service: Service, engine: AsyncEngine
) -> None:
    shadow = await simulated(service, **ALL_UNKNOWN)
    for state, expected in ((PolicyState.SHADOW, [shadow]), (PolicyState.SIMULATED, [])):
        await _move(service, engine, shadow, state)
        await until(_shadows_are(service, expected), seconds=2)


async def test_without_its_model_a_shadow_of_the_same_model_waits_too(
    service: Service, engine: AsyncEngine
) -> None:
    await in_shadow(service, **ALL_LEGIT)
    put_scorer(service, SilentScorer)
    assert (await service.post(service.body())).json()["reason"] == "model_unavailable"
    said = await rows(engine, "SELECT label, reason, score_id FROM shadow_decisions")
    assert said == [("unknown", "model_unavailable", None)]


class CountingScorer(Scorer):
    """A model that fails while it is told to, and counts how often it was asked."""

    calls = 0
    fails = True

    def score(self, vectors: np.ndarray) -> Scores:
        type(self).calls += 1
        if self.fails:
            raise RuntimeError
        return super().score(vectors)


def _shadows_are(service: Service, expected: list[int]) -> Callable[[], Any]:
    async def are() -> bool:
        return [each.policy_id for each in service.everything.serving.shadows] == expected

    return are


async def _move(service: Service, engine: AsyncEngine, policy_id: int, to: PolicyState) -> None:
    """Move a version as another process would: nobody here is told but by the database."""
    manager = await service.person(Role.MANAGER)
    async with transaction(engine) as connection:
        now = service.everything.clock()
        await policy_life.move(connection, policy_id, to, account_id=manager.id, now=now)


def _put_shadow_scorer(service: Service, version: str, kind: type[Scorer]) -> None:
    """Let the shadows of one model be scored by another kind of scorer."""

    def put(pair: ActivePair) -> ActivePair:
        if pair.model.version != version:
            return pair
        real = pair.model.scorer
        other = kind(**{field.name: getattr(real, field.name) for field in fields(Scorer)})
        return replace(pair, model=replace(pair.model, scorer=other))

    serving = service.everything.serving
    serving._shadows = tuple(put(pair) for pair in serving.shadows)
