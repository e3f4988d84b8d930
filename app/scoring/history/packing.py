"""A state as bytes and back: all numbers as they are, so that nothing is rounded on the way."""

import struct
from array import array
from functools import cache
from itertools import chain
from typing import Any

from app.scoring.history.partners import REGISTERS, Partners
from app.scoring.history.ring import Ring
from app.scoring.history.state import HALF_LIVES, State
from app.scoring.schema.history import KeptHistory

#: Counts of a quarter take eight bytes, or, where all are below 256, one.
WIDE, NARROW = 1, 2
#: Format, updates, latest, first, decayed counters, length of the ring.
_HEAD = f"<BQdd{3 * len(HALF_LIVES)}dH"
_HEAD_FIELDS = 5 + 3 * len(HALF_LIVES)
_LENGTH = struct.Struct("<H")
_LENGTH_AT = struct.Struct(_HEAD).size - _LENGTH.size
#: Of each partner: how many fingerprints follow, or this for registers.
_COUNT = struct.Struct("<B")
_REGISTERS = 255


@cache
def _wide(length: int) -> struct.Struct:
    """Return head, quarters, payments, amounts and frauds."""
    return struct.Struct(f"{_HEAD}{length}i{length}q{length}d{length}q")


@cache
def _narrow(length: int) -> struct.Struct:
    """Return head, quarters, amounts, payments and frauds."""
    return struct.Struct(f"{_HEAD}{length}i{length}d{length}s{length}s")


def packed(state: State) -> bytes:
    """Return a state as bytes; `unpacked` reads them."""
    ring = state.ring
    length = len(ring.quarters)
    head = (state.updates, state.latest, state.first, *state.counts, *state.sums, *state.squares, length)
    try:
        counts = bytes(ring.payments), bytes(ring.frauds)
    except ValueError:
        counters = chain(ring.quarters, ring.payments, ring.amounts, ring.frauds)
        content = _wide(length).pack(WIDE, *head, *counters)
    else:
        content = _narrow(length).pack(NARROW, *head, *ring.quarters, *ring.amounts, *counts)
    return b"".join((content, *map(_packed_partners, state.partners))) if state.partners else content


def _packed_partners(met: Partners) -> bytes:
    if met.ranks:
        return b"".join((_COUNT.pack(_REGISTERS), bytes(met.ranks), array("i", met.met).tobytes()))
    fingerprints, quarters = array("Q", met.exact), array("i", met.exact.values())
    return b"".join((_COUNT.pack(len(met.exact)), fingerprints.tobytes(), quarters.tobytes()))


def unpacked(history: KeptHistory, content: bytes) -> State:
    """Return the state of these bytes, that of a key nobody has seen where there are none.

    Raises ValueError for another format, and for what is no whole state.
    """
    if not content:
        return State(history=history)
    if content[0] not in (WIDE, NARROW):
        raise ValueError(f"a state has format {content[0]}, not {WIDE} or {NARROW}")
    is_narrow = content[0] == NARROW
    try:
        (length,) = _LENGTH.unpack_from(content, _LENGTH_AT)
        numbers = _narrow(length) if is_narrow else _wide(length)
        fields = numbers.unpack_from(content)
    except struct.error as error:
        raise ValueError("a state ends too early") from error
    many = len(HALF_LIVES)
    reading = _Reading(content, numbers.size)
    state = State(
        history=history,
        updates=fields[1],
        latest=fields[2],
        first=fields[3],
        counts=list(fields[4 : 4 + many]),
        sums=list(fields[4 + many : 4 + 2 * many]),
        squares=list(fields[4 + 2 * many : 4 + 3 * many]),
        ring=_ring(fields[_HEAD_FIELDS:], length, is_narrow=is_narrow),
        partners=[reading.partners() for _ in history.partners],
    )
    if reading.left:
        raise ValueError(f"{reading.left} bytes are left behind a state")
    return state


def _ring(fields: tuple[Any, ...], length: int, *, is_narrow: bool) -> Ring:
    quarters = list(fields[:length])
    if is_narrow:
        amounts, payments, frauds = fields[length : 2 * length], fields[2 * length], fields[2 * length + 1]
    else:
        payments, amounts = fields[length : 2 * length], fields[2 * length : 3 * length]
        frauds = fields[3 * length :]
    return Ring(quarters=quarters, payments=list(payments), amounts=list(amounts), frauds=list(frauds))


class _Reading:
    """What stands behind the numbers of every state."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self._at = at

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def _take(self, size: int) -> bytes:
        part = self._content[self._at : self._at + size]
        if len(part) < size:
            raise ValueError("a state ends too early")
        self._at += size
        return part

    def _numbers(self, kind: str, count: int) -> list[Any]:
        numbers = array(kind)
        numbers.frombytes(self._take(count * numbers.itemsize))
        return numbers.tolist()

    def partners(self) -> Partners:
        (count,) = _COUNT.unpack(self._take(_COUNT.size))
        if count == _REGISTERS:
            return Partners(ranks=list(self._take(REGISTERS)), met=self._numbers("i", REGISTERS))
        return Partners(exact=dict(zip(self._numbers("Q", count), self._numbers("i", count), strict=True)))
