"""When the model is away, late, or talks nonsense: nothing is approved, and it is noticed."""

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.answer import Answer
from app.triage.labels import Reason
from app.workflows.payments.answering import BacklogFull, Heard
from tests.builders import (
    ALL_LEGIT,
    FOREIGN,
    NonsenseScorer,
    SilentScorer,
    SquintingScorer,
    WordlessScorer,
    a_transaction,
    put_scorer,
    rows,
    until,
    value,
    with_policy,
)
from tests.conftest import a_service
from tests.patience import PATIENCE_SECONDS
from tests.service import Service


def answers_of(heard: list[Heard]) -> list[Answer]:
    assert all(isinstance(each, Answer) for each in heard), heard
    return [each for each in heard if isinstance(each, Answer)]


async def test_a_model_out_of_time_approves_nothing(database_url: str, engine: AsyncEngine) -> None:
    async with a_service(database_url, scoring_timeout_ms=0) as service:
        await with_policy(service, **ALL_LEGIT)
        answers = [(await service.post(service.body())).json() for _ in range(3)]
    said = {(answer["label"], answer["reason"], answer["score"]) for answer in answers}
    assert said == {("unknown", "model_unavailable", None)}
    assert await value(engine, "SELECT count(*) FROM cases WHERE awaits_model") == 3
    assert await value(engine, "SELECT count(*) FROM outcomes") == 0


@pytest.mark.parametrize("kind", [SilentScorer, NonsenseScorer])
async def test_a_broken_model_approves_nothing_and_is_noticed(
    service: Service, engine: AsyncEngine, kind: type[SilentScorer]
) -> None:
    await with_policy(service, **ALL_LEGIT)
    put_scorer(service, kind)
    answer = (await service.post(service.body())).json()
    assert (answer["label"], answer["reason"]) == ("unknown", "model_unavailable")

    async def is_noticed() -> bool:
        ready = await service.get("/readyz")
        return (ready.status_code, ready.json()["model"], ready.json()["database"]) == (503, False, True)

    # On a busy machine the database may not be looked at in time, and is not said to be there.
    await until(is_noticed, seconds=PATIENCE_SECONDS)
    # However often the recovery looks: nothing was scored, so the case waits for the model.
    for _ in range(3):
        await service.services.pulse._recovery.tick()
    assert await rows(engine, "SELECT awaits_model, state FROM cases") == [(True, "open")]
    assert await value(engine, "SELECT count(*) FROM decisions") == 1


async def test_a_payment_the_model_cannot_score_is_that_payments_trouble(service: Service) -> None:
    await with_policy(service, **ALL_LEGIT)
    put_scorer(service, SquintingScorer)
    lost = a_transaction(service, features={"V1": 90_000.0})
    heard = answers_of(await service.services.payments.intake.receive_many([a_transaction(service), lost]))
    assert [answer.reason for answer in heard] == [Reason.EVIDENCE_LEGIT, Reason.MODEL_UNAVAILABLE]
    assert service.services.models.scorer.is_available


async def test_a_model_that_cannot_explain_still_scores(service: Service) -> None:
    put_scorer(service, WordlessScorer)
    pair = service.services.models.serving.pair
    vector = np.zeros(len(pair.model.schema.columns))
    assert await service.services.models.scorer.explain(pair.model, vector) is None
    assert service.services.models.scorer.is_available
    assert (await service.post(service.body())).json()["reason"] == "evidence_legit"


async def test_a_full_backlog_refuses_what_is_new_and_repeats_what_is_old(
    database_url: str, engine: AsyncEngine
) -> None:
    async with a_service(database_url, unavailable_backlog=0) as service:
        known = await service.post(body := service.body())
        put_scorer(service, SilentScorer)
        refused = await service.post(service.body())
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert refused.json()["type"] == "urn:tertium:problem:backlog-full"
        assert (await service.post(body)).json() == known.json()
        foreign = a_transaction(service, currency=FOREIGN)
        heard = await service.services.payments.intake.receive_many([a_transaction(service), foreign])
        assert [type(each) for each in heard] == [BacklogFull, Answer]
    assert await value(engine, "SELECT count(*) FROM transactions") == 2


async def test_the_backlog_is_full_at_the_number_set(database_url: str) -> None:
    async with a_service(database_url, unavailable_backlog=2) as service:
        put_scorer(service, SilentScorer)
        statuses = []
        for _ in range(4):
            statuses.append((await service.post(service.body())).status_code)
            await service.services.pulse._recovery.tick()
    assert statuses == [200, 200, 503, 503]
