"""Clients' feeds: which are wrong as a whole, which columns differ and how, and a manager's answer."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import StringConstraints

from app.database.payments.feeds import FeedEvent, FeedStanding
from app.review.access.people import Ability
from app.review.card_numbers.rule import CardNumberWritten
from app.review.feed_status import FeedAnswer, FeedNotWrong, FeedStatus
from app.scoring.feed.comparison import TOLD, ColumnDifference, FeedComparison
from app.scoring.feed.watch import FALSE_ALARM_RATE
from app.scoring.templated_text import Templated
from app.web.dependencies import CHECKED, CurrentVisitor, RowKey, Visitor, require
from app.web.languages.sentences import marked, said, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.pages.translated import as_stored
from app.web.problems import own_sentence
from app.web.services import Payments
from app.workflows.payments.feed_watch import FeedReport

router = APIRouter(include_in_schema=False)

#: Columns that are shown of a wrong feed, the most different first.
MOST_COLUMNS = 28
#: What happened to a feed.
HAPPENED = {
    FeedStatus.WATCHED: marked("watched"),
    FeedStatus.WRONG: marked("wrong"),
    FeedStatus.ACCEPTED: marked("accepted"),
}
STATUSES = {
    FeedStatus.WATCHED: marked("nothing stands out"),
    FeedStatus.WRONG: marked("wrong"),
    FeedStatus.ACCEPTED: marked("accepted as it is"),
}

Manager = Annotated[Visitor, Depends(require(Ability.TUNE_POLICIES))]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """One client's feed."""

    client: str
    status: str
    is_wrong: bool
    rows: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """One column of a wrong feed: quantiles as they come, and as they were learned."""

    name: str
    other_side: str
    observed: tuple[str, ...]
    expected: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongFeed:
    """What is known of a wrong feed."""

    client_id: int
    client: str
    since: str
    noticed_after: str
    compared: str
    causes: tuple[str, ...]
    columns: tuple[ColumnLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """What became of a feed."""

    at: str
    client: str
    what: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsPage:
    """All feeds."""

    frame: Frame
    model: str
    is_watching: bool
    false_alarms: str
    shares: tuple[str, ...]
    feeds: tuple[FeedLine, ...]
    wrong: tuple[WrongFeed, ...]
    events: tuple[EventLine, ...]
    may_answer: bool
    problem: str


@router.get("/feeds")
async def feeds(payments: Payments, visitor: CurrentVisitor) -> Response:
    """Show how clients' feeds stand."""
    report = await payments.feed_watch.report()
    return render("feeds.html", page_of(report, _frame(visitor), _may_answer(visitor)))


@router.post("/feeds/{client_id}/answer", dependencies=CHECKED)
async def answered(
    payments: Payments,
    manager: Manager,
    client_id: RowKey,
    answer: Annotated[FeedAnswer, Form()],
    reason: Why,
) -> Response:
    """Let a wrong feed pass: mended, or accepted as it is."""
    try:
        await payments.feed_watch.answer(manager.account, client_id, answer, reason)
    except (FeedNotWrong, CardNumberWritten) as refusal:
        report = await payments.feed_watch.report()
        problem = worded(own_sentence(refusal))
        page = page_of(report, _frame(manager), _may_answer(manager), problem=problem)
        return render("feeds.html", page, status=409)
    return RedirectResponse("/feeds", status_code=303)


def page_of(report: FeedReport, around: Frame, may_answer: bool, *, problem: str = "") -> FeedsPage:
    """Return the page of a report."""
    return FeedsPage(
        frame=around,
        model=report.model_version,
        is_watching=report.is_watching,
        false_alarms=worded("1 in %(value)s", value=formatting.count(round(1 / FALSE_ALARM_RATE))),
        shares=tuple(formatting.percent(share) for share in TOLD),
        feeds=tuple(_line(each) for each in report.standings),
        wrong=tuple(
            _wrong(each, report.comparisons[each.client_id])
            for each in report.standings
            if each.client_id in report.comparisons
        ),
        events=tuple(
            EventLine(
                at=formatting.moment(each.happened_at),
                client=each.client,
                what=_happened(each),
                person=each.person or worded("Tertium"),
                reason=each.reason,
            )
            for each in report.events
        ),
        may_answer=may_answer,
        problem=problem,
    )


def _line(standing: FeedStanding) -> FeedLine:
    return FeedLine(
        client=standing.client,
        status=STATUSES[standing.status],
        is_wrong=standing.status is FeedStatus.WRONG,
        rows=formatting.count(standing.rows_seen),
        since=formatting.moment(standing.wrong_since) if standing.wrong_since is not None else "",
    )


def _wrong(standing: FeedStanding, comparison: FeedComparison) -> WrongFeed:
    return WrongFeed(
        client_id=standing.client_id,
        client=standing.client,
        since=formatting.moment(standing.wrong_since) if standing.wrong_since is not None else "",
        noticed_after=formatting.count(standing.noticed_after or standing.rows_seen),
        compared=formatting.count(comparison.rows),
        causes=tuple(map(_cause, comparison.causes or standing.causes)),
        columns=tuple(_column(each) for each in comparison.columns[:MOST_COLUMNS]),
    )


def _cause(told: str) -> str:
    """Return what may have happened: as it was found just now, or as it was stored when it was noticed."""
    return said(told) if isinstance(told, Templated) else as_stored(told)


def _column(difference: ColumnDifference) -> ColumnLine:
    return ColumnLine(
        name=difference.column,
        other_side=formatting.percent(difference.distance),
        observed=tuple(_value(value) for value in difference.observed),
        expected=tuple(_value(value) for value in difference.expected),
        differs=difference.differs,
    )


def _value(value: float) -> str:
    return f"{value:.3g}".replace("-", formatting.MINUS)


def _may_answer(visitor: Visitor) -> bool:
    return visitor.account.may(Ability.TUNE_POLICIES)


def _frame(visitor: Visitor) -> Frame:
    return frame(
        visitor.account, visitor.csrf_token, title=worded("Feeds"), here="/feeds", notices=visitor.notices
    )


def _happened(event: FeedEvent) -> str:
    if event.person and event.status is FeedStatus.WATCHED:
        return worded("mended")
    return str(HAPPENED[event.status])
