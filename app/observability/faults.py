"""What may be told of an exception: its class, its place and the database's code; never its words.

The words of an exception quote what it is about: SQLAlchemy's the parameters, PostgreSQL's the failing row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from traceback import extract_tb
from types import TracebackType

# Deeper chains and stacks are cut: the innermost frames tell most.
MOST_CAUSES = 10
MOST_FRAMES = 40
#: Names that the database's schema gave, which PostgreSQL sends apart from its sentence.
SCHEMA_NAMES = ("constraint_name", "table_name", "column_name")
PACKAGE = "/app/"
LIBRARIES = "/site-packages/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An exception without its words."""

    error: str
    #: The classes of what it came from, the nearest first.
    causes: tuple[str, ...]
    #: PostgreSQL's five signs, where the database refused.
    sqlstate: str | None
    schema_names: dict[str, str]
    #: Where our own code was when it happened, such as `app/database/session.py:120 connect`.
    place: str
    #: File, line and function from the outermost call to the innermost; no values.
    frames: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """The same for the same fault at the same place, whatever it was about."""
        told = "|".join((self.error, *self.causes, self.sqlstate or "", self.place))
        return sha256(told.encode()).hexdigest()[:8]

    @property
    def kind(self) -> str:
        """A name of few: the class of an SQLSTATE, else the exception's class."""
        return f"sqlstate_{self.sqlstate[:2]}" if self.sqlstate else self.error.rpartition(".")[2]


def fault_of(error: BaseException) -> Fault:
    """Return what may be told of an exception."""
    chain = list(_chain(error))
    states = [state for each in chain if (state := _sqlstate(each)) is not None]
    names = {
        name: value
        for name in SCHEMA_NAMES
        for each in reversed(chain)
        if isinstance(value := getattr(each, name, None), str)
    }
    frames = _frames(error.__traceback__)
    ours = [frame for frame in frames if frame.startswith(PACKAGE[1:])]
    return Fault(
        error=_name(error),
        causes=tuple(_name(each) for each in chain[1:]),
        sqlstate=states[-1] if states else None,
        schema_names=names,
        place=(ours or frames or ("unknown",))[-1],
        frames=frames[-MOST_FRAMES:],
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give the exception, and what it came from; of a group, its first member."""
    seen: list[BaseException] = []
    now: BaseException | None = error
    while now is not None and now not in seen and len(seen) < MOST_CAUSES:
        seen.append(now)
        yield now
        if isinstance(now, BaseExceptionGroup):
            now = now.exceptions[0]
        else:
            now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) and len(state) == 5 and state.isalnum() else None


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(trace: TracebackType | None) -> tuple[str, ...]:
    return tuple(
        f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in extract_tb(trace)
        if frame.lineno is not None
    )


def _short(file: str) -> str:
    """Return a file's path from its package on: where a machine keeps it is nobody's business."""
    if LIBRARIES in file:
        return file.rpartition(LIBRARIES)[2]
    if PACKAGE in file:
        return PACKAGE[1:] + file.rpartition(PACKAGE)[2]
    return file.rpartition("/")[2]
