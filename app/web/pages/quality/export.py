"""The table of analysts as a file: counts always, rates only where enough was counted."""

from collections.abc import Iterator

from app.review.quality.agreement import Agreement
from app.review.quality.people import Pace, PersonQuality
from app.review.quality.rates import Interval, Rate
from app.web.pages.csv_cells import Cell, heading, line, rounded
from app.workflows.operations.quality import QualityReport

HEADER = (
    "analyst", "role", "since", "until", "judgements", "cases", "judgements_per_day_worked", "escalated",
    "median_seconds", "p90_seconds",
    "final", "overturned", "overturned_share", "overturned_low", "overturned_high",
    "pairs", "pairs_same", "kappa", "kappa_low", "kappa_high",
    "gold", "gold_right", "gold_share", "gold_low", "gold_high", "gold_median_seconds",
)  # fmt: skip


def people_lines(report: QualityReport) -> Iterator[str]:
    """Return the table, an analyst a line."""
    yield heading(HEADER)
    for each in report.people:
        yield line(_cells(each, report))


def _cells(each: PersonQuality, report: QualityReport) -> Iterator[Cell]:
    yield from (each.name, each.role.value)
    yield from (report.span.since, report.span.until)
    yield from (each.judgements, each.cases, rounded(each.per_day, 2), each.escalated)
    yield from _times(each.pace)
    yield from (each.overturned.trials, each.overturned.hits, *_rate(each.overturned))
    yield from _agreement(each.agreement)
    yield from (each.gold.trials, each.gold.hits, *_rate(each.gold))
    yield _times(each.gold_pace)[0]


def _rate(rate: Rate) -> tuple[Cell, Cell, Cell]:
    return _interval(rate.interval if rate.is_enough else None)


def _agreement(agreement: Agreement) -> tuple[Cell, ...]:
    kappa = agreement.kappa if agreement.is_enough else None
    return (agreement.pairs, agreement.same.hits, *_interval(kappa))


def _interval(found: Interval | None) -> tuple[Cell, Cell, Cell]:
    if found is None:
        return None, None, None
    return rounded(found.estimate, 4), rounded(found.low, 4), rounded(found.high, 4)


def _times(pace: Pace | None) -> tuple[Cell, Cell]:
    if pace is None or not pace.is_enough:
        return None, None
    return rounded(pace.half.total_seconds(), 3), rounded(pace.nine_in_ten.total_seconds(), 3)
