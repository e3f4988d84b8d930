"""Numbers of the lab as a terminal says them; what is not known is never a number."""

from datetime import UTC, datetime
from typing import Any

ApiObject = dict[str, Any]

NOT_KNOWN = "not known"


def estimate(told: ApiObject, *, share: bool = False, digits: int = 1, currency: str = "") -> str:
    """Return an estimate with its interval.

    >>> estimate({"value": 2.0, "low": 0.25, "high": None})
    '2.0 (0.2 to no known limit)'
    >>> estimate({"value": None, "low": 0.0, "high": 0.5}, share=True)
    'not known (0.0% to 50.0%)'
    """
    value, high = told["value"], told["high"]
    said = number(value, share=share, digits=digits)
    most = "no known limit" if high is None else number(high, share=share, digits=digits)
    if currency and value is not None:
        said = f"{said} {currency}"
    return f"{said} ({number(told['low'], share=share, digits=digits)} to {most})"


def number(value: float | None, *, share: bool = False, digits: int = 1) -> str:
    """Return a number, a share in percent."""
    if value is None:
        return NOT_KNOWN
    return f"{value:.{digits}%}" if share else f"{value:,.{digits}f}"


def money(amount: float, currency: str, *, digits: int = 0) -> str:
    """Return an amount with its currency, where there is one of all amounts.

    >>> money(1234.5, "EUR", digits=2)
    '1,234.50 EUR'
    """
    return f"{amount:,.{digits}f} {currency}".rstrip()


def moment(text: str | None) -> str:
    """Return a moment of the API to the minute, in UTC.

    >>> moment("2026-05-01T14:03:59+02:00")
    '2026-05-01 12:03'
    """
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def wait(seconds: float | None) -> str:
    """Return how long a case waits.

    >>> wait(5400.0)
    '1.5 h'
    """
    if seconds is None:
        return "for ever"
    return f"{seconds / 60:,.0f} min" if seconds < 3600 else f"{seconds / 3600:,.1f} h"


def value(told: object) -> str:
    """Return a value of a document in full: a difference must not be rounded away."""
    return "no limit" if told is None else str(told)


def guarantee(certificate: ApiObject | None) -> str:
    """Return what a version guarantees about missed frauds, in a few words."""
    if certificate is None:
        return "no guarantee"
    missed = certificate["miss_rate_at_most"]
    said = "no guarantee on misses" if missed is None else f"misses at most {percent(missed)}"
    if certificate["confidence"] is None:
        return f"on average {said}"
    return f"{said}, {percent(certificate['confidence'])} confidence"


def percent(share: float) -> str:
    """Return a share somebody chose, as they chose it.

    >>> percent(0.125)
    '12.5%'
    """
    return f"{share * 100:.6g}%"
