"""The table of analysts as a file: counts always, rates only where enough was counted."""

from collections.abc import Iterator

from app.review.quality.agreement import Agreement
from app.review.quality.people import Pace, PersonQuality
from app.review.quality.rates import Interval, Rate
from app.web.pages.csv_text import line, safe
from app.workflows.quality import QualityReport

HEADER = (
    "analyst", "role", "since", "until", "judgements", "cases", "judgements_per_day_worked", "escalated",
    "median_seconds", "p90_seconds",
    "final", "overturned", "overturned_share", "overturned_low", "overturned_high",
    "pairs", "pairs_same", "kappa", "kappa_low", "kappa_high",
    "gold", "gold_right", "gold_share", "gold_low", "gold_high", "gold_median_seconds",
)  # fmt: skip


def people_lines(report: QualityReport) -> Iterator[str]:
    """Return the table, an analyst a line."""
    yield line(HEADER)
    for each in report.people:
        yield line(_cells(each, report))


def _cells(each: PersonQuality, report: QualityReport) -> Iterator[str]:
    yield from (safe(each.name), each.role.value)
    yield from (report.span.since.isoformat(), report.span.until.isoformat())
    yield from (str(each.judgements), str(each.cases), f"{each.per_day:.2f}", str(each.escalated))
    yield from _times(each.pace)
    yield from (str(each.overturned.trials), str(each.overturned.hits), *_rate(each.overturned))
    yield from _agreement(each.agreement)
    yield from (str(each.gold.trials), str(each.gold.hits), *_rate(each.gold))
    yield _times(each.gold_pace)[0]


def _rate(rate: Rate) -> tuple[str, str, str]:
    return _interval(rate.interval if rate.is_enough else None)


def _agreement(agreement: Agreement) -> tuple[str, ...]:
    kappa = agreement.kappa if agreement.is_enough else None
    return (str(agreement.pairs), str(agreement.same.hits), *_interval(kappa))


def _interval(found: Interval | None) -> tuple[str, str, str]:
    if found is None:
        return "", "", ""
    return f"{found.estimate:.4f}", f"{found.low:.4f}", f"{found.high:.4f}"


def _times(pace: Pace | None) -> tuple[str, str]:
    if pace is None or not pace.is_enough:
        return "", ""
    return f"{pace.half.total_seconds():.3f}", f"{pace.nine_in_ten.total_seconds():.3f}"
