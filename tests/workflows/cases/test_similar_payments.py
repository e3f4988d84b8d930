"""Known payments as the desk meets them: from the database into memory, followed, and never too many."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import app.workflows.cases.similar_payments as subject
from app.database.cases.cases import CaseFile
from app.review.access.people import Role
from app.review.case import Judgement
from app.workflows.cases.judgements import VerdictInput
from app.workflows.cases.similar_payments import KnownPayments, SimilarPayments
from tests.builders import ALL_LEGIT, ALL_UNKNOWN, FOREIGN, NOON, Clock, a_case, driver, run, with_policy
from tests.service import Service

LATE_REPORT = """
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)
SELECT id, 'fraud', 'audit', '2026-05-01', '2026-05-02', '2026-05-02'
FROM transactions WHERE transaction_id = $1
"""


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture(autouse=True)
async def nothing_waits(service: Service) -> None:
    """What waits is not told of: these payments are approved, but for the case that is looked at."""
    await with_policy(service, **ALL_LEGIT)


@pytest.fixture
def neighbours(service: Service, engine: AsyncEngine, clock: Clock) -> KnownPayments:
    """Followed by the test itself, not by the service's pulse."""
    return KnownPayments(engine, service.services.models.serving, clock=clock)


async def posted(service: Service, **changes: Any) -> str:
    body = service.body(**changes)
    assert (await service.post(body)).status_code == 200
    return str(body["transaction_id"])


async def told(service: Service, name: str, label: str, **changes: Any) -> None:
    report = {
        "transaction_id": name,
        "label": label,
        "source": "chargeback",
        "occurred_at": NOON.isoformat(),
        "learned_at": (NOON + timedelta(days=1)).isoformat(),
    }
    answer = await service.client.post(
        "/v1/labels", json={"labels": [report | changes]}, headers=service.headers
    )
    assert answer.json()["accepted"] == 1, answer.text


async def known(
    service: Service, label: str, *, at: Mapping[str, float] | None = None, **changes: Any
) -> str:
    name = await posted(service, features=dict(at or {}), **changes)
    await told(service, name, label)
    return name


async def a_waiting_case(service: Service, **changes: Any) -> CaseFile:
    """Return a case among payments that the machine approves from now on."""
    await with_policy(service, **ALL_UNKNOWN)
    file = await a_case(service, **changes)
    await with_policy(service, **ALL_LEGIT)
    return file


async def judged(service: Service, file: CaseFile, judgement: Judgement) -> None:
    """Let somebody who may judge everything take the case that waits, and judge it."""
    claims, manager = service.services.cases.claims, await service.person(Role.SENIOR)
    held = await claims.current_or_next(manager)
    assert held is not None
    assert held.case.lease is not None
    assert held.case.id == file.case.id
    saying = VerdictInput(judgement=judgement)
    await service.services.cases.verdicts.judge(manager, held.case.id, held.case.lease.token, saying)


async def likeness(service: Service, neighbours: KnownPayments, file: CaseFile) -> SimilarPayments | None:
    model = service.services.models.serving.pair.model
    vector = model.schema.vectorize([file.features], [float(file.amount)], [file.occurred_at])[0]
    return await neighbours.likeness(model, vector, file)


async def found(service: Service, neighbours: KnownPayments, file: CaseFile) -> list[tuple[str, str, float]]:
    seen = await likeness(service, neighbours, file)
    assert seen is not None
    return [
        (each.known.label.value, each.known.source, float(each.known.amount))
        for each in (*seen.nearest.frauds, *seen.nearest.legits)
    ]


async def test_the_nearest_known_payments_are_found_nearest_first(
    service: Service, neighbours: KnownPayments
) -> None:
    for number in range(1, 6):
        await known(service, "fraud", at={"V14": -float(number)}, amount=f"{40 + number}.00")
    await known(service, "legit", at={"V14": 0.5}, amount="39.00")
    await posted(service)
    file = await a_waiting_case(service, amount="41.00")
    await neighbours.refresh()
    assert await found(service, neighbours, file) == [
        ("fraud", "chargeback", 41),
        ("fraud", "chargeback", 42),
        ("fraud", "chargeback", 43),
        ("legit", "chargeback", 39),
    ]


async def test_nothing_is_held_before_the_first_refresh(service: Service, neighbours: KnownPayments) -> None:
    assert await likeness(service, neighbours, await a_waiting_case(service)) is None


async def test_what_is_learned_later_is_taken_up_and_replaces_what_was_thought(
    service: Service, neighbours: KnownPayments
) -> None:
    name = await known(service, "legit", at={"V4": 1.0})
    file = await a_waiting_case(service)
    await neighbours.refresh()
    assert await found(service, neighbours, file) == [("legit", "chargeback", 41.9)]
    later = (NOON + timedelta(days=2)).isoformat()
    await told(service, name, "fraud", source="appeal", learned_at=later)
    await neighbours.refresh()
    assert await found(service, neighbours, file) == [("fraud", "appeal", 41.9)]


def another(file: CaseFile, **features: float) -> CaseFile:
    """Return a case of another payment, beside this one."""
    case = replace(file.case, transaction_key=-1)
    return replace(file, case=case, features={**file.features, **features})


async def test_a_verdict_makes_a_payment_known_and_an_escalation_does_not(
    service: Service, neighbours: KnownPayments, clock: Clock
) -> None:
    file = await a_waiting_case(service, features={"V4": 1.0})
    await judged(service, file, Judgement.ESCALATE)
    await neighbours.refresh()
    assert await found(service, neighbours, another(file, V4=2.0)) == []
    await judged(service, file, Judgement.FRAUD)
    await neighbours.refresh()
    other = another(file, V4=2.0)
    assert await found(service, neighbours, other) == [], "learned after the clock's moment"
    clock.passes(minutes=1)
    assert await found(service, neighbours, other) == [("fraud", "verdict", 41.9)]
    assert await found(service, neighbours, another(file)) == [], "an exact copy"
    assert await found(service, neighbours, replace(other, case=file.case)) == [], "itself"


async def test_a_report_counts_before_a_verdict(service: Service, neighbours: KnownPayments) -> None:
    file = await a_waiting_case(service, features={"V4": 1.0})
    await judged(service, file, Judgement.FRAUD)
    await told(service, file.transaction_id, "legit")
    await neighbours.refresh()
    assert await found(service, neighbours, another(file, V4=2.0)) == [("legit", "chargeback", 41.9)]


async def test_a_later_payment_and_one_of_other_features_or_currency_are_none(
    service: Service, neighbours: KnownPayments, engine: AsyncEngine
) -> None:
    await known(service, "fraud", at={"V4": 1.0}, occurred_at=(NOON + timedelta(hours=1)).isoformat())
    await known(service, "fraud", at={"V4": 1.0}, currency=FOREIGN)
    other = await known(service, "fraud", at={"V4": 1.0})
    file = await a_waiting_case(service)
    await run(engine, "ALTER TABLE payments DISABLE TRIGGER USER")
    await run(engine, "INSERT INTO feature_lists (names) VALUES ('{speed}')")
    await run(
        engine,
        "UPDATE payments SET features = '{1}', feature_list = (SELECT max(id) FROM feature_lists)"
        " WHERE transaction_id = :name",
        name=other,
    )
    await neighbours.refresh()
    assert await found(service, neighbours, file) == []


async def test_an_amount_in_a_strange_currency_is_compared_with_nothing(
    service: Service, neighbours: KnownPayments
) -> None:
    await known(service, "fraud")
    file = await a_waiting_case(service, currency=FOREIGN)
    await neighbours.refresh()
    assert await likeness(service, neighbours, file) is None


async def test_only_the_newest_are_held(
    service: Service, neighbours: KnownPayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "MOST_ROWS", 3)
    monkeypatch.setattr(subject, "ROWS_AT_ONCE", 2)
    for number in range(5):
        await known(service, "legit", at={"V4": float(number + 1)}, amount=f"{number}.00")
    file = await a_waiting_case(service)
    await neighbours.refresh()
    assert sorted(amount for *_, amount in await found(service, neighbours, file)) == [2, 3, 4]
    await known(service, "legit", at={"V4": 9.0}, amount="5.00")
    await neighbours.refresh()
    assert sorted(amount for *_, amount in await found(service, neighbours, file)) == [3, 4, 5]


async def test_a_report_that_commits_late_is_found(
    service: Service, neighbours: KnownPayments, database_url: str
) -> None:
    """Its id is lower and its date earlier than those of what was read meanwhile."""
    name = await posted(service, features={"V4": 1.0})
    file = await a_waiting_case(service)
    late = await driver(database_url)
    try:
        held_open = late.transaction()
        await held_open.start()
        await late.execute(LATE_REPORT, name)
        await known(service, "legit", at={"V4": 2.0})
        for _ in range(3):
            await neighbours.refresh()
        assert [label for label, *_ in await found(service, neighbours, file)] == ["legit"]
        await held_open.commit()
    finally:
        await late.close()
    await neighbours.refresh()
    assert [label for label, *_ in await found(service, neighbours, file)] == ["fraud", "legit"]


async def test_what_is_withdrawn_is_let_go_and_an_older_verdict_speaks_again(
    service: Service, neighbours: KnownPayments
) -> None:
    name = await known(service, "fraud", at={"V4": 1.0})
    await known(service, "legit", at={"V4": 2.0})
    file = await a_waiting_case(service)
    await neighbours.refresh()
    assert [label for label, *_ in await found(service, neighbours, file)] == ["fraud", "legit"]
    await told(service, name, "withdrawn")
    await neighbours.refresh()
    assert [label for label, *_ in await found(service, neighbours, file)] == ["legit"]
    await told(service, name, "legit", source="audit")
    await neighbours.refresh()
    assert sorted(label for label, *_ in await found(service, neighbours, file)) == ["legit", "legit"]


async def test_another_model_reads_everything_on_its_own_scale(
    service: Service, neighbours: KnownPayments
) -> None:
    await known(service, "fraud", at={"V4": 1.0})
    file = await a_waiting_case(service)
    await neighbours.refresh()
    serving = service.services.models.serving
    before = await likeness(service, neighbours, file)
    assert before is not None
    model = serving.pair.model
    wider = replace(model.schema, scale=model.schema.scale * 2)
    other = replace(model, version=uuid4().hex, schema=wider, scorer=replace(model.scorer, schema=wider))
    vector = np.zeros(len(model.schema.columns))
    assert await neighbours.likeness(other, vector, file) is None
    serving._pair = replace(serving.pair, model=other)
    await neighbours.refresh()
    after = await likeness(service, neighbours, file)
    assert after is not None
    assert after.nearest.frauds[0].distance == pytest.approx(before.nearest.frauds[0].distance / 2)
