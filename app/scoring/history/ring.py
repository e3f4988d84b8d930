"""What happened lately, by quarters of a day: payments, their amounts, and the frauds among them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import fsum

QUARTER_SECONDS = 21_600
QUARTERS_A_DAY = 4


@dataclass(slots=True, kw_only=True)
class Ring:
    """Quarters of days (UTC) in which something happened, ascending; one list for each thing kept of them."""

    #: Number of each quarter since 1970.
    quarters: list[int] = field(default_factory=list)
    payments: list[int] = field(default_factory=list)
    #: In currency units.
    amounts: list[float] = field(default_factory=list)
    #: Known by now.
    frauds: list[int] = field(default_factory=list)

    def add(self, quarter: int, amount: float) -> None:
        """Count a payment."""
        place = bisect_left(self.quarters, quarter)
        if place == len(self.quarters) or self.quarters[place] != quarter:
            self.quarters.insert(place, quarter)
            self.payments.insert(place, 1)
            self.amounts.insert(place, amount)
            self.frauds.insert(place, 0)
        else:
            self.payments[place] += 1
            self.amounts[place] += amount

    def add_frauds(self, quarter: int, count: int) -> None:
        """Count frauds of a quarter, where it is still kept."""
        place = bisect_left(self.quarters, quarter)
        if place < len(self.quarters) and self.quarters[place] == quarter:
            self.frauds[place] += count

    def forget_before(self, quarter: int) -> None:
        """Drop the quarters before this one."""
        if not self.quarters or self.quarters[0] >= quarter:
            return
        place = bisect_left(self.quarters, quarter)
        for each in (self.quarters, self.payments, self.amounts, self.frauds):
            del each[:place]

    def sums_since(self, quarters: Sequence[int]) -> list[tuple[int, float]]:
        """Return how many payments there were from each of these quarters on, and the sum of their amounts.

        The sum is that of the exact one's nearest number, whatever the order; quarters that follow each
        other without a payment between them cost nothing.
        """
        found: list[tuple[int, float]] = []
        before = -1
        for quarter in quarters:
            place = bisect_left(self.quarters, quarter)
            if place != before:
                before, told = place, (sum(self.payments[place:]), fsum(self.amounts[place:]))
            found.append(told)
        return found

    def frauds_between(self, quarters: Sequence[int], end: int) -> list[tuple[int, int]]:
        """Return payments and known frauds from each of these quarters on, without those from `end` on."""
        until = bisect_left(self.quarters, end)
        places = [bisect_left(self.quarters, quarter, hi=until) for quarter in quarters]
        payments = list(accumulate(self.payments[:until], initial=0))
        if not any(self.frauds):
            return [(payments[until] - payments[place], 0) for place in places]
        frauds = list(accumulate(self.frauds[:until], initial=0))
        return [(payments[until] - payments[place], frauds[until] - frauds[place]) for place in places]


def quarter_of(seconds: float) -> int:
    """Return the number of a moment's quarter of a day since 1970."""
    return int(seconds // QUARTER_SECONDS)
