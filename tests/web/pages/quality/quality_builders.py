"""Figures of people's work for pages to show."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.database.cases.escalations import EscalatedCase
from app.database.operations.quality import Span
from app.database.operations.verdict_lists import ListedVerdict, Listing
from app.review.access.people import Role
from app.review.case import Judgement
from app.review.outcome import GroundTruth
from app.review.quality.analysts_and_model import Band, Called, analysts_and_model
from app.review.quality.blind_first import Cell, blind_first
from app.review.quality.measured import Checked, measured_rates
from app.review.quality.people import Work, people
from app.review.quality.said import GoldAnswer, Pair, Said
from app.review.quality.team import gold, second_looks
from app.web.pages.cases.escalations import EscalatedPage
from app.web.pages.cases.escalations import page_of as escalated_page
from app.web.pages.quality.verdict_lists import VerdictsPage, verdicts_page
from app.web.pages.quality.view import QualityPage, quality_page
from app.web.pages.rendering import html
from app.workflows.operations.quality import Inbox, QualityReport, VerdictList
from tests.web.pages.builders import GRACE, NOON, a_frame

FRAUD, LEGIT = GroundTruth.FRAUD, GroundTruth.LEGIT
SPAN = Span(since=NOON - timedelta(days=30), until=NOON)


def a_report(*, times: int = 40, cells: tuple[Cell, ...] = ()) -> QualityReport:
    """Return what Ada did so many times, Bela beside her; nothing of nobody where 0."""
    ada, bela = (Said(account_id=key, group_id=None, judgement=FRAUD) for key in (1, 2))
    other = replace(bela, judgement=LEGIT)
    pair = Pair(case_id=1, first=ada, second=bela, drawn_with=0.1, has_ruling=False, ruled=None)
    apart = replace(pair, second=other, has_ruling=True)
    pairs = [pair, replace(apart, ruled=FRAUD), replace(apart, drawn_with=1.0)] * times
    answers = [GoldAnswer(said=ada, truth=FRAUD, milliseconds=9000)] * times
    answers += [GoldAnswer(said=ada, truth=LEGIT, milliseconds=150_000)] * (times > 0)
    work = Work(
        account_id=1, name="Ada", role=Role.ANALYST, cases=3 * times, escalated=1, days=2,
        milliseconds=[20_000] * 2 * times, final=times, overturned=1,
    )  # fmt: skip
    return QualityReport(
        span=SPAN,
        people=people([work] if times else [], pairs, answers),
        blind_first=blind_first(cells),
        second_looks=second_looks(pairs),
        gold=gold(answers),
        beside_model=analysts_and_model(some_bands(times), pairs, some_calls(times)),
        measured=measured_rates(
            [Checked(said=FRAUD, truth=FRAUD, chance=1.0, cases=times)] * (times > 0), [], some_reports(times)
        ),
    )


def some_bands(times: int) -> tuple[Band, ...]:
    """Return verdicts of two bands of the model's probability."""
    likely = Band(place=4, said=FRAUD, cases=times, expected=0.6 * times, model_says_fraud=times)
    rare = Band(place=1, said=LEGIT, cases=3 * times, expected=0.06 * times, model_says_fraud=0)
    return (likely, rare, replace(rare, said=FRAUD, cases=times)) if times else ()


def some_calls(times: int) -> tuple[Called, ...]:
    """Return cases of known truth on which person and model differ now and then."""
    same = Called(person=FRAUD, model=FRAUD, truth=FRAUD, is_control=True, cases=4 * times)
    return same, replace(same, model=LEGIT, cases=times)


def some_reports(times: int) -> tuple[Checked, ...]:
    """Return old verdicts of which chargebacks speak where they were approved."""
    approved = Checked(said=LEGIT, truth=FRAUD, chance=None, cases=times)
    return approved, replace(approved, said=FRAUD, truth=None)


def some_cells(known: int = 200) -> tuple[Cell, ...]:
    """Return cases drawn blind and open, of which so many have a known truth."""
    blind = Cell(
        probability=0.1, is_blind=True, provisional=LEGIT, final=FRAUD, truth=FRAUD, is_gold=True, cases=9
    )
    same = replace(blind, provisional=FRAUD, is_gold=False, cases=known)
    return blind, same, replace(same, is_blind=False, provisional=None), replace(same, truth=None)


def a_quality_page(report: QualityReport, days: int = 30) -> QualityPage:
    """Return the page of a report."""
    return quality_page(a_frame(GRACE, here="/quality"), report, days)


def a_listed_verdict(**changes: Any) -> ListedVerdict:
    """Return a verdict of a list."""
    values: dict[str, Any] = {
        "verdict_id": 9, "case_id": 1234, "transaction_id": "order-9", "client": "shop", "amount": 41,
        "currency": "EUR", "author": "Ada", "judgement": Judgement.FRAUD, "judged_at": NOON,
        "milliseconds": 20_000, "is_group": False, "note": None, "is_note_kept_back": False,
        "provisional": None, "colleague": None,
        "colleague_said": None, "ruled": None, "corrected": None, "truth": None,
    }  # fmt: skip
    return ListedVerdict(**(values | changes))


def a_verdicts_page(*verdicts: ListedVerdict, before_id: int | None = None) -> VerdictsPage:
    """Return a page of a list."""
    found = VerdictList(span=SPAN, verdicts=verdicts, before_id=before_id)
    return verdicts_page(
        a_frame(GRACE, here="/quality"), found, listing=Listing.JUDGED, days=30, analyst=(1, "Ada"),
        is_first=before_id is None,
    )  # fmt: skip


def an_escalated(**changes: Any) -> EscalatedCase:
    """Return a case of the inbox."""
    values: dict[str, Any] = {
        "case_id": 7, "amount": 41, "currency": "EUR", "is_ruling": False, "escalated_by": "Ada",
        "note": "a ring of cards", "is_note_kept_back": False, "waits_since": NOON - timedelta(hours=3),
        "respond_by": None,
        "holder_id": None, "holder": None, "held_until": None, "assigned_to": None, "assignee": None,
        "assigned_by": None, "waits_until": None,
    }  # fmt: skip
    return EscalatedCase(**(values | changes))


def an_inbox_page(*cases: EscalatedCase) -> EscalatedPage:
    """Return the inbox as Grace sees it."""
    inbox = Inbox(cases=cases, total=len(cases), now=NOON)
    return escalated_page(inbox, a_frame(GRACE, here="/escalations"), reader_id=GRACE.id)


LEFT = {"held_until": NOON + timedelta(minutes=2)}
A_RULING = {"is_ruling": True, "escalated_by": None, "note": None}

QUALITY_PAGES: dict[str, Callable[[], str]] = {
    "quality": lambda: html("quality/page.html", a_quality_page(a_report(cells=some_cells()))),
    "quality, too few": lambda: html(
        "quality/page.html", a_quality_page(a_report(times=5, cells=some_cells(known=3)))
    ),
    "quality, nothing": lambda: html("quality/page.html", a_quality_page(a_report(times=0))),
    "verdicts": lambda: html(
        "quality/cases.html",
        a_verdicts_page(
            a_listed_verdict(note="sure", provisional=LEGIT, is_group=True),
            a_listed_verdict(colleague="Bela", colleague_said=LEGIT, ruled=LEGIT, corrected=LEGIT),
            a_listed_verdict(truth=LEGIT, judgement=Judgement.ESCALATE),
            before_id=8,
        ),
    ),
    "verdicts, nothing": lambda: html("quality/cases.html", a_verdicts_page()),
    "escalated": lambda: html(
        "escalations.html",
        an_inbox_page(
            an_escalated(holder_id=GRACE.id, holder="Grace", **LEFT),
            an_escalated(holder_id=9, holder="Bela", note=None, **LEFT),
            an_escalated(**A_RULING, respond_by=NOON),
        ),
    ),
    "escalated, nothing": lambda: html("escalations.html", an_inbox_page()),
}
