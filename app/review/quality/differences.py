"""Which of two ways of judging is right more often, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.stats import binom, norm

from app.review.quality.rates import CONFIDENCE, Interval, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Cases of known truth judged twice by the same person: before and after they saw something."""

    right_twice: int = 0
    made_right: int = 0
    made_wrong: int = 0
    wrong_twice: int = 0

    @property
    def cases(self) -> int:
        """How many cases were judged before and after."""
        return self.right_twice + self.made_right + self.made_wrong + self.wrong_twice

    @property
    def before(self) -> Rate:
        """How many first judgements were right."""
        return Rate(hits=self.right_twice + self.made_wrong, trials=self.cases)

    @property
    def after(self) -> Rate:
        """How many last judgements were right."""
        return Rate(hits=self.right_twice + self.made_right, trials=self.cases)

    @property
    def chance(self) -> float:
        """How likely a split at least as uneven is where seeing changes nothing: McNemar's exact test.

        Given that so many changed, those made right are binomial with 1/2; two-sided, at most 1.
        """
        changed = self.made_right + self.made_wrong
        rarer = min(self.made_right, self.made_wrong)
        return min(1.0, 2 * float(binom.cdf(rarer, changed, 0.5)))

    @property
    def gain(self) -> Interval:
        """After minus before, with its interval; raises ValueError without cases.

        Newcombe 1998 (Statistics in Medicine 17, 2635-2650), method 10: Wilson's intervals of both
        shares, squared and added, less what is common to them, with phi corrected for continuity.
        """
        first, second = wilson(self.after), wilson(self.before)
        phi = self._phi()
        down, up = first.estimate - first.low, second.high - second.estimate
        down_2, up_2 = second.estimate - second.low, first.high - first.estimate
        gain = first.estimate - second.estimate
        return Interval(
            estimate=gain,
            low=gain - sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2)),
            high=gain + sqrt(max(0.0, down_2**2 - 2 * phi * down_2 * up_2 + up_2**2)),
        )

    def _phi(self) -> float:
        """Return how both judgements of a case are correlated."""
        after, before, cases = self.after.hits, self.before.hits, self.cases
        margins = after * (cases - after) * before * (cases - before)
        if not margins:
            return 0.0
        moment = float(self.right_twice * self.wrong_twice - self.made_right * self.made_wrong)
        if moment > 0:
            moment = max(moment - cases / 2, 0.0)
        return moment / sqrt(margins)


def wilson(rate: Rate) -> Interval:
    """Return a share with Wilson's score interval (1927); raises ValueError where nothing was counted."""
    if not rate.trials:
        raise ValueError("no share of nothing")
    z = float(norm.ppf((1 + CONFIDENCE) / 2))
    share, trials = rate.hits / rate.trials, rate.trials
    middle = share + z**2 / (2 * trials)
    width = z * sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return Interval(
        estimate=share,
        low=min(share, (middle - width) / scale) if rate.hits else 0.0,
        high=max(share, (middle + width) / scale) if rate.hits < trials else 1.0,
    )


def difference(first: Rate, second: Rate) -> Interval:
    """Return first minus second of two independent rates, with its interval.

    Newcombe 1998 (Statistics in Medicine 17, 873-890), method 10: Wilson's intervals, squared and added.
    Raises ValueError where nothing was counted.
    """
    one, two = wilson(first), wilson(second)
    gain = one.estimate - two.estimate
    return Interval(
        estimate=gain,
        low=gain - sqrt((one.estimate - one.low) ** 2 + (two.high - two.estimate) ** 2),
        high=gain + sqrt((one.high - one.estimate) ** 2 + (two.estimate - two.low) ** 2),
    )


def weighted(parts: Sequence[tuple[float, Interval]]) -> Interval | None:
    """Return the weighted mean of independent estimates, with its interval; None without weight.

    Zou, Huang and Zhang 2009 (Computational Statistics & Data Analysis 53, 1080-1085): the distances
    from estimate to bound are weighted, squared and added. One part alone stays as it is.
    """
    total = sum(weight for weight, _ in parts)
    if total <= 0:
        return None
    shares = [(weight / total, part) for weight, part in parts]
    mean = sum(share * part.estimate for share, part in shares)
    down = sum((share * (part.estimate - part.low)) ** 2 for share, part in shares)
    up = sum((share * (part.high - part.estimate)) ** 2 for share, part in shares)
    return Interval(estimate=mean, low=mean - sqrt(down), high=mean + sqrt(up))
