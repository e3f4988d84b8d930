"""A transaction is answered once and for all, after it was written with all that belongs to it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.intake.storing import identity_of
from app.database.server.session import RowRefused
from app.review.answer import Answer, TransactionConflict
from app.scoring.transaction import Transaction
from app.triage.labels import Label
from app.workflows.payments.answering import Heard
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    FOREIGN,
    PatientScorer,
    a_transaction,
    driver,
    put_scorer,
    rows,
    until_somebody_waits_for_a_lock,
    value,
    with_policy,
)
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

OPEN_CASES = "SELECT count(*) FROM cases WHERE state = 'open'"


def answers_of(heard: list[Heard]) -> list[Answer]:
    assert all(isinstance(each, Answer) for each in heard), heard
    return [each for each in heard if isinstance(each, Answer)]


async def test_a_repeat_hears_the_first_answer_whatever_is_active_now(service: Service) -> None:
    first = await service.post(body := service.body())
    await with_policy(service, **ALL_UNKNOWN)
    again = await service.post(body)
    assert again.json() == first.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    fresh = await service.post(service.body())
    assert fresh.json()["label"] == "unknown"
    assert fresh.json()["policy_version"] != first.json()["policy_version"]


async def test_what_means_the_same_is_the_same(service: Service) -> None:
    first = await service.post(service.body(transaction_id="same", features={"V1": 1.0}, amount="10"))
    body = service.body(transaction_id="same", features={"V1": 1}, amount=10.0, respond_by=None)
    body["occurred_at"] = "2026-05-01T14:00:00+02:00"
    body["features"] = dict(reversed(body["features"].items()))
    again = await service.post(dict(reversed(body.items())))
    assert again.json() == first.json()


async def test_no_amount_is_less_than_nothing(service: Service) -> None:
    first = await service.post(service.body(transaction_id="zero", amount="0.0", features={"V1": 0.0}))
    again = await service.post(service.body(transaction_id="zero", amount="-0", features={"V1": -0.0}))
    assert again.json() == first.json()


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "41.91"},
        {"currency": "USD"},
        {"occurred_at": "2026-05-01T12:00:00.000001Z"},
        {"features": {"V1": 0.123}},
        {"attributes": {"card": "another"}},
        {"attributes": {}},
        {"respond_by": "2026-05-01T12:45:00Z"},
    ],
    ids=str,
)
async def test_another_payment_under_a_used_id_is_a_conflict(
    service: Service, engine: AsyncEngine, change: dict[str, object]
) -> None:
    first = await service.post(service.body(transaction_id="order-1"))
    refused = await service.post(service.body(transaction_id="order-1", **change))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tertium:problem:transaction-conflict")
    assert (await service.post(service.body(transaction_id="order-1"))).json() == first.json()
    assert await value(engine, "SELECT count(*) FROM decisions") == 1


async def test_equal_ids_in_one_batch_behave_as_a_sequence(service: Service, engine: AsyncEngine) -> None:
    one = a_transaction(service, transaction_id="a", amount="1.00")
    other = a_transaction(service, transaction_id="a", amount="2.00")
    heard = await service.services.payments.intake.receive_many(
        [one, other, one, a_transaction(service), one]
    )
    first, conflict, *repeats = heard
    assert isinstance(first, Answer)
    assert isinstance(conflict, TransactionConflict)
    assert [repeat == replace(first, is_repeat=True) for repeat in repeats] == [True, False, True]
    assert await value(engine, "SELECT amount FROM transactions WHERE transaction_id = 'a'") == Decimal(1)


async def test_equal_ids_in_parts_of_one_body_behave_as_a_sequence(
    service: Service, engine: AsyncEngine
) -> None:
    one = a_transaction(service, transaction_id="in parts")
    other = a_transaction(service, transaction_id="in parts", amount=Decimal(7))
    alone = a_transaction(service)

    async def parts() -> AsyncIterator[list[Transaction]]:
        for part in ([one, alone], [], [other], [one]):
            yield part

    heard = await service.services.payments.intake.receive_as_read(parts())
    first, by_itself, conflict, repeat = heard
    assert isinstance(first, Answer)
    assert isinstance(by_itself, Answer)
    assert isinstance(conflict, TransactionConflict)
    assert repeat == replace(first, is_repeat=True)
    assert await value(engine, "SELECT count(*) FROM transactions") == 2


async def test_equal_ids_posted_at_once_are_written_once(service: Service, engine: AsyncEngine) -> None:
    body = service.body(currency=FOREIGN)
    answers = await asyncio.gather(*(service.post(body) for _ in range(40)))
    assert len({answer.text for answer in answers}) == 1
    assert [answer.status_code for answer in answers] == [200] * 40
    assert await value(engine, OPEN_CASES) == 1


async def test_two_clients_may_use_the_same_id(service: Service, engine: AsyncEngine) -> None:
    key = await service.services.access.api_keys.add("another shop", service.services.clock())
    body = service.body()
    mine = await service.post(body)
    theirs = await service.client.post(
        "/v1/transactions", json=body | {"amount": "7"}, headers={"X-API-Key": key}
    )
    assert (mine.status_code, theirs.status_code) == (200, 200)
    assert mine.json()["decision_id"] != theirs.json()["decision_id"]
    assert await value(engine, "SELECT count(DISTINCT client_id) FROM transactions") == 2
    hers = await service.client.get(f"/v1/transactions/{body['transaction_id']}", headers={"X-API-Key": key})
    assert hers.json()["decision"]["decision_id"] == theirs.json()["decision_id"]


@pytest.mark.parametrize(
    "poison", [{"amount": Decimal(-1)}, {"amount": Decimal("1e15")}, {"transaction_id": "x" * 200}]
)
async def test_a_poisoned_row_fails_alone(
    service: Service, engine: AsyncEngine, poison: dict[str, object]
) -> None:
    """Such a row does not get through the door; were one to, its neighbours must not pay for it."""
    good = [a_transaction(service) for _ in range(9)]
    rotten = replace(a_transaction(service), **poison)  # type: ignore[arg-type]
    heard = await service.services.payments.intake.receive_many([*good[:4], rotten, *good[4:]])
    assert isinstance(heard[4], RowRefused)
    assert len(answers_of(heard[:4] + heard[5:])) == 9
    assert await value(engine, "SELECT count(*) FROM decisions") == 9


async def test_batches_that_meet_in_opposite_order_do_not_lock_each_other_out(
    service: Service, database_url: str, engine: AsyncEngine
) -> None:
    """A third connection holds the middle key open, so that the first batch has written one and waits."""
    in_order = sorted("amz", key=lambda name: identity_of(1, name))
    first, middle, last = (a_transaction(service, transaction_id=name) for name in in_order)
    gate = await driver(database_url)
    blocking = gate.transaction()
    await blocking.start()
    await gate.execute("INSERT INTO payment_keys VALUES ($1, 1)", identity_of(1, middle.transaction_id))
    receive = service.services.payments.intake.receive_many
    forth = asyncio.create_task(receive([last, middle, first]))
    await until_somebody_waits_for_a_lock(engine)
    back = asyncio.create_task(receive([first, last]))
    await until_somebody_waits_for_a_lock(engine, backends=2)
    await blocking.rollback()
    await gate.close()
    answers_of([*await forth, *await back])
    assert await value(engine, "SELECT count(*) FROM decisions") == 3


async def test_every_unknown_has_exactly_one_open_case(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, audit_share_approved=0.0, audit_share_declined=0.0)
    batch = [a_transaction(service, currency=("EUR", FOREIGN)[place % 2]) for place in range(200)]
    answers = answers_of(await service.services.payments.intake.receive_many(batch))
    labelled = [(answer.label is Label.UNKNOWN, answer.case_id is not None) for answer in answers]
    assert labelled == [(False, False), (True, True)] * 100
    cases = await rows(engine, "SELECT id, kind, state, decision_id FROM cases ORDER BY id")
    assert [case.id for case in cases] == sorted(answer.case_id or 0 for answer in answers if answer.case_id)
    assert {(case.kind, case.state) for case in cases} == {("unknown", "open")}


async def test_a_currency_the_model_never_learned_is_a_persons_business(
    service: Service, engine: AsyncEngine
) -> None:
    answer = (await service.post(service.body(currency=FOREIGN))).json()
    assert (answer["label"], answer["reason"], answer["score"]) == ("unknown", "currency_unsupported", None)
    assert await value(engine, "SELECT count(*) FROM decisions WHERE is_scored") == 0
    assert await value(engine, "SELECT awaits_model FROM cases") is False


async def test_every_decision_knows_how_likely_somebody_looks(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, audit_share_approved=0.25, audit_share_declined=0.5)
    pair = service.services.models.serving.pair
    decline = {"novelty_at_most": None, "approve_at_most": -1000.0, "decline_at_least": -1000.0}
    await service.services.payments.intake.receive_many(
        [a_transaction(service), a_transaction(service, currency=FOREIGN)]
    )
    await with_policy(service, **decline)
    await service.services.payments.intake.receive_many([a_transaction(service)])
    assert service.services.models.serving.pair.policy_id != pair.policy_id
    found = await rows(engine, "SELECT label, label_propensity AS propensity FROM decisions")
    assert {(row.label, row.propensity) for row in found} == {
        ("legit", 0.25),
        ("unknown", 1.0),
        ("fraud", 0.5),
    }


async def test_audits_are_drawn_in_the_share_the_policy_sets(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=0.1)
    batch = [a_transaction(service) for _ in range(2000)]
    answers = answers_of(await service.services.payments.intake.receive_many(batch))
    drawn = sum(answer.case_id is not None for answer in answers)
    # 200 expected with a standard deviation of 13; seeded.
    assert 150 < drawn < 250
    assert await rows(engine, "SELECT kind, count(*) FROM cases GROUP BY kind") == [("audit", drawn)]
    assert {answer.label for answer in answers} == {Label.LEGIT}
    assert await value(engine, "SELECT count(*) FROM outcomes WHERE source = 'machine'") == 2000


async def test_an_urgent_loss_goes_before_a_small_one(service: Service, engine: AsyncEngine) -> None:
    amounts = ["5.00", "5000.00", "50.00"]
    await service.services.payments.intake.receive_many(
        [a_transaction(service, currency=FOREIGN, amount=amount) for amount in amounts]
    )
    found = await rows(
        engine,
        "SELECT t.amount FROM cases JOIN transactions t ON t.id = cases.transaction_id"
        " ORDER BY priority_key DESC",
    )
    assert [f"{row.amount:.2f}" for row in found] == ["5000.00", "50.00", "5.00"]


async def test_a_policy_activated_while_the_model_scores_decides(
    service: Service, engine: AsyncEngine
) -> None:
    """A real second activation commits between scoring and writing."""
    before = service.services.models.serving.pair.policy_id
    PatientScorer.asked.clear()
    PatientScorer.let.clear()
    put_scorer(service, PatientScorer)
    posted = asyncio.create_task(service.post(service.body()))
    await asyncio.to_thread(PatientScorer.asked.wait, PATIENCE_SECONDS)
    active = await with_policy(service, **ALL_UNKNOWN)
    PatientScorer.let.set()
    answer = (await posted).json()
    assert active != before
    assert (answer["policy_version"], answer["label"]) == (active, "unknown")
    stored = await rows(engine, "SELECT policy_id, label FROM decisions")
    assert stored == [(active, "unknown")]
