"""Verdicts beside truths of others, as the measured rates read them."""

from datetime import timedelta

import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.operations import checked_verdicts
from app.database.operations.quality import Span
from app.review.access.people import Role
from app.review.outcome import GroundTruth
from app.review.quality.measured import Checked
from tests.builders import NOON
from tests.database.world import a_world
from tests.judged import Judged

FRAUD, LEGIT = GroundTruth.FRAUD, GroundTruth.LEGIT
DAY = timedelta(days=1)
LAST_WEEK = Span(since=NOON - 7 * DAY, until=NOON + timedelta(minutes=1))
#: At which verdicts of just now are old enough.
MONTH_LATER = Span(since=NOON + 23 * DAY, until=NOON + 31 * DAY)
AGE = 30 * DAY
SCORED = text("UPDATE payments SET probability = :probability WHERE id = (SELECT max(id) FROM payments)")


@pytest_asyncio.fixture
async def judged(connection: AsyncConnection) -> Judged:
    await a_world(connection)
    return Judged(connection=connection)


async def withdrawn(judged: Judged, case: int, *, days: int) -> None:
    await judged.connection.execute(
        text(
            "INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)"
            " SELECT transaction_id, 'withdrawn', 'chargeback', :at, :at, :at FROM cases WHERE id = :case"
        ),
        {"case": case, "at": NOON + days * DAY},
    )


async def test_control_cases_know_their_truth_and_a_group_counts_once(judged: Judged) -> None:
    ada = await judged.person("Ada")
    await judged.gold(ada, "fraud", "fraud")
    await judged.gold(ada, "legit", "fraud")
    group = await judged.group(ada)
    for _ in range(3):
        await judged.gold(ada, "fraud", "legit", group=group)
    await judged.gold(ada, "fraud", "fraud", at=NOON - 9 * DAY)
    found = await checked_verdicts.controls(judged.connection, LAST_WEEK)
    assert sorted((each.said, each.truth, each.chance, each.cases) for each in found) == [
        (FRAUD, FRAUD, 1.0, 1),
        (FRAUD, LEGIT, 1.0, 1),
        (LEGIT, FRAUD, 1.0, 1),
    ]


async def test_a_second_person_settles_what_the_first_said_and_a_ruling_what_both_did(judged: Judged) -> None:
    ada, bela, grace = [await judged.person(name) for name in ("Ada", "Bela", "Grace")]
    await judged.looked_twice((ada, "fraud"), (bela, "fraud"))
    await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "legit"))
    await judged.looked_twice((ada, "legit"), (bela, "fraud"), ruling=(grace, None))
    await judged.looked_twice((ada, "legit"), (bela, "legit"), drawn_with=1.0)
    group = await judged.group(ada)
    for _ in range(3):
        await judged.looked_twice((ada, "fraud"), (bela, "fraud"), first_group=group, drawn_with=0.5)
    found = await checked_verdicts.seconds(judged.connection, LAST_WEEK)
    assert set(found) == {
        Checked(said=FRAUD, truth=FRAUD, chance=0.1, cases=1),
        Checked(said=FRAUD, truth=LEGIT, chance=0.1, cases=1),
        Checked(said=LEGIT, truth=None, chance=0.1, cases=1),
        Checked(said=LEGIT, truth=LEGIT, chance=1.0, cases=1),
        Checked(said=FRAUD, truth=FRAUD, chance=0.5, cases=1),
    }


async def test_reports_are_those_that_came_later_and_silence_is_no_truth(judged: Judged) -> None:
    ada = await judged.person("Ada")
    late, early, silent, taken_back = [await judged.judged(ada, "legit") for _ in range(4)]
    await judged.reported(late, "fraud", at=NOON + 20 * DAY)
    await judged.reported(early, "fraud", at=NOON - DAY)
    await judged.reported(taken_back, "fraud", at=NOON + 2 * DAY)
    await withdrawn(judged, taken_back, days=3)
    assert silent
    found = await checked_verdicts.reports(judged.connection, MONTH_LATER, AGE)
    assert set(found) == {
        Checked(said=LEGIT, truth=FRAUD, chance=None, cases=1),
        Checked(said=LEGIT, truth=None, chance=None, cases=2),
    }
    assert await checked_verdicts.reports(judged.connection, LAST_WEEK, AGE) == ()


async def test_what_was_recorded_after_the_window_was_not_known_in_it(judged: Judged) -> None:
    ada = await judged.person("Ada")
    case = await judged.judged(ada, "legit")
    await judged.reported(case, "fraud", at=NOON + 40 * DAY)
    assert await checked_verdicts.reports(judged.connection, MONTH_LATER, AGE) == (
        Checked(said=LEGIT, truth=None, chance=None, cases=1),
    )


async def test_a_correction_is_neither_a_verdict_nor_a_truth(judged: Judged) -> None:
    ada, grace = await judged.person("Ada"), await judged.person("Grace", Role.SENIOR)
    case = await judged.case()
    verdict = await judged.verdict(case, ada, "fraud")
    await judged.verdict(case, grace, "legit", corrects=verdict, note="the customer called")
    assert await checked_verdicts.reports(judged.connection, MONTH_LATER, AGE) == (
        Checked(said=FRAUD, truth=None, chance=None, cases=1),
    )


async def test_bands_are_of_the_probability_that_the_case_was_opened_with(judged: Judged) -> None:
    ada = await judged.person("Ada")
    for probability, said in ((0.005, "legit"), (0.3, "fraud"), (0.9, "fraud"), (0.95, "legit")):
        await judged.judged(ada, said)
        await judged.connection.execute(text("SET LOCAL session_replication_role = replica"))
        await judged.connection.execute(SCORED, {"probability": probability})
        await judged.connection.execute(text("SET LOCAL session_replication_role = origin"))
    found = await checked_verdicts.bands(judged.connection, LAST_WEEK)
    assert sorted((each.place, each.said, each.cases, each.model_says_fraud) for each in found) == [
        (0, LEGIT, 1, 0),
        (3, FRAUD, 1, 0),
        (5, FRAUD, 1, 1),
        (5, LEGIT, 1, 1),
    ]


async def test_what_was_said_before_the_score_stands_beside_it(judged: Judged) -> None:
    ada = await judged.person("Ada")
    case = await judged.drawn(ada, "legit", before="fraud", truth="fraud")
    await judged.drawn(ada, "legit", truth="fraud")
    await judged.drawn(ada, "legit", before="fraud")
    assert case
    await judged.connection.execute(text("SET LOCAL session_replication_role = replica"))
    await judged.connection.execute(text("UPDATE payments SET probability = 0.2"))
    await judged.connection.execute(text("SET LOCAL session_replication_role = origin"))
    (found,) = await checked_verdicts.called(judged.connection, LAST_WEEK)
    assert (found.person, found.model, found.truth, found.cases) == (FRAUD, LEGIT, FRAUD, 1)
