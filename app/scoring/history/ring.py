"""What happened lately, by quarters of a day: payments, their amounts, and the frauds among them."""

from bisect import bisect_left
from dataclasses import dataclass, field

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


def quarter_of(seconds: float) -> int:
    """Return the number of a moment's quarter of a day since 1970."""
    return int(seconds // QUARTER_SECONDS)
