"""What was judged, as the figures of quality read it."""

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.access.accounts import AccountNotFound
from app.database.cases import escalations
from app.database.operations import quality, verdict_lists
from app.database.operations.quality import Span
from app.database.operations.verdict_lists import Listing, VerdictQuery
from app.review.access.people import Role
from app.review.outcome import GroundTruth
from app.review.quality.people import Work
from tests.builders import NOON
from tests.database.world import a_world
from tests.judged import Judged

LAST_WEEK = Span(since=NOON - timedelta(days=7), until=NOON + timedelta(minutes=1))
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def judged(connection: AsyncConnection) -> Judged:
    await a_world(connection)
    return Judged(connection=connection)


async def work_of(judged: Judged, account: int) -> Work:
    (found,) = [
        work for work in await quality.works(judged.connection, LAST_WEEK) if work.account_id == account
    ]
    return found


async def overturned(judged: Judged, account: int) -> tuple[int, int]:
    work = await work_of(judged, account)
    return work.overturned, work.final


async def test_time_out_of_sight_is_not_time_spent(judged: Judged) -> None:
    ada = await judged.person("Ada")
    await judged.judged(ada, milliseconds=60_000, hidden=45_000)
    await judged.judged(ada, milliseconds=10_000)
    assert sorted((await work_of(judged, ada)).milliseconds) == [10_000, 15_000]


async def test_a_group_is_one_judgement_as_long_as_its_longest(judged: Judged) -> None:
    ada = await judged.person("Ada")
    group = await judged.group(ada)
    for milliseconds in (9_000, 30_000, 12_000):
        await judged.judged(ada, group=group, milliseconds=milliseconds)
    await judged.judged(ada, milliseconds=5_000)
    work = await work_of(judged, ada)
    assert (work.cases, sorted(work.milliseconds), work.final) == (4, [5_000, 30_000], 2)


async def test_only_the_window_counts_and_each_day_once(judged: Judged) -> None:
    ada = await judged.person("Ada")
    for at in (NOON, NOON - timedelta(hours=1), NOON - DAY, NOON - 8 * DAY, LAST_WEEK.until):
        await judged.judged(ada, at=at)
    work = await work_of(judged, ada)
    assert (work.cases, work.days) == (3, 2)


async def test_an_escalation_is_a_judgement_that_nobody_can_overturn(judged: Judged) -> None:
    ada = await judged.person("Ada")
    case = await judged.case(state="escalated")
    await judged.verdict(case, ada, "escalate")
    work = await work_of(judged, ada)
    assert (len(work.milliseconds), work.escalated, work.final) == (1, 1, 0)


async def test_a_correction_is_no_work_and_overturns_what_it_contradicts(judged: Judged) -> None:
    ada, grace = await judged.person("Ada"), await judged.person("Grace", Role.SENIOR)
    case = await judged.case()
    verdict = await judged.verdict(case, ada, "fraud")
    await judged.verdict(case, grace, "legit", corrects=verdict, note="the customer called")
    assert await overturned(judged, ada) == (1, 1)
    assert grace not in {work.account_id for work in await quality.works(judged.connection, LAST_WEEK)}


async def test_who_corrects_themselves_is_not_overturned(judged: Judged) -> None:
    grace = await judged.person("Grace", Role.SENIOR)
    case = await judged.case()
    verdict = await judged.verdict(case, grace, "fraud")
    await judged.verdict(case, grace, "legit", corrects=verdict, note="a slip")
    assert await overturned(judged, grace) == (0, 1)


async def test_the_last_correction_decides(judged: Judged) -> None:
    ada, grace = await judged.person("Ada"), await judged.person("Grace", Role.SENIOR)
    case = await judged.case()
    verdict = await judged.verdict(case, ada, "fraud")
    wrong = await judged.verdict(case, grace, "legit", corrects=verdict, note="the customer called")
    await judged.verdict(case, grace, "fraud", corrects=wrong, note="it was the fraudster who called")
    assert await overturned(judged, ada) == (0, 1)


async def test_a_ruling_overturns_one_of_two_whoever_looked_first(judged: Judged) -> None:
    ada, bela, grace = [await judged.person(name) for name in ("Ada", "Bela", "Grace")]
    await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "legit"))
    await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "fraud"))
    await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, None))
    assert await overturned(judged, ada) == (1, 3)
    assert await overturned(judged, bela) == (1, 3)
    assert await overturned(judged, grace) == (0, 0)


async def test_gold_is_not_overturned_it_is_right_or_wrong(judged: Judged) -> None:
    ada = await judged.person("Ada")
    await judged.gold(ada, "legit", "fraud", milliseconds=30_000, hidden=10_000)
    assert await overturned(judged, ada) == (0, 0)
    (answer,) = [
        each
        for each in await quality.gold_answers(judged.connection, LAST_WEEK)
        if each.said.account_id == ada
    ]
    assert (answer.is_right, answer.milliseconds) == (False, 20_000)


async def test_a_pair_is_what_two_people_said_before_anybody_corrected_it(judged: Judged) -> None:
    ada, bela, grace = [await judged.person(name) for name in ("Ada", "Bela", "Grace")]
    case = await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "legit"), drawn_with=1)
    verdict = await verdict_lists.listed(
        judged.connection, VerdictQuery(listing=Listing.DISAGREED, span=LAST_WEEK, account_id=ada), limit=1
    )
    await judged.verdict(case, grace, "legit", corrects=verdict[0].verdict_id, note="as ruled")
    (pair,) = await quality.pairs(judged.connection, LAST_WEEK)
    assert (pair.first.account_id, pair.second.account_id, pair.drawn_with) == (ada, bela, 1)
    assert (pair.is_same, pair.has_ruling, pair.ruled) == (False, True, GroundTruth.LEGIT)


async def test_a_second_look_that_waits_is_no_pair_yet(judged: Judged) -> None:
    ada = await judged.person("Ada")
    case = await judged.judged(ada)
    await judged.case("second", first=case, not_for=ada, state="open", drawn_with=0.1)
    assert await quality.pairs(judged.connection, LAST_WEEK) == ()


async def test_cells_hold_both_verdicts_and_the_truth_reported_last(judged: Judged) -> None:
    ada = await judged.person("Ada")
    for _ in range(2):
        case = await judged.drawn(ada, "legit", before="fraud", truth="fraud")
        await judged.reported(case, "legit", at=NOON + DAY)
    (cell,) = await quality.cells(judged.connection, LAST_WEEK)
    assert (cell.provisional, cell.final, cell.truth) == ("fraud", "legit", "legit")
    assert (cell.is_blind, cell.probability, cell.is_gold, cell.cases) == (True, 0.5, False, 2)


async def test_gold_knows_its_truth_without_a_report(judged: Judged) -> None:
    ada = await judged.person("Ada")
    case = await judged.gold(ada, "fraud", "fraud")
    await judged.draw(case, is_blind=True)
    (cell,) = await quality.cells(judged.connection, LAST_WEEK)
    assert (cell.truth, cell.is_gold, cell.provisional) == ("fraud", True, None)


async def test_what_chance_did_not_decide_is_not_compared(judged: Judged) -> None:
    ada = await judged.person("Ada")
    await judged.drawn(ada, "fraud", before="fraud", probability=1)
    await judged.drawn(ada, "fraud", probability=0)
    group = await judged.group(ada)
    case = await judged.judged(ada, group=group)
    await judged.draw(case, is_blind=True)
    assert await quality.cells(judged.connection, LAST_WEEK) == ()


async def test_what_was_said_first_counts_and_only_ones_own(judged: Judged) -> None:
    ada, bela = await judged.person("Ada"), await judged.person("Bela")
    case = await judged.drawn(ada, "fraud", before="legit")
    # Bela had it before and saw the score; Ada said something again after an undo.
    await judged.first_said(case, bela, "fraud", at=NOON - DAY)
    await judged.first_said(case, ada, "fraud", at=NOON - timedelta(seconds=1))
    (cell,) = await quality.cells(judged.connection, LAST_WEEK)
    assert cell.provisional == "legit"


async def test_a_list_holds_just_what_its_figure_counts(judged: Judged) -> None:
    ada, bela, grace = [await judged.person(name) for name in ("Ada", "Bela", "Grace")]
    await judged.looked_twice((ada, "fraud"), (bela, "fraud"))
    await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "legit"))
    await judged.gold(ada, "legit", "fraud")
    await judged.gold(ada, "fraud", "fraud")
    await judged.drawn(ada, "legit", before="fraud")
    escalated_case = await judged.case(state="escalated")
    await judged.verdict(escalated_case, ada, "escalate")
    sizes = {}
    for listing in Listing:
        wanted = VerdictQuery(listing=listing, span=LAST_WEEK, account_id=ada)
        sizes[listing.value] = len(await verdict_lists.listed(judged.connection, wanted, limit=50))
    assert sizes == {
        "judged": 6, "escalated": 1, "twice": 2, "disagreed": 1, "overturned": 1, "gold": 2, "gold-wrong": 1,
        "changed": 1,
    }  # fmt: skip


async def test_a_listed_verdict_tells_what_speaks_against_it(judged: Judged) -> None:
    ada, bela, grace = [await judged.person(name) for name in ("Ada", "Bela", "Grace")]
    await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "legit"))
    wanted = VerdictQuery(listing=Listing.DISAGREED, span=LAST_WEEK)
    second, first = await verdict_lists.listed(judged.connection, wanted, limit=50)
    assert (first.author, first.judgement, first.colleague, first.colleague_said) == (
        "Ada",
        "fraud",
        "Bela",
        "legit",
    )
    assert (second.author, second.colleague, second.ruled) == ("Bela", "Ada", "legit")


async def test_a_list_goes_on_behind_its_last_verdict(judged: Judged) -> None:
    ada = await judged.person("Ada")
    for _ in range(5):
        await judged.judged(ada)
    wanted = VerdictQuery(listing=Listing.JUDGED, span=LAST_WEEK, account_id=ada)
    first = await verdict_lists.listed(judged.connection, wanted, limit=3)
    wanted = VerdictQuery(
        listing=Listing.JUDGED, span=LAST_WEEK, account_id=ada, before_id=first[-1].verdict_id
    )
    rest = await verdict_lists.listed(judged.connection, wanted, limit=3)
    ids = [each.verdict_id for each in (*first, *rest)]
    assert len(rest) == 2
    assert ids == sorted(set(ids), reverse=True)


async def test_nobody_has_no_name(judged: Judged) -> None:
    with pytest.raises(AccountNotFound):
        await verdict_lists.author_name(judged.connection, 999_999_999)


async def test_the_inbox_says_who_handed_on_what_and_why(judged: Judged) -> None:
    ada, bela = await judged.person("Ada"), await judged.person("Bela")
    handed_on = await judged.case(state="escalated", at=NOON - DAY, priority=9)
    await judged.verdict(handed_on, ada, "escalate", note="looks like a ring", at=NOON)
    first = await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(ada, None))
    cleo = await judged.person("Cleo")
    case, ruling = await escalations.inbox(judged.connection, NOON + DAY, reader_id=cleo, limit=50)
    assert (case.case_id, case.escalated_by) == (handed_on, "Ada")
    assert (case.note, case.is_note_kept_back) == (None, True), "cleo has not said what she thinks"
    assert (case.waits_since, case.is_ruling) == (NOON, False)
    assert ruling.case_id > first
    assert (ruling.is_ruling, ruling.escalated_by) == (True, None)
    assert await escalations.count(judged.connection, reader_id=cleo) == 2
    for author in (ada, bela):
        told = await escalations.inbox(judged.connection, NOON + DAY, reader_id=author, limit=50)
        assert [each.case_id for each in told] == [handed_on], "nobody hears of a ruling on their verdict"
        assert told[0].note == ("looks like a ring" if author == ada else None)
        assert await escalations.count(judged.connection, reader_id=author) == 1
