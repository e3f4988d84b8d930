"""Nine significant digits: a value read of history is the same number wherever it was worked out."""

from collections.abc import Sequence

import numpy as np

from app.scoring.arrays import Floats

DIGITS = 9
#: Powers of ten up to this one are floats without an error.
_EXACT_POWERS = np.array([float(10**power) for power in range(23)])
#: How near a half a scaled value may be before its product with the power of ten, which is rounded itself,
#: leaves open to which side it goes: 1e9 has steps of 1.2e-7.
_UNSURE = 1e-6


def rounded(value: float) -> float:
    """Return a number with nine significant digits.

    >>> rounded(2 / 3), rounded(12345678901.0)
    (0.666666667, 12345678901.0)
    """
    return value if value.is_integer() else float(f"{value:.9g}")


def rounded_rows(rows: Sequence[Sequence[float | None]]) -> Floats:
    """Return `rounded` of many numbers at once, bit by bit the same; NaN for None, (rows, numbers)."""
    values = np.array(rows, dtype=np.float64)
    # A NaN differs from itself, too.
    places = np.nonzero((np.trunc(values) != values) & ~np.isnan(values))
    broken = values[places]
    if not broken.size:
        return values
    powers = DIGITS - 1 - np.floor(np.log10(np.abs(broken)))
    is_sure = (powers >= 0) & (powers < len(_EXACT_POWERS))
    scale = _EXACT_POWERS[np.where(is_sure, powers, 0).astype(np.intp)]
    scaled = broken * scale
    whole = np.rint(scaled)
    is_sure &= np.abs(np.abs(scaled - whole) - 0.5) > _UNSURE
    out = whole / scale
    for place in np.flatnonzero(~is_sure).tolist():
        out[place] = rounded(float(broken[place]))
    values[places] = out
    return values
