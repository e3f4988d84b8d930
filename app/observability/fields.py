"""What a line of the log may hold: known fields alone, each of a bounded, plain value."""

import contextlib
import logging
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from structlog.typing import EventDict, WrappedLogger

#: Every field there is, and what it says. A field that is not here is left out, and counted.
FIELDS: dict[str, str] = {
    "timestamp": "when, in UTC",
    "level": "debug, info, warning, error or critical",
    "event": "what happened, in constant words",
    "logger": "which module or library says so",
    "worker": "number of the process, where several serve on one port",
    "request_id": "the request's `X-Request-ID`, in every line of that request",
    "method": "HTTP method",
    "route": "the route's template, never the address itself",
    "status": "HTTP status; 499 where the caller went away first",
    "duration_ms": "from the request's head to the answer's last byte",
    "client_id": "key of the API client",
    "account_id": "key of the person",
    "peer": "IP address of who is connected",
    "refusal": "why a request was refused: the name of the problem",
    "result": "how it ended",
    "work": "name of background work",
    "policy_version": "number of a policy version",
    "model_version": "name of a model version",
    "detail": "a sentence of ours about the installation",
    "seconds": "how long",
    "count": "how many",
    "error": "class of an exception",
    "causes": "classes of what it came from, the nearest first",
    "sqlstate": "PostgreSQL's error code",
    "constraint_name": "constraint that refused",
    "table_name": "its table",
    "column_name": "its column",
    "place": "file, line and function of ours where it happened",
    "fingerprint": "the same for the same fault at the same place",
    "repeated": "how often the same fault came since it was last told",
    "traceback": "files, lines and functions, without any values",
    "fields_dropped": "how many fields a line lost because they are not in this list",
}
LONGEST_VALUE = 300
#: Of these, arguments are names of files, addresses and migrations; of others they may be anything.
PLAIN_SPOKEN = ("uvicorn", "alembic", "app")
# What every log record has by itself.
OF_A_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "fault"}


def event_of(record: logging.LogRecord) -> EventDict:
    """Return a record's event: constant words, level, time and what it was given beside them."""
    return {
        **head_of(record.created, record.levelno, words_of(record), record.name),
        **{name: value for name, value in vars(record).items() if name not in OF_A_RECORD},
    }


def head_of(created: float, level: int, event: str, logger: str) -> dict[str, Any]:
    """Return what every line begins with; `created` is Unix time."""
    return {
        "timestamp": datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds"),
        "level": logging.getLevelName(level).lower(),
        "event": event,
        "logger": logger,
    }


def words_of(record: logging.LogRecord) -> str:
    """Return a record's message, of strangers only its constant part: theirs may quote a payment."""
    template = str(record.msg).partition("\n")[0]
    if record.args and record.name.partition(".")[0] in PLAIN_SPOKEN:
        with contextlib.suppress(TypeError, ValueError, KeyError):
            template = (str(record.msg) % _told(record.args)).partition("\n")[0]
    return template[:LONGEST_VALUE]


def only_known(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep the known fields, each a plain value of bounded length."""
    kept = {name: _plain(value) for name, value in event.items() if name in FIELDS}
    if len(kept) < len(event):
        kept["fields_dropped"] = len(event) - len(kept)
    return kept


def address_of(client: object) -> str | None:
    """Return the IP address of a peer as servers tell it, (address, port); None where that is no address."""
    if not isinstance(client, (tuple, list)) or not client:
        return None
    return _address(str(client[0]))


@lru_cache(maxsize=4096)
def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _told(arguments: object) -> Any:
    if isinstance(arguments, dict):
        return {name: _argument(value) for name, value in arguments.items()}
    return tuple(_argument(value) for value in arguments) if isinstance(arguments, tuple) else arguments


def _argument(value: object) -> object:
    return value if isinstance(value, (int, float, str)) else type(value).__name__


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [str(each)[:LONGEST_VALUE] for each in value]
    return str(value)[:LONGEST_VALUE]
