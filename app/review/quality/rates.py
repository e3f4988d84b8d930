"""A rate among verdicts with its exact interval; none where too few were counted."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from app.triage.binomial import clopper_pearson

# Below this the interval of a rate near 90 % is wider than 25 points: nobody should be judged by it.
ENOUGH = 30
CONFIDENCE = 0.95

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate, and between which values the truth lies with 95 % confidence."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of so many judgements."""

    hits: int
    trials: int

    def __post_init__(self) -> None:
        """Refuse more hits than trials."""
        if not 0 <= self.hits <= self.trials:
            raise ValueError(f"not a rate: {self.hits} of {self.trials}")

    @property
    def is_enough(self) -> bool:
        """Whether enough was counted to speak of a rate."""
        return self.trials >= ENOUGH

    @property
    def value(self) -> float | None:
        """The share; None where nothing was counted."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> Interval | None:
        """The share with its exact interval (Clopper and Pearson 1934); None where nothing was counted."""
        if not self.trials:
            return None
        low, high = clopper_pearson(self.hits, self.trials, (1 + CONFIDENCE) / 2)
        return Interval(estimate=self.hits / self.trials, low=low, high=high)


def rate(facts: Iterable[bool]) -> Rate:
    """Return how many of these are so."""
    told = list(facts)
    return Rate(hits=sum(told), trials=len(told))


def once_per_group(rows: Iterable[Row], group: Callable[[Row], Hashable | None]) -> list[Row]:
    """Return the rows of which those of one group count once: the first speaks for its group.

    A group was one judgement; counted a hundred times it would feign certainty. Rows come by case
    number, which says nothing of what was judged, so the first is as good as any.
    """
    seen: set[Hashable] = set()
    kept = []
    for row in rows:
        key = group(row)
        if key is not None:
            if key in seen:
                continue
            seen.add(key)
        kept.append(row)
    return kept
