"""The state of one key: decayed counters, a ring of quarters of days, when it was seen, whom it met.

One order is followed: that in which updates were made. A payment that occurred before the state's time is
late: it counts at its own time (its decayed part, its own quarter of a day) and does not move the state's.
"""

from dataclasses import dataclass, field
from math import exp2, inf

from app.scoring.history.partners import Partners
from app.scoring.history.ring import QUARTERS_A_DAY, Ring, quarter_of
from app.scoring.schema.history import KeptHistory

#: Of the decayed counters, in seconds.
HALF_LIVES = (3_600.0, 86_400.0, 7 * 86_400.0, 30 * 86_400.0)
#: Days of the longest window.
LONGEST_WINDOW = 30
#: A decayed count below it is no history.
LEAST_COUNT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What history knows of a payment."""

    #: Since 1970.
    seconds: float
    #: In currency units.
    amount: float
    #: Fingerprint of each of the history's partners; None where the payment names none.
    partners: tuple[int | None, ...]


def _zeros() -> list[float]:
    return [0.0] * len(HALF_LIVES)


@dataclass(slots=True, kw_only=True)
class State:
    """What is kept of a key; changes in place. Without any update it is that of a key nobody has seen."""

    history: KeptHistory
    #: How many there were: payments, and frauds that became known.
    updates: int = 0
    #: When the newest and the first payment occurred, in seconds since 1970; infinite without one.
    latest: float = -inf
    first: float = inf
    #: For each half-life, decayed to `latest`: payments, their amounts, the squares of these.
    counts: list[float] = field(default_factory=_zeros)
    sums: list[float] = field(default_factory=_zeros)
    squares: list[float] = field(default_factory=_zeros)
    #: Quarters of days out of every window are dropped.
    ring: Ring = field(default_factory=Ring)
    #: One for each of the history's partners.
    partners: list[Partners] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without partners."""
        if not self.partners:
            self.partners = [Partners() for _ in self.history.partners]

    @property
    def quarters_kept(self) -> int:
        """How many quarters of days some window reads, the present one among them."""
        return QUARTERS_A_DAY * (LONGEST_WINDOW + (self.history.delay_days or 0)) + 1

    def is_over(self, seconds: float) -> bool:
        """Whether so long passed since the newest payment that nothing is left: the key is as unseen."""
        return self.counts[-1] * exp2(-max(seconds - self.latest, 0.0) / HALF_LIVES[-1]) < LEAST_COUNT

    def add(self, payment: Occurrence) -> None:
        """Count a payment."""
        if self.is_over(payment.seconds):
            self._begin_anew()
        self.updates += 1
        age = self.latest - payment.seconds
        if age < 0:
            self._move_to(payment.seconds)
            age = 0.0
        amount, counts, sums, squares = payment.amount, self.counts, self.sums, self.squares
        for place, half_life in enumerate(HALF_LIVES):
            weight = exp2(-age / half_life) if age else 1.0
            counts[place] += weight
            sums[place] += weight * amount
            squares[place] += weight * amount * amount
        self.first = min(self.first, payment.seconds)
        quarter = quarter_of(payment.seconds)
        if quarter > quarter_of(self.latest) - self.quarters_kept:
            self.ring.add(quarter, amount)
        for met, fingerprint in zip(self.partners, payment.partners, strict=True):
            if fingerprint is not None:
                met.add(fingerprint, quarter)

    def _move_to(self, seconds: float) -> None:
        # Before the first payment all is nought, and stays so.
        passed = self.latest - seconds
        for place, half_life in enumerate(HALF_LIVES):
            factor = exp2(passed / half_life)
            self.counts[place] *= factor
            self.sums[place] *= factor
            self.squares[place] *= factor
        self.latest = seconds
        self.ring.forget_before(quarter_of(seconds) - self.quarters_kept + 1)

    def _begin_anew(self) -> None:
        self.latest, self.first = -inf, inf
        self.counts, self.sums, self.squares = _zeros(), _zeros(), _zeros()
        self.ring = Ring()
        self.partners = [Partners() for _ in self.history.partners]

    def know_fraud(self, seconds: float, *, count: int) -> None:
        """Count a payment of this key that turned out a fraud (1), or that proved to be none (-1).

        `seconds`: when it occurred. What is kept no more is not remembered.
        """
        self.updates += 1
        self.ring.add_frauds(quarter_of(seconds), count)
