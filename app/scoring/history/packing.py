"""A state as bytes and back: all numbers as they are, so that nothing is rounded on the way."""

from array import array
from struct import Struct
from typing import Any

from app.scoring.history.partners import REGISTERS, Partners
from app.scoring.history.ring import Ring
from app.scoring.history.state import HALF_LIVES, State
from app.scoring.schema.history import KeptHistory

FORMAT = 1
#: Format, updates, latest, first, decayed counters, length of the ring.
_HEAD = Struct(f"<BQdd{3 * len(HALF_LIVES)}dH")
#: Of each partner: how many fingerprints follow, or this for registers.
_COUNT = Struct("<B")
_REGISTERS = 255


def packed(state: State) -> bytes:
    """Return a state as bytes; `unpacked` reads them."""
    counters = (*state.counts, *state.sums, *state.squares)
    ring = state.ring
    parts = [
        _HEAD.pack(FORMAT, state.updates, state.latest, state.first, *counters, len(ring.quarters)),
        array("i", ring.quarters).tobytes(),
        array("q", ring.payments).tobytes(),
        array("d", ring.amounts).tobytes(),
        array("q", ring.frauds).tobytes(),
    ]
    for met in state.partners:
        if met.ranks:
            parts += [_COUNT.pack(_REGISTERS), bytes(met.ranks), array("i", met.met).tobytes()]
        else:
            known = (array("Q", met.exact).tobytes(), array("i", met.exact.values()).tobytes())
            parts += [_COUNT.pack(len(met.exact)), *known]
    return b"".join(parts)


def unpacked(history: KeptHistory, content: bytes) -> State:
    """Return the state of these bytes, that of a key nobody has seen where there are none.

    Raises ValueError for another format, and for what is no whole state.
    """
    if not content:
        return State(history=history)
    reading = _Reading(content)
    found, updates, latest, first, *counters, length = _HEAD.unpack(reading.take(_HEAD.size))
    if found != FORMAT:
        raise ValueError(f"a state has format {found}, not {FORMAT}")
    many = len(HALF_LIVES)
    state = State(
        history=history,
        updates=updates,
        latest=latest,
        first=first,
        counts=counters[:many],
        sums=counters[many : 2 * many],
        squares=counters[2 * many :],
        ring=Ring(
            quarters=reading.numbers("i", length),
            payments=reading.numbers("q", length),
            amounts=reading.numbers("d", length),
            frauds=reading.numbers("q", length),
        ),
        partners=[reading.partners() for _ in history.partners],
    )
    if reading.left:
        raise ValueError(f"{reading.left} bytes are left behind a state")
    return state


class _Reading:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def take(self, size: int) -> bytes:
        part = self._content[self._at : self._at + size]
        if len(part) < size:
            raise ValueError("a state ends too early")
        self._at += size
        return part

    def numbers(self, kind: str, count: int) -> list[Any]:
        numbers = array(kind)
        numbers.frombytes(self.take(count * numbers.itemsize))
        return numbers.tolist()

    def partners(self) -> Partners:
        (count,) = _COUNT.unpack(self.take(_COUNT.size))
        if count == _REGISTERS:
            return Partners(ranks=list(self.take(REGISTERS)), met=self.numbers("i", REGISTERS))
        return Partners(exact=dict(zip(self.numbers("Q", count), self.numbers("i", count), strict=True)))
