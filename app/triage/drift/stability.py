"""The population stability index (PSI) of binned quantities, and how much of it is chance.

PSI = sum over bins of (a - e) ln(a / e), a and e the shares now and in the reference. From n payments now
and m rows then it is about (1/n + 1/m) chi-square with B - 1 degrees of freedom while nothing changed (B.
Yurdakul, Statistical Properties of Population Stability Index, 2018): in the mean (B - 1)(1/n + 1/m).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy import special

from app.scoring.arrays import Floats

#: The usual bands: below the first nothing to speak of, from the second on another population.
MODERATE: Final = 0.1
LARGE: Final = 0.25
#: What chance alone reaches in one of so many looks at a quantity.
CHANCE: Final = 0.001
# So that an empty bin has a logarithm: Krichevsky and Trofimov's half.
_HALF = 0.5


class Band(StrEnum):
    """What a stability index says."""

    TOO_FEW = "too_few"
    STABLE = "stable"
    MODERATE = "moderate"
    LARGE = "large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """The index of one quantity in one window."""

    payments: int
    psi: float
    #: What nothing but chance gives in the mean, and what it hardly ever passes.
    by_chance: float
    chance_at_most: float

    @property
    def corrected(self) -> float:
        """The index without what chance gives in the mean; never below nought."""
        return max(self.psi - self.by_chance, 0.0)

    @property
    def band(self) -> Band:
        """The usual band of the corrected index; none where chance alone reaches the first one."""
        if self.payments == 0 or self.chance_at_most > MODERATE:
            return Band.TOO_FEW
        if self.corrected >= LARGE:
            return Band.LARGE
        return Band.MODERATE if self.corrected >= MODERATE else Band.STABLE


def stability(counts: Floats, shares: Floats, *, rows: int) -> Stability:
    """Return the index of counts now against shares of `rows` rows then, shape (bins,) each.

    Bins that the reference lacks have the share nought at the end, and no counts.
    """
    bins = max(int(np.flatnonzero((shares > 0) | (counts > 0)).max(initial=0)) + 1, 1)
    n = float(counts.sum())
    noise = (1 / n if n else np.inf) + 1 / rows
    now = (counts[:bins] + _HALF) / (n + _HALF * bins)
    then = (shares[:bins] * rows + _HALF) / (rows + _HALF * bins)
    chance_at_most = 2 * float(special.gammainccinv(max(bins - 1, 1) / 2, CHANCE))
    return Stability(
        payments=int(n),
        psi=float(((now - then) * np.log(now / then)).sum()),
        by_chance=(bins - 1) * noise,
        chance_at_most=chance_at_most * noise,
    )
