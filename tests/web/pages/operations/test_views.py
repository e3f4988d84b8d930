"""What the operations page says: the numbers, and nothing that is hidden until a verdict."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app.database.operations.queue_figures import Pace
from app.review.queue.depth import Depth
from app.review.queue.service_level import Timeliness
from app.triage.labels import Reason
from app.web.pages.csv_cells import guarded, line
from app.web.pages.operations.export import snapshot_lines
from app.web.pages.operations.query import AGES, Asked, address, cause_name, cause_of, place_in, place_told
from tests.web.pages.access.people import NOON
from tests.web.pages.operations.builders import (
    a_cell,
    a_hold,
    a_snapshot,
    an_empty_snapshot,
    an_operations_page,
    an_operations_view,
)


def points(told: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in told.split())]


def test_a_cell_of_the_table_is_its_count_and_opens_just_that() -> None:
    view = an_operations_view()
    by_name = {row.name: row for row in view.causes}
    assert [cell.number for cell in by_name["Novel payment"].cells] == ["12", "0", "0", "3", "0", "15"]
    assert by_name["Novel payment"].cells[0].address == "/operations/cases?cause=novel&age=quarter"
    assert by_name["Novel payment"].cells[1].address == ""
    assert [cell.number for cell in by_name["All"].cells] == ["15", "0", "0", "3", "0", "18"]


def test_what_was_drawn_for_a_check_is_one_cause_whatever_the_machine_had_decided() -> None:
    view = an_operations_view()
    assert [row.name for row in view.causes] == ["Novel payment", "Blind review", "All"]
    page = an_operations_page()
    assert "evidence_" not in page
    assert "audit" not in page


def test_the_warmest_cell_is_the_fullest() -> None:
    cells = [cell for row in an_operations_view().causes for cell in row.cells]
    assert max(cells, key=lambda cell: cell.warmth).number == "12"
    assert {cell.warmth for cell in cells if cell.number == "0"} == {0}


def test_breaches_and_warnings_have_their_colour_only_where_there_are_some() -> None:
    tones = {figure.id: figure.tone for figure in an_operations_view().figures}
    assert (tones["breached"], tones["due-soon"]) == ("fraud", "unknown")
    assert {figure.tone for figure in an_operations_view(an_empty_snapshot()).figures} == {""}
    levels = {row.name: row for row in an_operations_view().levels}
    assert [cell.tone for cell in levels["High, 1\u202fh"].cells] == ["", "", "fraud"]


def test_bars_and_lines_stay_within_their_pictures() -> None:
    snapshot = a_snapshot()
    view = an_operations_view(snapshot)
    assert view.forecast is not None
    assert len(view.flow.bars) == 24 + len(snapshot.forecast) - 1
    for bar in view.flow.bars:
        assert 0 <= bar.opened <= 100
        assert 0 <= bar.judged + bar.closed <= 100.01
        assert 0 <= bar.x <= 100 - view.flow.width + 0.01
    drawn = [*points(view.forecast.line), *points(view.forecast.band), *points(view.forecast.pace_line)]
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in drawn)
    assert len(points(view.forecast.line)) == len(snapshot.forecast) + 1


def test_the_picture_and_its_table_say_the_same() -> None:
    snapshot = a_snapshot()
    view = an_operations_view(snapshot)
    assert view.forecast is not None
    assert [row.backlog for row in view.forecast.rows] == [
        str(round(each.backlog)) for each in snapshot.forecast
    ]
    rows = {row.hour: row for row in view.flow.rows}
    assert (rows["09:00"].opened, rows["09:00"].ended, rows["09:00"].closed) == ("3", "2", "1")
    assert rows["09:00"].opened_address == "/operations/cases?opened=2026-05-01T09%3A00%3A00%2B00%3A00"


def test_the_forecast_says_what_it_takes_for_granted() -> None:
    said = " ".join(an_operations_view().assumptions)
    for part in (
        "last 7 days by hour of the day",
        "Poisson",
        "19 in 20",
        "4 people",
        "80 an hour",
        "31 an hour",
    ):
        assert part in said
    (alone,) = an_operations_view(an_empty_snapshot()).assumptions
    assert "less than an hour" in alone


def test_a_backlog_that_will_be_gone_is_told_by_when() -> None:
    gone = a_snapshot().forecast
    page = an_operations_view(
        replace(a_snapshot(), forecast=tuple(replace(each, high=0.0, backlog=0.0, low=0.0) for each in gone))
    )
    assert page.forecast is not None
    assert page.forecast.summary == "By 13:00 nothing should wait."


def test_somebody_at_work_is_told_once_with_all_they_hold_and_did() -> None:
    snapshot = a_snapshot(paces=(Pace(account_id=1, name="Ada", cases=31, median_seconds=41.5),
                           Pace(account_id=7, name="Zoe", cases=2, median_seconds=None)))  # fmt: skip
    people = {person.name: person for person in an_operations_view(snapshot).people}
    assert list(people) == ["Ada", "Grace", "Zoe"]
    assert [(hold.number, hold.left, hold.is_reserved) for hold in people["Ada"].holds] == [
        ("812", "1:40", False),
        ("813", "1:40", True),
    ]
    assert (people["Ada"].judged, people["Ada"].median) == ("31", "41\u202fs")
    assert (people["Grace"].judged, people["Grace"].judged_address) == ("0", "")
    assert people["Zoe"].median == ""


def test_a_number_counted_a_while_ago_says_so() -> None:
    assert an_operations_view().counted == ""
    assert an_operations_view(a_snapshot(counted_at=NOON - timedelta(seconds=31))).counted == "31\u202fs ago"


def test_readers_are_offered_nothing_they_may_not_do() -> None:
    assert an_operations_page().count("/release") == 3
    assert "/release" not in an_operations_page(may_release=False)


def test_a_name_is_never_markup_nor_a_formula() -> None:
    snapshot = a_snapshot(holds=(a_hold(holder="=<b>Ada</b>"),), paces=())
    assert "<b>Ada" not in an_operations_page(snapshot)
    assert any("'=<b>Ada</b>" in each for each in snapshot_lines(snapshot))


def test_without_scripts_the_page_loads_itself_anew() -> None:
    assert re.search(
        r"<noscript>\s*<meta http-equiv=\"refresh\" content=\"10\">\s*</noscript>", an_operations_page()
    )


@pytest.mark.parametrize("at", [0.1, -1e-300, 1.7e308, NOON, NOON + timedelta(microseconds=1)])
def test_a_place_in_a_list_survives_its_address(at: object) -> None:
    place = place_in(f"{at.isoformat() if hasattr(at, 'isoformat') else repr(at)}_42")
    assert place is not None
    assert (place.at, place.case_id) == (at, 42)
    assert place_in(place_told(place)) == place


def test_an_address_and_its_conditions_are_the_same_thing() -> None:
    asked = Asked(cause=Reason.NOVEL, service=Timeliness.BREACHED, holder=7)
    assert asked.address() == "/operations/cases?cause=novel&service=breached&holder=7"
    told = asked.conditions({7: "Ada"})
    assert [each.name for each in told] == ["Novel payment", "breached", "reserved by Ada"]
    assert told[1].without == "/operations/cases?cause=novel&holder=7"
    assert address() == "/operations/cases"


@pytest.mark.parametrize("reason", Reason)
def test_every_cause_has_words(reason: Reason) -> None:
    assert cause_name(cause_of(reason))
    assert len(AGES) == 5


def test_cells_of_a_file_are_quoted_where_they_must_be() -> None:
    assert line(("a,b", 'say "x"', "plain")) == '"a,b","say ""x""",plain\r\n'
    assert [guarded(each) for each in ("=1", "1", "", "@x")] == ["'=1", "'1", "", "'@x"]


def test_the_file_holds_every_number_of_the_page() -> None:
    told = "".join(snapshot_lines(a_snapshot(depth=Depth(cells=(a_cell(5),), oldest_opened_at=None))))
    assert "depth,novel,quarter,5" in told
    assert "service_levels,normal,in_time,5" in told
    assert "flow,2026-05-01T09:00:00+00:00,opened,3" in told
    assert "forecast,2026-05-01T13:00:00+00:00,capacity,8.0" in told
    assert "judged_last_hour,Ada,median_seconds,41.5" in told
    assert "held,Ada,812," in told
