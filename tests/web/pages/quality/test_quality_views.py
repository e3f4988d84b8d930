"""What the pages of quality say of figures, and what they leave unsaid."""

from datetime import timedelta

import pytest

from app.review.outcome import GroundTruth
from app.review.quality.agreement import Agreement
from app.review.quality.blind_first import blind_first
from app.review.quality.rates import Rate
from app.web.pages import formatting
from app.web.pages.quality.blind_review import MIDDLE, blind_panel
from app.web.pages.quality.verdict_lists import beside, time_of
from app.web.pages.quality.wording import half, kappa, share, time, told_kappa, told_rate
from tests.web.pages.builders import NOON
from tests.web.pages.quality.quality_builders import (
    A_RULING,
    LEFT,
    a_listed_verdict,
    a_quality_page,
    a_report,
    an_escalated,
    an_inbox_page,
    some_cells,
)

LEGIT, FRAUD = GroundTruth.LEGIT, GroundTruth.FRAUD


@pytest.mark.parametrize(
    ("rate", "value", "detail"),
    [
        (Rate(hits=0, trials=0), "none", ""),
        (Rate(hits=28, trials=29), "28 of 29", "too few"),
        (Rate(hits=27, trials=30), "90\u202f%", "73 to 98\u202f%, 27 of 30"),
    ],
)
def test_a_rate_is_told_with_what_it_rests_on(rate: Rate, value: str, detail: str) -> None:
    told = told_rate(rate, "/list")
    assert (told.value, told.detail) == (value, detail)
    assert share(rate).is_known == told.is_known == rate.is_enough


def test_kappa_is_not_told_where_it_says_nothing() -> None:
    assert kappa(Agreement()).value == "none"
    assert told_kappa(Agreement(both_fraud=29)).detail == "too few"
    assert told_kappa(Agreement(both_fraud=30)).detail == "kappa undefined"
    assert told_kappa(Agreement(both_fraud=30, both_legit=30)).value == "1.00"


@pytest.mark.parametrize(("seconds", "told"), [(0.4, "0\u202fs"), (119, "119\u202fs"), (150, "2.5\u202fmin")])
def test_a_time_has_the_digits_it_deserves(seconds: float, told: str) -> None:
    assert time(timedelta(seconds=seconds)) == told


def test_no_time_is_told_of_nothing_or_of_little() -> None:
    assert half(None).value == "none"
    assert half(a_report(times=5).people[0].pace).value == "too few"


def test_both_whiskers_share_a_scale_that_holds_their_bounds() -> None:
    panel = blind_panel(blind_first(some_cells()), "/list")
    gain, lead = panel.gains
    assert gain.whisker is not None
    assert lead.whisker is not None
    assert MIDDLE < gain.whisker.low < gain.whisker.at < gain.whisker.high <= 2 * MIDDLE
    assert gain.value == "+4.3 points"
    assert panel.end == 10


def test_below_a_hundred_truths_nothing_is_drawn() -> None:
    panel = blind_panel(blind_first(some_cells(known=90)), "/list")
    assert [gain.value for gain in panel.gains] == ["too few", "too few"]
    assert [gain.whisker for gain in panel.gains] == [None, None]
    assert "99 known, 100 needed." in panel.gains[0].sentence
    assert panel.changed_address == "/list"


def test_what_changed_nothing_opens_no_list() -> None:
    assert blind_panel(blind_first([]), "/list").changed_address == ""


def test_zero_escalated_or_overturned_opens_no_list() -> None:
    (row,) = a_quality_page(a_report()).people
    assert "kind=overturned" in row.overturned.address
    assert a_quality_page(a_report(times=0)).people == ()


def test_what_else_was_said_of_a_case_is_told_in_its_order() -> None:
    verdict = a_listed_verdict(
        provisional=FRAUD, colleague="Bela", colleague_said=LEGIT, ruled=LEGIT, corrected=LEGIT, truth=LEGIT
    )
    assert beside(verdict) == (
        "first said fraud, Bela said legit, ruled legit, corrected to legit, truth legit"
    )
    assert beside(a_listed_verdict()) == ""
    assert time_of(a_listed_verdict(is_group=True)) == "20\u202fs, a group"


def test_a_case_of_the_inbox_says_whose_it_is() -> None:
    page = an_inbox_page(
        an_escalated(),
        an_escalated(holder_id=2, holder="Grace", **LEFT),
        an_escalated(holder_id=9, holder="Bela", **LEFT),
        an_escalated(**A_RULING),
        an_escalated(assigned_to=2, assignee="Grace", assigned_by="Bela"),
        an_escalated(
            assigned_to=9, assignee="Cleo", assigned_by="Bela", waits_until=NOON + timedelta(hours=1)
        ),
        an_escalated(waits_until=NOON - timedelta(hours=1)),
    )
    assert [row.whose for row in page.rows] == [
        "free",
        "reserved 2:00",
        "Bela, for 2:00",
        "free",
        "assigned to you by Bela",
        f"awaiting customer until {formatting.moment(NOON + timedelta(hours=1))}; assigned to Cleo",
        "free",
    ]
    assert [row.is_free for row in page.rows] == [True, False, False, True, False, False, True]
    assert (page.rulings, page.longest) == (1, "3\u202fh")
