"""One way for every log line: ours, uvicorn's, SQLAlchemy's, asyncpg's, alembic's.

All go through the root logger's one handler. What may be in a line is in `fields`, what is told of an
exception in `faults`.
"""

import asyncio
import contextlib
import logging
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict

from app.observability.console import console_line
from app.observability.faults import Fault, fault_of
from app.observability.fields import event_of, head_of, only_known
from app.observability.repeats import Repeats

LogFormat = Literal["console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

#: These tell of every statement or request when they are louder; a level of ours never makes them so.
QUIET = ("asyncpg", "httpcore", "httpx", "sqlalchemy", "uvicorn", "asyncio", "alembic", "pgqueuer")
AGAIN = "the same fault came again"

structlog.configure(
    processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def logger_of(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module: constant words first, then fields of `FIELDS` by name."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def say_at_once(logger: logging.Logger, level: int, event: str, fields: Mapping[str, object]) -> None:
    """Log for a line per request: without a record, and without looking for who calls, where we write it."""
    for handler in logging.root.handlers:
        if isinstance(handler, LineHandler):
            handler.say(logger.name, level, event, fields)
        else:
            record = logging.LogRecord(logger.name, level, __file__, 0, event, None, None)
            vars(record).update(fields)
            handler.handle(record)


def configure(
    *, log_format: LogFormat, level: LogLevel, stream: TextIO | None = None, worker: int | None = None
) -> logging.Handler:
    """Let everything that logs go to the stream (standard error), and return what writes it.

    Where several processes write to one stream, each line says which `worker` wrote it.
    """
    handler = LineHandler(stream or sys.stderr, log_format, worker=worker)
    root = logging.getLogger()
    for before in [each for each in root.handlers if isinstance(each, LineHandler)]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    sys.excepthook = _last_words
    warnings.showwarning = _warned
    return handler


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes one line per record; of a fault that comes again and again, a count."""

    def __init__(
        self,
        stream: TextIO,
        log_format: LogFormat,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        worker: int | None = None,
    ) -> None:
        super().__init__(stream)
        self._always = {} if worker is None else {"worker": worker}
        self._render = _json if log_format == "json" else _console(stream)
        self._repeats = Repeats(monotonic=monotonic)
        self._said: list[str] = []
        self._flushed_by: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, unless the same fault was told just now."""
        told = self._told(record)
        self._write_overdue()
        if told is not None:
            self._write(told)

    def say(self, name: str, level: int, event: str, fields: Mapping[str, object]) -> None:
        """Write a line of these fields, of which the caller knows that no fault is among them.

        Lines of one turn of the event loop are written together: payments of one commit are answered in one.
        """
        self._write_overdue()
        line = {**head_of(time.time(), level, event, name), **self._always, **fields}
        structlog.contextvars.merge_contextvars(None, "", line)
        with contextlib.suppress(Exception), cast("threading.RLock", self.lock):
            self._said.append(self._render(only_known(None, "", line)) + self.terminator)
            self._flush_soon()

    def _write_overdue(self) -> None:
        for fingerprint, count in self._repeats.overdue():
            self._write(_again(fingerprint, count))

    def _write(self, record: logging.LogRecord) -> None:
        self.flush()  # what was said before stands before it
        super().emit(record)

    def _flush_soon(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._flushed_by is not loop:
            self._flushed_by = loop
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what was said since."""
        with contextlib.suppress(Exception), cast("threading.RLock", self.lock):
            said, self._said, self._flushed_by = self._said, [], None
            if said:
                self.stream.write("".join(said))
            super().flush()

    def _told(self, record: logging.LogRecord) -> logging.LogRecord | None:
        """Return the record as it is written; None: the same fault was told just now."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return record
        fault = fault_of(error)
        repeated = self._repeats.admitted(fault.fingerprint)
        if repeated is None:
            return None
        told = logging.makeLogRecord(vars(record))
        told.fault = fault
        if repeated:
            told.repeated = repeated
        return told

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of known fields."""
        event = {**event_of(record), **self._always}
        structlog.contextvars.merge_contextvars(None, "", event)
        fault = getattr(record, "fault", None)
        if isinstance(fault, Fault):
            event.update(_fields(fault))
        return self._render(only_known(None, "", event))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Lose the line: the standard library would print the record with its arguments instead."""


def _fields(fault: Fault) -> EventDict:
    return {
        "error": fault.error,
        "causes": fault.causes,
        "place": fault.place,
        "fingerprint": fault.fingerprint,
        **({"sqlstate": fault.sqlstate} if fault.sqlstate else {}),
        **fault.schema_names,
        "traceback": fault.frames,
    }


def _again(fingerprint: str, count: int) -> logging.LogRecord:
    record = logging.LogRecord(__name__, logging.ERROR, __file__, 0, AGAIN, None, None)
    record.fingerprint, record.repeated = fingerprint, count
    return record


def _json(event: EventDict) -> str:
    return orjson.dumps(event).decode()


def _console(stream: TextIO) -> Callable[[EventDict], str]:
    """Return what writes a line for people; where nobody sees colours, without structlog's many steps."""
    renderer = structlog.dev.ConsoleRenderer(pad_event_to=0) if stream.isatty() else None

    def rendered(event: EventDict) -> str:
        line = console_line(event) if renderer is None else str(renderer(None, "", event))
        return line.replace("\n", " ")

    return rendered


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger(__name__).critical("the process ends by an error", exc_info=(kind, error, trace))


def _warned(
    message: Warning | str,  # noqa: ARG001 - may quote anything
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    place = f"{filename.rpartition('/')[2]}:{lineno}"
    extra: dict[str, Any] = {"error": category.__name__, "place": place}
    logging.getLogger("py.warnings").warning("a library warns", extra=extra)
