"""A shadow beside what counted: counts, money and truths, equal to what plain loops over the rows find."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments import labels, shadow_decisions
from app.database.payments.labels import TruthReport
from app.database.payments.shadow_decisions import Disagreement, ShadowComparison
from app.database.server.session import transaction
from app.review.access.people import Role
from app.review.case import Judgement
from app.review.outcome import Report
from app.triage.labels import Label
from app.workflows.cases.judgements import VerdictInput
from tests.builders import ALL_LEGIT, ALL_UNKNOWN, NOON, a_transaction, in_shadow, rows, value, with_policy
from tests.service import Service
from tests.workflows.watched import payments

ROWS = """
SELECT t.id, t.transaction_id, t.amount, d.label AS live, s.label AS shadow, s.decided_at
FROM shadow_decisions s JOIN transactions t ON t.id = s.transaction_id
JOIN decisions d ON d.transaction_id = t.id AND d.attempt = 1
WHERE s.policy_id = :policy
"""


@dataclass
class Cell:
    """What one pair of labels comes to."""

    transactions: int = 0
    amount: Decimal = Decimal(0)
    frauds: int = 0
    frauds_amount: Decimal = Decimal(0)
    legits: int = 0


@pytest.fixture
async def shadow(service: Service) -> int:
    """A shadow that looked on while payments of all kinds came, with truths about a third of them."""
    await with_policy(service, novelty_at_most=None, approve_at_most=-4.0, decline_at_least=0.0)
    policy_id = await in_shadow(service, approve_at_most=0.0, decline_at_least=1.0)
    other = await in_shadow(service, **ALL_UNKNOWN)
    assert other != policy_id
    await service.services.payments.intake.receive_many(payments(service))
    await _learned(service, {f"payment-{number:03}": "fraud" for number in range(0, 60, 6)})
    await _learned(service, {f"payment-{number:03}": "legit" for number in range(1, 60, 6)})
    return policy_id


async def test_the_cells_are_what_a_loop_counts(engine: AsyncEngine, shadow: int) -> None:
    truths = {f"payment-{number:03}": number % 6 for number in range(60)}
    expected: dict[tuple[str, str], Cell] = defaultdict(Cell)
    found = await rows(engine, ROWS, policy=shadow)
    for row in found:
        cell = expected[row.live, row.shadow]
        cell.transactions += 1
        cell.amount += row.amount
        cell.frauds += truths[row.transaction_id] == 0
        cell.frauds_amount += row.amount if truths[row.transaction_id] == 0 else 0
        cell.legits += truths[row.transaction_id] == 1
    compared = await _compared(engine, shadow)
    assert {
        (cell.live.value, cell.shadow.value): Cell(
            transactions=cell.transactions,
            amount=cell.amount,
            frauds=cell.known_frauds,
            frauds_amount=cell.known_frauds_amount,
            legits=cell.known_legits,
        )
        for cell in compared.cells
    } == expected
    assert len(expected) >= 4
    assert compared.transactions == len(found) == 60
    moments = [row.decided_at for row in found]
    assert (compared.first_at, compared.last_at) == (min(moments), max(moments))


async def test_what_they_disagree_on_is_paged_from_the_newest(engine: AsyncEngine, shadow: int) -> None:
    found = await rows(engine, ROWS, policy=shadow)
    expected = sorted((row.id for row in found if row.live != row.shadow), reverse=True)
    pages: list[Disagreement] = []
    while page := await _disagreements(engine, shadow, before=pages[-1].key if pages else None):
        pages += page
    assert [each.key for each in pages] == expected
    by_key = {row.id: row for row in found}
    for each in pages:
        row = by_key[each.key]
        told = (each.transaction_id, each.amount, each.currency, each.live, each.shadow, each.decided_at)
        currency = "EUR"
        assert told == (row.transaction_id, row.amount, currency, row.live, row.shadow, row.decided_at)
        number = int(each.transaction_id.removeprefix("payment-"))
        assert each.truth == {0: "fraud", 1: "legit"}.get(number % 6)
    for live, of_shadow in {(each.live, each.shadow) for each in pages}:
        narrowed = await _disagreements(engine, shadow, live=live, shadow=of_shadow, limit=100)
        assert narrowed == [each for each in pages if (each.live, each.shadow) == (live, of_shadow)]


async def test_a_shadow_that_saw_nothing_compares_with_nothing(service: Service, engine: AsyncEngine) -> None:
    policy_id = await in_shadow(service, **ALL_LEGIT)
    assert await _compared(engine, policy_id) == ShadowComparison(cells=(), first_at=None, last_at=None)
    assert await _disagreements(engine, policy_id) == []


async def test_a_report_counts_before_a_verdict_and_the_later_report_before_the_earlier(
    service: Service, engine: AsyncEngine
) -> None:
    await with_policy(service, **ALL_UNKNOWN)
    policy_id = await in_shadow(service, **ALL_LEGIT)
    await service.services.payments.intake.receive_many(
        [a_transaction(service, transaction_id=name) for name in ("judged", "reported", "corrected")]
    )
    analyst = await service.person(Role.ANALYST)
    for _ in range(3):
        file = await service.services.cases.claims.current_or_next(analyst)
        assert file is not None
        assert file.case.lease is not None
        await service.services.cases.verdicts.judge(
            analyst, file.case.id, file.case.lease.token, VerdictInput(judgement=Judgement.LEGIT)
        )
    await _learned(service, {"reported": "fraud", "corrected": "legit"})
    await _learned(service, {"corrected": "fraud"}, days=1)
    found = {each.transaction_id: each.truth for each in await _disagreements(engine, policy_id)}
    assert found == {"judged": "legit", "reported": "fraud", "corrected": "fraud"}
    (cell,) = (await _compared(engine, policy_id)).cells
    assert (cell.live, cell.shadow, cell.known_frauds, cell.known_legits) == (
        Label.UNKNOWN,
        Label.LEGIT,
        2,
        1,
    )


async def test_a_late_score_changes_nothing_of_the_comparison(service: Service, engine: AsyncEngine) -> None:
    """The client got the first answer; that is the one to compare with."""
    policy_id = await in_shadow(service, **ALL_UNKNOWN)
    await service.post(service.body())
    before = await _compared(engine, policy_id)
    await _scored_again(engine)
    assert await _compared(engine, policy_id) == before
    assert before.transactions == 1


async def _compared(engine: AsyncEngine, policy_id: int) -> ShadowComparison:
    async with transaction(engine) as connection:
        return await shadow_decisions.compared(connection, policy_id)


async def _disagreements(
    engine: AsyncEngine,
    policy_id: int,
    *,
    live: Label | None = None,
    shadow: Label | None = None,
    limit: int = 7,
    before: int | None = None,
) -> list[Disagreement]:
    async with transaction(engine) as connection:
        return await shadow_decisions.disagreements(
            connection, policy_id, live=live, shadow=shadow, limit=limit, before=before
        )


async def _learned(service: Service, truths: dict[str, str], *, days: int = 0) -> None:
    engine = service.services.cases.claims.engine
    client_id: Any = await value(engine, "SELECT max(client_id) FROM transactions")
    reports = [
        TruthReport(
            transaction_id=name,
            label=Report(truth),
            source="chargeback",
            occurred_at=NOON,
            learned_at=NOON + timedelta(days=days),
        )
        for name, truth in truths.items()
    ]
    async with transaction(engine) as connection:
        assert len(await labels.append(connection, client_id, reports, NOON)) == len(reports)


async def _scored_again(engine: AsyncEngine) -> None:
    await rows(
        engine,
        "INSERT INTO later_decisions (transaction_id, attempt, policy_id, label, reason, label_propensity,"
        " decided_at) SELECT transaction_id, 2, policy_id, 'unknown', 'between_bounds', 1, now()"
        " FROM decisions RETURNING id",
    )
