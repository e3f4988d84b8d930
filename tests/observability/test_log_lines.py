"""A log line: constant words, known fields, plain values; the same fault told once a minute."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from app.observability.console import console_line
from app.observability.faults import fault_of
from app.observability.fields import FIELDS, LONGEST_VALUE, address_of, only_known
from app.observability.logs import LineHandler
from app.observability.repeats import MOST_REMEMBERED, Repeats
from app.settings import REPOSITORY

METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
SECRET = "4000 0012 3456 7899"


def log_calls() -> Iterator[tuple[Path, ast.Call]]:
    for file in (REPOSITORY / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in METHODS
            ):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in {"logger", "_logger"}:
                    yield file, node


def test_every_log_call_has_constant_words_and_known_fields() -> None:
    """What is put into the words goes past the list of fields."""
    wrong = []
    calls = list(log_calls())
    for file, call in calls:
        words, *arguments = call.args
        names = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
        is_constant = isinstance(words, ast.Constant) and isinstance(words.value, str)
        if not is_constant or arguments or not names <= FIELDS.keys() | {"exc_info", "extra"}:
            wrong.append(f"{file.relative_to(REPOSITORY)}:{call.lineno}")
    assert len(calls) > 8
    assert wrong == []


def test_every_field_is_in_the_operators_handbook() -> None:
    handbook = (REPOSITORY / "docs" / "operations.md").read_text()
    assert [name for name in FIELDS if f"`{name}`" not in handbook] == []


@given(
    st.dictionaries(
        st.text(max_size=20) | st.sampled_from(sorted(FIELDS)),
        st.none() | st.booleans() | st.floats() | st.text(max_size=2000) | st.lists(st.text(), max_size=3)
        | st.dictionaries(st.text(), st.text(), max_size=2),
        max_size=12,
    )
)  # fmt: skip
def test_only_known_fields_of_bounded_plain_values_are_left(event: dict[str, Any]) -> None:
    unknown = len(event.keys() - FIELDS.keys())
    kept = only_known(None, "", dict(event))
    assert kept.keys() <= FIELDS.keys()
    assert unknown == 0 or kept["fields_dropped"] == unknown
    for value in kept.values():
        assert value is None or isinstance(value, (bool, int, float, str, list))
        assert not isinstance(value, str) or len(value) <= LONGEST_VALUE


class Refused(Exception):
    sqlstate = "23505"
    constraint_name = "uq_transactions"
    detail = f"Key (card)=({SECRET}) already exists."


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause  # noqa: TRY301 - for its traceback
    except Exception as caught:  # noqa: BLE001
        return caught


def test_a_fault_is_told_without_its_words() -> None:
    fault = fault_of(raised(RuntimeError(SECRET), Refused(SECRET)))
    assert (fault.error, fault.sqlstate, fault.kind) == ("RuntimeError", "23505", "sqlstate_23")
    assert fault.schema_names == {"constraint_name": "uq_transactions"}
    assert SECRET not in repr(fault)
    assert fault.causes[0].endswith("Refused")


def test_a_fingerprint_is_of_class_and_place_not_of_words() -> None:
    one, two = (fault_of(raised(ValueError(words))).fingerprint for words in ("a", "b"))
    assert one == two
    assert fault_of(raised(KeyError("a"))).fingerprint != one


def test_exceptions_that_go_in_circles_and_groups_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert len(fault_of(first).causes) == 1
    group = ExceptionGroup("of two", [raised(Refused()), ValueError()])
    assert fault_of(group).sqlstate == "23505"


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_same_fault_is_told_once_a_minute_with_how_often_it_came() -> None:
    now, stream = [0.0], io.StringIO()
    handler = LineHandler(stream, "json", monotonic=lambda: now[0])
    error = raised(ValueError(SECRET))

    def happens() -> None:
        handler.handle(
            logging.makeLogRecord({"msg": "x", "levelname": "ERROR", "exc_info": (type(error), error, None)})
        )

    for second in range(100):
        now[0] = float(second)
        happens()
    first, second_line = lines_of(stream)
    assert "repeated" not in first
    assert second_line["repeated"] == 59
    now[0] = 300.0
    handler.handle(logging.makeLogRecord({"msg": "another line"}))
    _, _, ended, _ = lines_of(stream)
    assert (ended["event"], ended["repeated"]) == ("the same fault came again", 39)
    assert ended["fingerprint"] == first["fingerprint"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(min_value=0, max_value=100)), max_size=60))
def test_no_fault_is_lost_from_the_counts(events: list[tuple[str, float]]) -> None:
    told, now = 0, [0.0]
    repeats = Repeats(period_seconds=60, monotonic=lambda: now[0])
    for fingerprint, pause in events:
        now[0] += pause
        told += sum(count for _, count in repeats.overdue())
        admitted = repeats.admitted(fingerprint)
        told += 0 if admitted is None else 1 + admitted
    now[0] += 1000
    told += sum(count for _, count in repeats.overdue())
    assert told == len(events)


def test_remembered_faults_are_bounded() -> None:
    repeats = Repeats()
    for number in range(MOST_REMEMBERED * 3):
        assert repeats.admitted(str(number)) == 0
    assert len(repeats._seen) <= MOST_REMEMBERED


def test_a_console_line_is_one_line() -> None:
    stream = io.StringIO()
    record = logging.makeLogRecord(
        {"msg": "words\nand more", "levelname": "INFO", "name": "app.x", "detail": "a\nb"}
    )
    LineHandler(stream, "console").handle(record)
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": 200, "route": "/v1/transactions", "duration_ms": 4.25, "peer": None},
        {
            "detail": "two words",
            "result": "a=b",
            "work": "it's",
            "error": 'say "so"',
            "place": "",
            "causes": ["a b"],
        },
    ],
)
def test_a_line_without_colours_is_as_structlog_writes_it(fields: dict[str, object]) -> None:
    head = {
        "timestamp": "2026-05-01T12:00:00.000+00:00",
        "level": "info",
        "event": "words",
        "logger": "app.x",
    }
    renderer = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    assert console_line(head | fields) == renderer(None, "", {**head, **fields})


@pytest.mark.parametrize(
    ("client", "told"),
    [(("192.0.2.1", 5), "192.0.2.1"), (("::1", 5), "::1"), ((SECRET, 5), None), (None, None), ((), None)],
)
def test_a_peer_is_an_address_or_nothing(client: object, told: str | None) -> None:
    assert address_of(client) == told
