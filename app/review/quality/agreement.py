"""Agreement of two verdicts on the same case, corrected for chance (Cohen's kappa)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from app.review.quality.rates import CONFIDENCE, ENOUGH, Interval, Rate

# Two sums of rounded numbers that differ by less are the same.
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Cases reviewed by two people, counted by both verdicts."""

    both_fraud: int = 0
    only_first: int = 0
    only_second: int = 0
    both_legit: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> "Agreement":
        """Count pairs of `first said fraud`, `second said fraud`."""
        told = list(pairs)
        return cls(
            both_fraud=told.count((True, True)),
            only_first=told.count((True, False)),
            only_second=told.count((False, True)),
            both_legit=told.count((False, False)),
        )

    @property
    def pairs(self) -> int:
        """How many cases two people judged."""
        return self.both_fraud + self.only_first + self.only_second + self.both_legit

    @property
    def is_enough(self) -> bool:
        """Whether enough pairs were counted to speak of agreement."""
        return self.pairs >= ENOUGH

    @property
    def same(self) -> Rate:
        """How many said the same."""
        return Rate(hits=self.both_fraud + self.both_legit, trials=self.pairs)

    @property
    def kappa(self) -> Interval | None:
        """Cohen's kappa with its interval; None where it is undefined.

        kappa = (p_o - p_e) / (1 - p_e): `p_o` the share of pairs that agree, `p_e` the share that would
        if both kept their own share of frauds and threw dice (Cohen 1960). Where both said the same of
        every case, always fraud or always legit, p_e is 1 and there is nothing to tell from chance.
        """
        found = self._shares()
        if found is None:
            return None
        first, second, observed = found
        expected = _by_chance(first, second)
        if 1 - expected < _TINY:
            return None
        kappa = (observed - expected) / (1 - expected)
        low, high = _bounds(kappa, (first + second) / 2, self.pairs)
        return Interval(estimate=kappa, low=low, high=high)

    def _shares(self) -> tuple[float, float, float] | None:
        """Return each one's share of frauds, and the share of pairs that agree."""
        pairs = self.pairs
        if not pairs:
            return None
        first = (self.both_fraud + self.only_first) / pairs
        second = (self.both_fraud + self.only_second) / pairs
        return first, second, (self.both_fraud + self.both_legit) / pairs


def _by_chance(first: float, second: float) -> float:
    return first * second + (1 - first) * (1 - second)


def kappa_variance(kappa: float, share: float) -> float:
    """Return n times the large-sample variance of kappa where both find this share of frauds.

    Bloch and Kraemer 1989 (Biometrics 45, 269-287); what Fleiss, Cohen and Everitt 1969 come to with
    equal margins p: (1 - k) [(1 - k) (1 - 2 k) + k (2 - k) / (2 p (1 - p))].
    """
    return (1 - kappa) * ((1 - kappa) * (1 - 2 * kappa) + kappa * (2 - kappa) / (2 * share * (1 - share)))


def _bounds(kappa: float, share: float, pairs: int) -> tuple[float, float]:
    """Return the interval of all values k with |kappa - k| <= z sqrt(variance at k / n).

    The variance is that of the value asked about, not of the estimate, as in Wilson's interval of a
    rate; for kappa see Donner and Eliasziw 1992 (Statistics in Medicine 11, 1511-1519). Full agreement
    so has a lower bound below 1, and few pairs are told as few: with the variance of the estimate the
    interval of 30 pairs misses the truth up to one time in four.

    NOTE[DIFF]: they bound the intraclass kappa; this bounds Cohen's, with the mean of both margins.
    """
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    chance = _by_chance(share, share)
    # Below this no table has such margins.
    least = (abs(2 * share - 1) - chance) / (1 - chance)

    def beyond(value: float) -> float:
        return abs(kappa - value) - z * sqrt(max(0.0, kappa_variance(value, share)) / pairs)

    def bound(end: float) -> float:
        # The variance is 0 at 1: the search begins beside the estimate, where it is not.
        near = kappa + (end - kappa) * _TINY
        if kappa >= 1 and end >= 1:
            return 1.0
        if beyond(end) < 0 or beyond(near) >= 0:
            return end if beyond(end) < 0 else kappa
        return float(brentq(beyond, min(near, end), max(near, end)))

    return min(bound(least), kappa), max(bound(1.0), kappa)
