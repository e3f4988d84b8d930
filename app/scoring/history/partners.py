"""The different partners of a key: counted exactly up to a bound, estimated beyond it."""

from dataclasses import dataclass, field
from math import log

#: So many are told one by one; of more the number is an estimate (HyperLogLog, some 6 % of standard error).
MOST_EXACT = 64
_BITS = 8
REGISTERS = 1 << _BITS
_ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)
_REST_BITS = 64 - _BITS


@dataclass(slots=True, kw_only=True)
class Partners:
    """Fingerprints of 64 bits, or, beyond `MOST_EXACT` of them, one register for each of 256 classes."""

    exact: set[int] = field(default_factory=set)
    #: None while all are told one by one.
    registers: bytearray | None = None

    def is_new(self, fingerprint: int) -> bool:
        """Whether a partner was not met before; beyond the bound, whether that is sure."""
        if self.registers is None:
            return fingerprint not in self.exact
        register, rank = _place(fingerprint)
        return rank > self.registers[register]

    def add(self, fingerprint: int) -> None:
        """Meet a partner."""
        if self.registers is not None:
            _register(self.registers, fingerprint)
            return
        self.exact.add(fingerprint)
        if len(self.exact) > MOST_EXACT:
            self.registers = bytearray(REGISTERS)
            for each in self.exact:
                _register(self.registers, each)
            self.exact.clear()

    @property
    def count(self) -> float:
        """How many different ones were met."""
        if self.registers is None:
            return float(len(self.exact))
        raw = _ALPHA * REGISTERS**2 / sum(2.0**-rank for rank in self.registers)
        empty = self.registers.count(0)
        # Few classes are full: those that are empty tell more (linear counting).
        return REGISTERS * log(REGISTERS / empty) if empty and raw <= 2.5 * REGISTERS else raw


def _register(registers: bytearray, fingerprint: int) -> None:
    register, rank = _place(fingerprint)
    registers[register] = max(registers[register], rank)


def _place(fingerprint: int) -> tuple[int, int]:
    """Return the register of a fingerprint, and the place of the first 1 of its other bits, from 1."""
    rest = fingerprint & ((1 << _REST_BITS) - 1)
    return fingerprint >> _REST_BITS, _REST_BITS - rest.bit_length() + 1
