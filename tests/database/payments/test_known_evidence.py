"""What was known at a moment: each source by its own rule, and nothing of what came later."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.known.evidence import at_work, heard_by, silent_by
from app.review.access.people import Role
from app.review.truths.training_view import TrainingView, training_view
from tests.builders import NOON
from tests.database.world import a_world
from tests.judged import Judged
from tests.payments_written import written

DAY = timedelta(days=1)
REPORT = text("""
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at, propensity)
SELECT transaction_id, :label, :source, :at, :at, :at, CAST(:chance AS float8) FROM cases WHERE id = :case
""")
OF_PAYMENT = text("""
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)
VALUES (:key, :label, :source, :at, :at, :at)
""")


@pytest.fixture
async def judged(connection: AsyncConnection) -> Judged:
    await a_world(connection)
    return Judged(connection=connection)


async def driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


async def view_at(connection: AsyncConnection, moment: datetime) -> TrainingView:
    return training_view(await heard_by(await driver(connection), moment))


async def report(judged: Judged, case: int, label: str, *, at: datetime, chance: float | None = None) -> None:
    told = {"case": case, "label": label, "source": "bank", "at": at, "chance": chance}
    await judged.connection.execute(REPORT, told)


async def key_of(judged: Judged, case: int) -> int:
    statement = text("SELECT transaction_id FROM cases WHERE id = :case")
    return int((await judged.connection.execute(statement, {"case": case})).scalar_one())


async def test_each_source_counts_by_its_rule(judged: Judged) -> None:
    ada, grace = await judged.person("Ada"), await judged.person("Grace", Role.SENIOR)
    hugo = await judged.person("Hugo", Role.SENIOR)
    group = await judged.group(ada)
    for _ in range(4):
        await judged.judged(ada, "fraud", group=group)
    await judged.judged(ada, "legit")
    await judged.judged(ada, "escalate")
    await judged.case(state="open")
    await judged.gold(ada, "fraud", "fraud")
    audited = await judged.case("audit")
    await judged.verdict(audited, ada, "legit")
    await judged.looked_twice((ada, "legit"), (grace, "legit"))
    await judged.looked_twice((ada, "legit"), (grace, "fraud"))
    await judged.looked_twice((ada, "legit"), (grace, "fraud"), ruling=(hugo, "fraud"))
    for chance in (0.5, None):
        await report(judged, await judged.case(state="open"), "fraud", at=NOON, chance=chance)
    withdrawn = await judged.case(state="open")
    await report(judged, withdrawn, "fraud", at=NOON, chance=0.5)
    await report(judged, withdrawn, "withdrawn", at=NOON + DAY)
    view = await view_at(judged.connection, NOON + 2 * DAY)
    assert view.counts() == {"audit": (0, 1), "bank": (1, 0), "ruling": (1, 0), "verdict": (4, 2)}
    assert (view.without_chance, view.disputed) == (1, 1)
    of_group = view.weights[(view.sources == "verdict") & view.is_fraud]
    np.testing.assert_allclose(of_group, 0.25)
    assert view.weights[view.sources == "bank"] == pytest.approx([2.0])


async def test_what_comes_after_the_moment_changes_nothing(judged: Judged) -> None:
    ada, grace = await judged.person("Ada"), await judged.person("Grace", Role.SENIOR)
    case = await judged.judged(ada, "fraud")
    other = await judged.case(state="open")
    await report(judged, other, "fraud", at=NOON, chance=1.0)
    before = await view_at(judged.connection, NOON + DAY)
    first = await judged.connection.scalar(
        text("SELECT id FROM verdicts WHERE case_id = :case"), {"case": case}
    )
    later = NOON + 2 * DAY
    await judged.verdict(case, grace, "legit", at=later, corrects=first, note="The holder called.")
    await report(judged, other, "withdrawn", at=later)
    late = await judged.case()
    await judged.verdict(late, ada, "fraud", at=later)
    after = await view_at(judged.connection, NOON + DAY)
    for name in ("payment_ids", "is_fraud", "sources", "weights", "delays"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    now = await view_at(judged.connection, later)
    told = dict(zip(now.payment_ids.tolist(), now.is_fraud.tolist(), strict=True))
    assert told == {await key_of(judged, case): False, await key_of(judged, late): True}


async def test_a_correction_counts_before_what_was_said_of_the_verdict_it_replaces(judged: Judged) -> None:
    ada, grace = await judged.person("Ada"), await judged.person("Grace", Role.SENIOR)
    case = await judged.looked_twice((ada, "legit"), (grace, "fraud"))
    first = await judged.connection.scalar(
        text("SELECT id FROM verdicts WHERE case_id = :case"), {"case": case}
    )
    await judged.verdict(case, grace, "fraud", at=NOON + DAY, corrects=first, note="The holder called.")
    assert (await view_at(judged.connection, NOON)).disputed == 1
    view = await view_at(judged.connection, NOON + DAY)
    assert (view.is_fraud.tolist(), view.disputed) == ([True], 0)


async def test_silence_counts_where_a_source_was_at_work_and_the_delay_has_passed(judged: Judged) -> None:
    connection = judged.connection
    for day in range(-2, 21):
        for name, label in (("approved", "legit"), ("declined", "fraud")):
            paid_then = {f"{name} {day}": Decimal(5)}
            await written(connection, paid_then, at=NOON + day * DAY, label=label, is_scored=True)
    paid = {
        row.transaction_id: row.id
        for row in await connection.execute(text("SELECT id, transaction_id FROM payments"))
    }

    async def charged_back(name: str, *, day: int) -> None:
        told = {"key": paid[name], "label": "fraud", "source": "chargeback", "at": NOON + day * DAY}
        await connection.execute(OF_PAYMENT, told)

    await charged_back("approved 0", day=3)
    await charged_back("approved 6", day=14)
    raw = await driver(connection)
    known_at = NOON + 18 * DAY
    source = await at_work(raw, "chargeback", share=0.8, delay_days=7, known_at=known_at)
    assert source is not None
    silence = await silent_by(raw, source, known_at)
    # From the first payment it reported to seven days before its newest report; not what it reported.
    expected = {paid[f"approved {day}"] for day in range(8)} - {paid["approved 0"], paid["approved 6"]}
    assert set(silence.payment_ids.tolist()) == expected
    view = training_view(await heard_by(raw, known_at), silence, (source,))
    assert view.counts() == {"chargeback": (2, 0), "silence": (0, 6)}
    assert view.weights[view.is_fraud] == pytest.approx([1.25, 1.25])
    few = await silent_by(raw, source, known_at, most=2)
    assert few.payment_ids.size == 2
    assert few.chance == pytest.approx(1 / 3)
    assert await at_work(raw, "nobody", share=1.0, delay_days=7, known_at=known_at) is None
