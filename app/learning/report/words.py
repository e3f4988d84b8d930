"""Numbers as they are read: few digits, a real minus, a thin unit."""

from math import floor, log10

from app.learning.metrics.bootstrap import Interval


def percent(share: float, digits: int = 2) -> str:
    """Return a share in percent with so many significant digits: 0.01234 is 1.2 %, 0.0004 is 0.04 %."""
    value = 100 * share
    return f"{_significant(value, digits)}\u00a0%"


def number(value: float, decimals: int = 2) -> str:
    """Return a number with fixed decimals and a real minus; zero has no sign."""
    told = f"{value:,.{decimals}f}".replace(",", "\u202f")
    return _signed(told)


def plain(value: float) -> str:
    """Return a number with as many of six decimals as it needs."""
    return _signed(f"{value:.6f}".rstrip("0").rstrip("."))


def plain_percent(share: float) -> str:
    """Return a share in percent with as many of six decimals as it needs: 0.001 is 0.1 %."""
    return f"{plain(100 * share)}\u00a0%"


def count(value: float) -> str:
    """Return a whole number in groups of three."""
    return number(value, 0)


def interval(found: Interval, decimals: int = 3) -> str:
    """Return the ends of an interval."""
    return span(found.low, found.high, decimals)


def span(low: float, high: float, decimals: int = 2) -> str:
    """Return two numbers as a range."""
    return f"{number(low, decimals)} to {number(high, decimals)}"


def percent_span(low: float, high: float) -> str:
    """Return two shares as a range."""
    return f"{percent(low)} to {percent(high)}"


def probability(value: float) -> str:
    """Return a probability so that neither 0 nor 1 is claimed where it is not reached."""
    if 0 < value < 5e-6:
        return "<\u00a00.001\u00a0%"
    if 1 - 5e-6 < value < 1:
        return ">\u00a099.999\u00a0%"
    return f"{100 * value:.3f}\u00a0%"


def _significant(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - floor(log10(abs(value))))
    if 90 < abs(value) < 100:
        # 99.97 % must not become 100 %.
        decimals = max(decimals, digits - 2 - floor(log10(100 - abs(value))))
    return _signed(f"{value:.{min(decimals, 6)}f}")


def _signed(told: str) -> str:
    if told.startswith("-"):
        return told[1:] if not told.strip("-0.") else f"\u2212{told[1:]}"
    return told
