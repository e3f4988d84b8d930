"""The incomplete beta function in log space, also where the function itself is below every number."""

from typing import Final

import numpy as np
from scipy import special

from app.scoring.arrays import Floats

# Below this share the quotient of two numbers loses digits; the continued fraction has them all.
_SMALLEST_SHARE: Final = 1e-200
_MOST_STEPS: Final = 5_000
_TINY: Final = 1e-300


def log_below(x: float, a: Floats, b: Floats) -> Floats:
    """Return ln of the integral of t^(a-1) (1-t)^(b-1) from 0 to x; `a` and `b` positive, shape (n,)."""
    shares: Floats = np.asarray(special.betainc(a, b, x), dtype=np.float64)
    return _logs(shares, special.betaln(a, b), x=x, powers=(a, b))


def log_above(x: float, a: Floats, b: Floats) -> Floats:
    """Return ln of the same integral from x to 1."""
    shares: Floats = np.asarray(special.betaincc(a, b, x), dtype=np.float64)
    return _logs(shares, special.betaln(a, b), x=1 - x, powers=(b, a))


def _logs(shares: Floats, log_whole: Floats, *, x: float, powers: tuple[Floats, Floats]) -> Floats:
    is_plain = shares > _SMALLEST_SHARE
    logs: Floats = np.log(np.where(is_plain, shares, 1.0)) + log_whole
    if not is_plain.all():
        p, q = powers
        logs[~is_plain] = _by_continued_fraction(x, p[~is_plain], q[~is_plain])
    return logs


def _by_continued_fraction(x: float, p: Floats, q: Floats) -> Floats:
    """Return ln of the integral of t^(p-1) (1-t)^(q-1) from 0 to x, where x lies far below p / (p + q).

    x^p (1-x)^q / p times the continued fraction 8.17.22 of the NIST library, evaluated after Lentz.
    """
    upper = np.ones(p.shape)
    lower = 1 / _kept_from_zero(1 - (p + q) * x / (p + 1))
    value = lower.copy()
    for step in range(1, _MOST_STEPS):
        before = value.copy()
        for term in (
            step * (q - step) * x / ((p + 2 * step - 1) * (p + 2 * step)),
            -(p + step) * (p + q + step) * x / ((p + 2 * step) * (p + 2 * step + 1)),
        ):
            lower = 1 / _kept_from_zero(1 + term * lower)
            upper = _kept_from_zero(1 + term / upper)
            value *= upper * lower
        if np.allclose(value, before, rtol=1e-15, atol=0):
            break
    logs: Floats = p * np.log(x) + q * np.log1p(-x) - np.log(p) + np.log(value)
    return logs


def _kept_from_zero(numbers: Floats) -> Floats:
    kept: Floats = np.where(np.abs(numbers) < _TINY, _TINY, numbers)
    return kept
