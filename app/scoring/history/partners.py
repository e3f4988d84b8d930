"""The different partners of a key in 30 days: counted exactly up to a bound, estimated beyond it."""

from dataclasses import dataclass, field
from math import log

from app.scoring.history.ring import QUARTERS_A_DAY

#: So many are told one by one; of more the number is an estimate (HyperLogLog, some 6 % of standard error).
MOST_EXACT = 64
#: A partner that was not met for so long is a new one.
QUARTERS_REMEMBERED = 30 * QUARTERS_A_DAY
_BITS = 8
REGISTERS = 1 << _BITS
_ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)
_REST_BITS = 64 - _BITS


@dataclass(slots=True, kw_only=True)
class Partners:
    """Fingerprints of 64 bits, or, beyond `MOST_EXACT` of them, one register for each of 256 classes.

    With each stands the quarter of a day in which it was met last.
    """

    exact: dict[int, int] = field(default_factory=dict)
    #: Highest rank of each class, and when it was met last; empty while all are told one by one.
    ranks: list[int] = field(default_factory=list)
    met: list[int] = field(default_factory=list)

    def is_new(self, fingerprint: int, now: int) -> bool:
        """Whether a partner was not met lately; beyond the bound, whether that is sure."""
        if not self.ranks:
            return self.exact.get(fingerprint, now - QUARTERS_REMEMBERED) <= now - QUARTERS_REMEMBERED
        register, rank = _place(fingerprint)
        return self.met[register] <= now - QUARTERS_REMEMBERED or rank > self.ranks[register]

    def add(self, fingerprint: int, now: int) -> None:
        """Meet a partner."""
        if self.ranks:
            self._register(fingerprint, now)
            return
        self.exact[fingerprint] = max(now, self.exact.get(fingerprint, now))
        if len(self.exact) > MOST_EXACT:
            newest = max(self.exact.values())
            self.exact = {each: met for each, met in self.exact.items() if met > newest - QUARTERS_REMEMBERED}
        if len(self.exact) > MOST_EXACT:
            self.ranks, self.met = [0] * REGISTERS, [0] * REGISTERS
            for each, met in self.exact.items():
                self._register(each, met)
            self.exact = {}

    def _register(self, fingerprint: int, now: int) -> None:
        register, rank = _place(fingerprint)
        is_over = self.met[register] <= now - QUARTERS_REMEMBERED
        if is_over or rank >= self.ranks[register]:
            self.ranks[register], self.met[register] = rank, max(now, self.met[register])

    def count(self, now: int) -> float:
        """Return how many different ones were met lately."""
        since = now - QUARTERS_REMEMBERED
        if not self.ranks:
            return float(sum(met > since for met in self.exact.values()))
        ranks = [rank if met > since else 0 for rank, met in zip(self.ranks, self.met, strict=True)]
        raw = _ALPHA * REGISTERS**2 / sum(2.0**-rank for rank in ranks)
        empty = ranks.count(0)
        # Few classes are full: those that are empty tell more (linear counting).
        return REGISTERS * log(REGISTERS / empty) if empty and raw <= 2.5 * REGISTERS else raw


def _place(fingerprint: int) -> tuple[int, int]:
    """Return the register of a fingerprint, and the place of the first 1 of its other bits, from 1."""
    rest = fingerprint & ((1 << _REST_BITS) - 1)
    return fingerprint >> _REST_BITS, _REST_BITS - rest.bit_length() + 1
