"""Quality figures of verdicts for supervisors, and the escalations of senior colleagues."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import escalations
from app.database.cases.escalations import EscalatedCase
from app.database.operations import checked_verdicts, quality, verdict_lists
from app.database.operations.quality import Span
from app.database.operations.verdict_lists import ListedVerdict, Listing, VerdictQuery
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.quality.analysts_and_model import AnalystsAndModel, analysts_and_model
from app.review.quality.blind_first import BlindFirst, Cell, blind_first
from app.review.quality.measured import measured_rates
from app.review.quality.people import PersonQuality, Work, people
from app.review.quality.said import GoldAnswer, Pair
from app.review.quality.team import Gold, SecondReviews, gold, second_looks
from app.triage.measured_rates import MeasuredRates

#: What costs are held against: the longest window the page of quality shows.
MEASURED_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """All figures of one window."""

    span: Span
    people: tuple[PersonQuality, ...]
    blind_first: BlindFirst
    second_looks: SecondReviews
    gold: Gold
    beside_model: AnalystsAndModel
    measured: MeasuredRates


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictList:
    """Verdicts of one kind, and where the list goes on; None at its end."""

    span: Span
    verdicts: tuple[ListedVerdict, ...]
    before_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """The head of what waits for a senior colleague, and how many wait in all."""

    cases: tuple[EscalatedCase, ...]
    total: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Figures of people's work, over one database."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    #: At which age of a verdict reports are taken to have come.
    report_age: timedelta

    async def report(self, days: int) -> QualityReport:
        """Return the figures of the last so many days."""
        span = self._last(days)
        async with transaction(self.engine) as connection:
            await quality.one_snapshot(connection)
            works = await quality.works(connection, span)
            pairs = await quality.pairs(connection, span)
            answers = await quality.gold_answers(connection, span)
            cells = await quality.cells(connection, span)
            bands = await checked_verdicts.bands(connection, span)
            called = await checked_verdicts.called(connection, span)
            measured = await _measured(connection, span, self.report_age)
        beside_model = analysts_and_model(bands, pairs, called)
        # Percentiles of a quarter's judgements take a moment, which nobody else should wait for.
        return await asyncio.to_thread(_report, span, works, pairs, answers, cells, beside_model, measured)

    async def measured(self) -> MeasuredRates:
        """Return how often people are right, over the longest window that pages show."""
        async with transaction(self.engine) as connection:
            await quality.one_snapshot(connection)
            return await _measured(connection, self._last(MEASURED_DAYS), self.report_age)

    async def verdicts(
        self,
        reader: Account,
        listing: Listing,
        days: int,
        *,
        account_id: int | None,
        before_id: int | None,
        limit: int,
    ) -> VerdictList:
        """Return verdicts behind a figure, the newest first, as far as this reader may hear of them."""
        wanted = VerdictQuery(
            listing=listing, span=self._last(days), account_id=account_id, before_id=before_id
        )
        async with transaction(self.engine) as connection:
            found = await verdict_lists.listed(
                connection, wanted, limit=limit + 1, reader_id=reader_of(reader)
            )
        shown = found[:limit]
        goes_on = shown[-1].verdict_id if len(found) > limit else None
        return VerdictList(span=wanted.span, verdicts=shown, before_id=goes_on)

    async def inbox(self, account: Account, *, limit: int) -> Inbox:
        """Return what waits for a senior colleague such as this one."""
        now = self.clock()
        async with transaction(self.engine) as connection:
            await quality.one_snapshot(connection)
            cases = await escalations.inbox(connection, now, reader_id=account.id, limit=limit)
            total = await escalations.count(connection, reader_id=account.id)
            return Inbox(cases=cases, total=total, now=now)

    async def name(self, account_id: int) -> str:
        """Return what somebody is called; raises `AccountNotFound`."""
        async with transaction(self.engine) as connection:
            return await verdict_lists.author_name(connection, account_id)

    def _last(self, days: int) -> Span:
        now = self.clock()
        # What was judged in this very moment belongs to it.
        return Span(since=now - timedelta(days=days), until=now + timedelta(milliseconds=1))


async def _measured(connection: AsyncConnection, span: Span, age: timedelta) -> MeasuredRates:
    controls = await checked_verdicts.controls(connection, span)
    seconds = await checked_verdicts.seconds(connection, span)
    reports = await checked_verdicts.reports(connection, span, age)
    return measured_rates(controls, seconds, reports)


def _report(
    span: Span,
    works: tuple[Work, ...],
    pairs: tuple[Pair, ...],
    answers: tuple[GoldAnswer, ...],
    cells: tuple[Cell, ...],
    beside_model: AnalystsAndModel,
    measured: MeasuredRates,
) -> QualityReport:
    return QualityReport(
        span=span,
        people=people(works, pairs, answers),
        blind_first=blind_first(cells),
        second_looks=second_looks(pairs),
        gold=gold(answers),
        beside_model=beside_model,
        measured=measured,
    )
