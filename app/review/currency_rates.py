"""Rates of exchange, each with its date: amounts of several currencies are compared in one, or not at all.

An amount whose currency has no rate is never taken to be small: it counts as urgent, and as above every
threshold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from math import nan

import numpy as np

from app.scoring.arrays import Floats

COLUMNS = ("currency", "rate", "as_of")
# Of real currencies, the dearest and the cheapest lie within a million of each other.
LEAST_RATE, LARGEST_RATE = Decimal("1e-9"), Decimal("1e9")


class RatesUnclear(ValueError):
    """An invalid rate; the sentence says which line, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one unit of a currency was worth on a day, in units of the base currency."""

    currency: str
    rate: Decimal
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A sum in the base currency, and the date of the oldest rate it needed; None: it needed none."""

    amount: Decimal
    currency: str
    as_of: date | None


@dataclass(frozen=True, kw_only=True)
class RateTable:
    """The rates that hold now, by currency; the base currency needs none."""

    base: str
    rates: Mapping[str, Rate]

    @cached_property
    def _factors(self) -> Mapping[str, float]:
        return {self.base: 1.0} | {code: float(each.rate) for code, each in self.rates.items()}

    def factor(self, currency: str) -> float | None:
        """Return what one unit is worth in the base currency; None: no rate is known."""
        return self._factors.get(currency)

    def factors(self, currencies: Iterable[str]) -> Floats:
        """Return the same for many, shape (currencies,); NaN: no rate is known."""
        known = self._factors
        return np.array([known.get(code, nan) for code in currencies], dtype=np.float64)

    def total(self, amounts: Mapping[str, Decimal]) -> Converted | None:
        """Return amounts by currency as one sum; None where one of them has no rate."""
        needed = [self.rates.get(code) for code in amounts if code != self.base]
        used = [rate for rate in needed if rate is not None]
        if len(used) < len(needed):
            return None
        total = sum(
            (
                amount * (self.rates[code].rate if code != self.base else 1)
                for code, amount in amounts.items()
            ),
            start=Decimal(0),
        )
        return Converted(
            amount=total, currency=self.base, as_of=min((rate.as_of for rate in used), default=None)
        )


def rate_of(row: Mapping[str, str], *, base: str, today: date, line: int) -> Rate:
    """Return one row of a rate file; raises `RatesUnclear`."""
    code, told, day = ((row.get(name) or "").strip() for name in COLUMNS)
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise RatesUnclear(f"line {line}: {code!r} is no currency code of three capital letters")
    try:
        rate, as_of = Decimal(told), date.fromisoformat(day)
    except InvalidOperation:
        raise RatesUnclear(f"line {line}: {told!r} is no number, as 0.92 is one") from None
    except ValueError:
        raise RatesUnclear(f"line {line}: {day!r} is no date, as 2026-05-01 is one") from None
    if not (rate.is_finite() and LEAST_RATE <= rate <= LARGEST_RATE):
        raise RatesUnclear(f"line {line}: a rate lies between {LEAST_RATE:f} and {LARGEST_RATE:f}")
    if as_of > today:
        raise RatesUnclear(f"line {line}: {as_of} is still to come")
    if code == base and rate != 1:
        raise RatesUnclear(f"line {line}: {base} is the base currency, its rate is 1")
    return Rate(currency=code, rate=rate, as_of=as_of)
