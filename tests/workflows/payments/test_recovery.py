"""When the model is back, what waited for it is scored again, and nobody's work is taken away."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.review.case import Judgement
from app.web.services import Services
from app.workflows.cases.judgements import VerdictInput
from app.workflows.payments.recovery import Recovery
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    Clock,
    SilentScorer,
    SquintingScorer,
    a_desk,
    put_scorer,
    rows,
    scored_by,
    value,
    with_policy,
)
from tests.service import Service

DECISIONS = "SELECT attempt, label, reason, is_scored FROM decisions ORDER BY id"
CASES = "SELECT state, kind, awaits_model FROM cases ORDER BY id"


def recovery_of(services: Services) -> Recovery:
    return services.pulse._recovery


@pytest.fixture(autouse=True)
async def _by_hand(service: Service) -> None:
    """The pulse rests: each test says itself when the model is looked for."""
    await service.services.pulse.stop()


async def posted_without_model(service: Service, **changes: object) -> str:
    async with scored_by(service, SilentScorer):
        body = service.body(**changes)
        answer = await service.post(body)
    assert answer.json()["reason"] == "model_unavailable", answer.text
    return str(body["transaction_id"])


async def test_a_case_the_model_comes_to_know_is_closed(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=0.0)
    name = await posted_without_model(service)
    assert (await service.get(f"/v1/transactions/{name}")).json()["outcome"] == "pending"
    await recovery_of(service.services).tick()
    assert service.services.models.scorer.is_available
    assert await rows(engine, DECISIONS) == [
        (1, "unknown", "model_unavailable", False),
        (2, "legit", "evidence_legit", True),
    ]
    assert await rows(engine, CASES) == [("closed", "audit", False)]
    became = (await service.get(f"/v1/transactions/{name}")).json()
    assert (became["outcome"], became["outcome_source"], became["verdict"]) == ("legit", "machine", None)


async def test_the_first_answer_stays_the_answer(service: Service) -> None:
    await with_policy(service, **ALL_LEGIT)
    async with scored_by(service, SilentScorer):
        first = await service.post(body := service.body())
    await recovery_of(service.services).tick()
    assert (await service.post(body)).json() == first.json()


async def test_a_case_the_model_still_does_not_know_stays(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    await posted_without_model(service)
    before = await value(engine, "SELECT priority_key FROM cases")
    await recovery_of(service.services).tick()
    assert await rows(engine, CASES) == [("open", "unknown", False)]
    assert await value(engine, "SELECT priority_key FROM cases") != before
    assert await value(engine, "SELECT d.attempt FROM cases c JOIN decisions d ON d.id = c.decision_id") == 2
    assert await value(engine, "SELECT count(*) FROM outcomes") == 0


async def test_a_case_somebody_holds_stays_theirs(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=0.0)
    await posted_without_model(service)
    analyst = await service.person(Role.ANALYST)
    claims = service.services.cases.claims
    held = await claims.current_or_next(analyst)
    assert held is not None
    await recovery_of(service.services).tick()
    assert await rows(engine, CASES) == [("open", "audit", False)]
    assert await value(engine, "SELECT label_propensity FROM decisions WHERE attempt = 2") == 1.0
    again = await claims.current_or_next(analyst)
    assert again is not None
    assert (again.case.id, again.case.lease, again.label) == (held.case.id, held.case.lease, "legit")
    assert again.case.lease is not None
    saying = VerdictInput(judgement=Judgement.FRAUD)
    await service.services.cases.verdicts.judge(analyst, again.case.id, again.case.lease.token, saying)
    assert await rows(engine, "SELECT outcome, source FROM outcomes") == [("legit", "machine")]
    assert await value(engine, "SELECT decision_id FROM verdicts") == again.decision_id


async def test_a_case_whose_lease_ran_out_is_nobodys(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=0.0)
    await posted_without_model(service)
    clock = Clock(service.services.clock() - timedelta(minutes=10))
    await a_desk(service, clock).claimed(await service.person(Role.ANALYST))
    await recovery_of(service.services).tick()
    assert await rows(engine, CASES) == [("closed", "audit", False)]


async def test_an_audit_draw_keeps_the_case(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=1.0)
    await posted_without_model(service)
    await recovery_of(service.services).tick()
    assert await rows(engine, CASES) == [("open", "audit", False)]
    assert await value(engine, "SELECT count(*) FROM outcomes") == 1


async def test_unscored_cases_are_ordered_by_amount(service: Service, engine: AsyncEngine) -> None:
    for amount in ("10.00", "3000.00", "200.00"):
        await posted_without_model(service, amount=amount)
    found = await rows(
        engine,
        "SELECT t.amount, c.expected_loss FROM cases c JOIN transactions t ON t.id = c.transaction_id"
        " ORDER BY c.priority_key DESC, c.id",
    )
    assert [float(row.amount) for row in found] == [3000, 200, 10]
    pair = service.services.models.serving.pair
    for row in found:
        loss = pair.model.base_rate * (float(row.amount) + pair.policy.costs.overhead)
        assert row.expected_loss == pytest.approx(loss)


async def test_while_the_model_is_away_cases_wait(service: Service, engine: AsyncEngine) -> None:
    await posted_without_model(service)
    put_scorer(service, SilentScorer)
    for _ in range(3):
        await recovery_of(service.services).tick()
    assert recovery_of(service.services).waiting == 1
    assert await rows(engine, CASES) == [("open", "unknown", True)]
    assert await value(engine, "SELECT count(*) FROM decisions") == 1


async def test_a_payment_the_model_can_never_score_is_left_to_people(
    service: Service, engine: AsyncEngine
) -> None:
    await posted_without_model(service, features={"V1": 90_000.0})
    put_scorer(service, SquintingScorer)
    for _ in range(3):
        await recovery_of(service.services).tick()
    assert await rows(engine, CASES) == [("open", "unknown", False)]
    assert await value(engine, "SELECT count(*) FROM decisions") == 2
    assert service.services.models.scorer.is_available


async def test_hundreds_of_cases_are_worked_off_at_once(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=0.0)
    async with scored_by(service, SilentScorer):
        bodies = [service.body() for _ in range(450)]
        posted = await service.client.post("/v1/transactions/batch", json=bodies, headers=service.headers)
    assert {row["answer"]["reason"] for row in posted.json()["results"]} == {"model_unavailable"}
    await recovery_of(service.services).tick()
    assert recovery_of(service.services).waiting == 0
    assert await rows(engine, "SELECT state, count(*) FROM cases GROUP BY state") == [("closed", 450)]
    assert await value(engine, "SELECT count(*) FROM outcomes WHERE source = 'machine'") == 450
