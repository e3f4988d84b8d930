"""Classes of database faults, and what each requires of the service and of the caller.

By SQLSTATE, class first (PostgreSQL 18, appendix A), so that a code nobody thought of falls where its
neighbours are. What is no fault here is either a value of the request's (`refuses_value`) or our own mistake.
"""

from enum import StrEnum

import asyncpg
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class Fault(StrEnum):
    """Why the database could not do what was asked, though nothing is wrong with the request."""

    GONE = "gone"
    SILENT = "silent"
    READ_ONLY = "read_only"
    DISK_FULL = "disk_full"
    OUT_OF_MEMORY = "out_of_memory"
    BUSY = "busy"
    CONTENDED = "contended"
    CANCELLED = "cancelled"
    LOCKED_OUT = "locked_out"
    BROKEN = "broken"
    STALE_PLAN = "stale_plan"
    LOST_STATEMENT = "lost_statement"

    @property
    def sentence(self) -> str:
        """What an operator reads."""
        return _SENTENCES[self]

    @property
    def spoils_connection(self) -> bool:
        """Whether the connection is of no more use: nothing else asked of it could be trusted."""
        return self in _SPOILS_ALL or self in {Fault.LOST_STATEMENT, Fault.LOCKED_OUT}

    @property
    def spoils_all(self) -> bool:
        """Whether every connection opened so far has to be made anew: what they lead to has changed."""
        return self in _SPOILS_ALL

    @property
    def is_worth_repeating(self) -> bool:
        """Whether the same statement may well succeed at once, on another connection."""
        return self in _WORTH_REPEATING


_SENTENCES = {
    Fault.GONE: "the server is away, or ended the connection",
    Fault.SILENT: "the server does not answer in time",
    Fault.READ_ONLY: "the server takes no writes: it is read-only, or a standby",
    Fault.DISK_FULL: "the server's disk is full",
    Fault.OUT_OF_MEMORY: "the server is out of memory",
    Fault.BUSY: "no connection is free, or a limit of the server is reached",
    Fault.CONTENDED: "another transaction was in the way",
    Fault.CANCELLED: "a statement ran into its time limit, or was cancelled",
    Fault.LOCKED_OUT: "the server does not let us in: role, password, or database name",
    Fault.BROKEN: "the server cannot read or write its own files",
    Fault.STALE_PLAN: "a table changed under a prepared statement",
    Fault.LOST_STATEMENT: "a prepared statement is lost: a pooler in between, or DEALLOCATE",
}
_SPOILS_ALL = frozenset({Fault.GONE, Fault.SILENT, Fault.READ_ONLY})
_WORTH_REPEATING = frozenset(
    {Fault.GONE, Fault.READ_ONLY, Fault.CONTENDED, Fault.STALE_PLAN, Fault.LOST_STATEMENT}
)

#: Whole codes, where one differs from its class.
_CODES = {
    "25006": Fault.READ_ONLY,
    "25P03": Fault.GONE,  # idle in a transaction for too long: the server ended the connection
    "25P04": Fault.GONE,  # the transaction took too long: likewise
    "53100": Fault.DISK_FULL,
    "53200": Fault.OUT_OF_MEMORY,
    "55006": Fault.CONTENDED,
    "55P03": Fault.CONTENDED,
    "57014": Fault.CANCELLED,
}
_CLASSES = {
    "08": Fault.GONE,  # connection exception
    "26": Fault.LOST_STATEMENT,  # invalid SQL statement name
    "28": Fault.LOCKED_OUT,  # invalid authorization
    "34": Fault.LOST_STATEMENT,  # invalid cursor name
    "3D": Fault.LOCKED_OUT,  # invalid catalog name: no such database
    "40": Fault.CONTENDED,  # transaction rollback: serialisation, deadlock
    "53": Fault.BUSY,  # insufficient resources
    "57": Fault.GONE,  # operator intervention: shutdown, crash, starting up, database dropped
    "58": Fault.BROKEN,  # system error
}
# Of class "data exception", but about our own sequences: no value of the caller's.
_SEQUENCE_EXHAUSTED = "2200H"
# What SQLAlchemy says when a connection and its replacement both proved dead as they were taken.
_DEAD_ON_CHECKOUT = "This connection is closed"


def fault_of(error: BaseException | None) -> Fault | None:
    """Return the class of fault of an error; None for an error of another kind."""
    root = _root(error)
    code = sqlstate_of(root)
    fault = _by_kind(root)
    if fault is None and code is not None:
        fault = _CODES.get(code) or _CLASSES.get(code[:2])
    if fault is None and isinstance(error, DBAPIError) and error.connection_invalidated:
        return Fault.GONE
    return fault


def sqlstate_of(error: BaseException | None) -> str | None:
    """Return the five signs by which PostgreSQL names an error, where it came from PostgreSQL."""
    code = getattr(_root(error), "sqlstate", None)
    return code if isinstance(code, str) else None


def refuses_value(error: BaseException | None, *, in_row: bool = False) -> bool:
    """Whether the database refused a value as such: NUL in a text, a number too large.

    `in_row`: a broken constraint counts, too, where a whole row of the request's is written.
    """
    code = sqlstate_of(error) or ""
    return (code.startswith("22") and code != _SEQUENCE_EXHAUSTED) or (in_row and code.startswith("23"))


def words_of(error: BaseException) -> str:
    """Return what may be logged of an error: its kind, code and constraint, never what it was about."""
    root = _root(error) or error
    code, constraint = sqlstate_of(root), getattr(root, "constraint_name", None)
    told = [type(root).__name__, f"SQLSTATE {code}" if code else "", str(constraint or "")]
    return ", ".join(word for word in told if word)


def _root(error: BaseException | None) -> BaseException | None:
    """Return the driver's own exception under SQLAlchemy's two wrappers; the inner one may lose its code."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    cause = None if inner is None else inner.__cause__
    drivers = asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError
    return cause if isinstance(cause, drivers) else inner


def _by_kind(error: BaseException | None) -> Fault | None:
    match error:
        case asyncpg.InvalidCachedStatementError():  # its code is that of any feature not supported
            return Fault.STALE_PLAN
        case PoolTimeout():
            return Fault.BUSY
        case TimeoutError():
            return Fault.SILENT
        case InvalidRequestError() if str(error) != _DEAD_ON_CHECKOUT:
            return None
        # Refused, no such socket, no such host; dead as it was taken; dead in the middle of an answer.
        case OSError() | InvalidRequestError() | asyncpg.InterfaceError() | asyncpg.InternalClientError():
            return Fault.GONE
    return None
