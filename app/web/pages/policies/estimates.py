"""Estimates as people read them: the number, its interval, and `not known` where nothing is."""

from collections.abc import Callable
from dataclasses import dataclass

from app.triage.simulation.estimates import NOTHING_KNOWN, Estimate
from app.triage.written_numbers import PERCENT
from app.web.pages import formatting

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateView:
    """A number in words, and the interval it lies in with 95 % confidence; empty where it is exact."""

    value: str
    interval: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a number at all."""
        return self.value != NOT_KNOWN


def told(estimate: Estimate, write: Callable[[float], str]) -> EstimateView:
    """Return an estimate in words; an unbounded interval says so."""
    if estimate == NOTHING_KNOWN:
        return EstimateView(value=NOT_KNOWN)
    value = NOT_KNOWN if estimate.value is None else write(estimate.value)
    if estimate.high is None:
        return EstimateView(value=value, interval=f"{write(estimate.low)} or more")
    return EstimateView(value=value, interval=_between(write(estimate.low), write(estimate.high)))


def exactly(number: float | None, write: Callable[[float], str]) -> EstimateView:
    """Return a number that is counted, not estimated; None where there was nothing to count."""
    return EstimateView(value=known(number, write))


def known(number: float | None, write: Callable[[float], str]) -> str:
    """Return a number in words, `not known` where there is none."""
    return NOT_KNOWN if number is None else write(number)


def euros(currency: str) -> Callable[[float], str]:
    """Return how to write an amount of money, without cents."""
    symbol = formatting.SYMBOLS.get(currency, currency)
    return lambda amount: f"{symbol}{formatting.THIN}{formatting.count(round(amount))}".strip()


def _between(low: str, high: str) -> str:
    """Return an interval, its unit written once at either end."""
    if low == high:
        return low
    plain_low, plain_high = low.removesuffix(PERCENT), high
    symbol = next(
        (sign for sign in formatting.SYMBOLS.values() if high.startswith(f"{sign}{formatting.THIN}")), ""
    )
    if symbol and low.startswith(symbol):
        plain_high = high.removeprefix(f"{symbol}{formatting.THIN}")
    return f"{plain_low}\u2013{plain_high}"
