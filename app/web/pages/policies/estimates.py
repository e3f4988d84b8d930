"""Estimates as people read them: the number, its interval, and `not known` where nothing is."""

from collections.abc import Callable
from dataclasses import dataclass

from app.triage.simulation.estimates import NOTHING_KNOWN, Estimate
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting

NOT_KNOWN = marked("not known")


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateView:
    """A number in words, and the interval it lies in with 95 % confidence; empty where it is exact."""

    value: str
    interval: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a number at all."""
        return self.value != worded(NOT_KNOWN)


def told(estimate: Estimate, write: Callable[[float], str]) -> EstimateView:
    """Return an estimate in words; an unbounded interval says so."""
    if estimate == NOTHING_KNOWN:
        return EstimateView(value=worded(NOT_KNOWN))
    value = worded(NOT_KNOWN) if estimate.value is None else write(estimate.value)
    if estimate.high is None:
        return EstimateView(value=value, interval=worded("%(least)s or more", least=write(estimate.low)))
    return EstimateView(value=value, interval=_between(write(estimate.low), write(estimate.high)))


def exactly(number: float | None, write: Callable[[float], str]) -> EstimateView:
    """Return a number that is counted, not estimated; None where there was nothing to count."""
    return EstimateView(value=known(number, write))


def known(number: float | None, write: Callable[[float], str]) -> str:
    """Return a number in words, `not known` where there is none."""
    return worded(NOT_KNOWN) if number is None else write(number)


def euros(currency: str) -> Callable[[float], str]:
    """Return how to write an amount of money, without cents."""
    return lambda amount: formatting.with_currency(formatting.count(round(amount)), currency)


def _between(low: str, high: str) -> str:
    """Return an interval, its unit written once at either end."""
    if low == high:
        return low
    for sign in (formatting.PERCENT, *(f"{formatting.THIN}{each}" for each in formatting.SYMBOLS.values())):
        if low.endswith(sign) and high.endswith(sign):
            return f"{low.removesuffix(sign)}\u2013{high}"
    for symbol in formatting.SYMBOLS.values():
        sign = f"{symbol}{formatting.THIN}"
        if low.startswith(sign) and high.startswith(sign):
            return f"{low}\u2013{high.removeprefix(sign)}"
    return f"{low}\u2013{high}"
