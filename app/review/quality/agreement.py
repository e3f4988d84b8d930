"""Whether two people who judge the same case say the same, beyond what chance alone would make them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from app.review.quality.rates import CONFIDENCE, ENOUGH, Interval, Rate

# Two sums of rounded numbers that differ by less are the same.
_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Cases judged by two people, counted by what each said."""

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
        low, high = _profile(kappa, first, second, self.pairs)
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


def kappa_variance(kappa: float, first: float, second: float) -> float:
    """Return n times the large-sample variance of kappa's estimate (Fleiss, Cohen and Everitt 1969).

    `first`, `second`: each one's share of frauds. They and kappa fix the table of shares, p_ij, and
    with p_i+, p_+i its margins, w = 1 - kappa:

        [sum_i p_ii (1 - (p_i+ + p_+i) w)^2 + w^2 sum_{i!=j} p_ij (p_+i + p_j+)^2
         - (kappa - p_e w)^2] / (1 - p_e)^2
    """
    chance = _by_chance(first, second)
    observed = kappa * (1 - chance) + chance
    both = max(0.0, (observed - 1 + first + second) / 2)
    neither = max(0.0, observed - both)
    only_first, only_second = max(0.0, first - both), max(0.0, second - both)
    other = 1 - kappa
    agreeing = both * (1 - (first + second) * other) ** 2 + neither * (1 - (2 - first - second) * other) ** 2
    # p_+i + p_j+ for (fraud, legit) and (legit, fraud).
    apart = only_first * (second + 1 - first) ** 2 + only_second * (1 - second + first) ** 2
    spread = agreeing + other**2 * apart - (kappa - chance * other) ** 2
    return max(0.0, spread / (1 - chance) ** 2)


def _profile(kappa: float, first: float, second: float, pairs: int) -> tuple[float, float]:
    """Return the interval of all values k with |kappa - k| <= z sqrt(variance at k / n).

    The profile variance interval of Lee and Tu 1994 (Journal of Computational and Graphical Statistics
    3, 301-321): the margins stay as counted, the variance is that of the value asked about, so that
    even full agreement has a lower bound below 1; among the best of its kind for few pairs (Shan and
    Wang 2017). Bounds stay where such margins allow a table.
    """
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    chance = _by_chance(first, second)
    least = (abs(first + second - 1) - chance) / (1 - chance)
    most = (1 - abs(first - second) - chance) / (1 - chance)

    def beyond(value: float) -> float:
        return abs(kappa - value) - z * sqrt(kappa_variance(value, first, second) / pairs)

    low = least if beyond(least) <= 0 else brentq(beyond, least, kappa)
    high = most if beyond(most) <= 0 else brentq(beyond, kappa, most)
    return min(float(low), kappa), max(float(high), kappa)
