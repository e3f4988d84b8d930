"""Figures of people's work in words: a rate with its interval, a pace, a gain in points."""

from dataclasses import dataclass
from datetime import timedelta

from app.review.quality.agreement import Agreement
from app.review.quality.people import Pace
from app.review.quality.rates import Interval, Rate
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting

TOO_FEW = marked("too few")
NONE = marked("none")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFigure:
    """One figure: its value, what stands small below it, and the list it opens, where there is one."""

    value: str
    detail: str = ""
    address: str = ""
    is_known: bool = True


def told_rate(rate: Rate, address: str = "") -> QualityFigure:
    """Return a share with its interval and its counts; only the counts where they are too few."""
    told = share(rate)
    if not rate.trials:
        return told
    if not told.is_known:
        return QualityFigure(value=counts(rate), detail=TOO_FEW, address=address, is_known=False)
    return QualityFigure(value=told.value, detail=f"{told.detail}, {counts(rate)}", address=address)


def told_kappa(agreement: Agreement, address: str = "") -> QualityFigure:
    """Return kappa with its interval and how many pairs agree; only the latter where that is all."""
    if not agreement.pairs:
        return kappa(agreement)
    told, same = kappa(agreement), worded("%(same)s the same", same=counts(agreement.same))
    if not told.is_known:
        return QualityFigure(value=same, detail=told.value, address=address, is_known=False)
    return QualityFigure(value=told.value, detail=f"{told.detail}, {same}", address=address)


def share(rate: Rate) -> QualityFigure:
    """Return a share with its interval, where enough was counted."""
    interval = rate.interval
    if interval is None or not rate.is_enough:
        return QualityFigure(value=NONE if interval is None else TOO_FEW, is_known=False)
    return QualityFigure(value=formatting.percent(interval.estimate), detail=between(interval))


def kappa(agreement: Agreement) -> QualityFigure:
    """Return kappa with its interval, where it is defined and enough was counted."""
    found = agreement.kappa
    if not agreement.is_enough:
        return QualityFigure(value=TOO_FEW if agreement.pairs else NONE, is_known=False)
    if found is None:
        return QualityFigure(value=worded("kappa undefined"), is_known=False)
    bounds = worded(
        "%(low)s to %(high)s", low=formatting.number(found.low), high=formatting.number(found.high)
    )
    return QualityFigure(value=formatting.number(found.estimate), detail=bounds)


def half(pace: Pace | None) -> QualityFigure:
    """Return within which time half are done, where enough was timed."""
    return _time(pace, pace.half) if pace is not None else QualityFigure(value=NONE, is_known=False)


def nine_in_ten(pace: Pace | None) -> QualityFigure:
    """Return within which time nine in ten are done, where enough was timed."""
    return _time(pace, pace.nine_in_ten) if pace is not None else QualityFigure(value=NONE, is_known=False)


def _time(pace: Pace, length: timedelta) -> QualityFigure:
    return (
        QualityFigure(value=time(length)) if pace.is_enough else QualityFigure(value=TOO_FEW, is_known=False)
    )


def counts(rate: Rate) -> str:
    """Return `31 of 412`."""
    return worded("%(some)s of %(all)s", some=formatting.count(rate.hits), all=formatting.count(rate.trials))


def between(interval: Interval) -> str:
    """Return `81 to 97 %`."""
    low, high = formatting.percent(interval.low), formatting.percent(interval.high)
    return worded("%(low)s to %(high)s", low=low.removesuffix(f"{formatting.PERCENT}"), high=high)


def time(length: timedelta) -> str:
    """Return seconds to two minutes, then minutes with a decimal: a judgement's length."""
    seconds = length.total_seconds()
    if seconds < 120:
        return f"{formatting.number(seconds, 0)}{formatting.THIN}s"
    return f"{formatting.number(seconds / 60, 1)}{formatting.THIN}min"


def points(gain: Interval) -> str:
    """Return `+2.5 points`."""
    return worded("%(value)s points", value=formatting.signed(100 * gain.estimate, 1))


def points_between(gain: Interval) -> str:
    """Return `1.9 to 7.1`, in points."""
    return worded(
        "%(low)s to %(high)s",
        low=formatting.number(100 * gain.low, 1),
        high=formatting.number(100 * gain.high, 1),
    )
