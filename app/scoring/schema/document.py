"""A schema as `schema.toml`, and back: strict, with all faults at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from app.scoring.schema.feature import Feature
from app.scoring.schema.history import History
from app.scoring.schema.refusal import SchemaRefused
from app.scoring.schema.schema import FileFormat, LabelColumn, PaymentColumns, Schema
from app.scoring.toml_values import toml_value

FORMAT = 1
_TABLES: Mapping[str, type[Any]] = {"payment": PaymentColumns, "label": LabelColumn, "file": FileFormat}
_KNOWN = frozenset({"format", "name", "about", "features", "history", "entities", "ignored", *_TABLES})


def schema_from(text: str) -> Schema:
    """Read a schema. Raises `SchemaRefused` with everything that is wrong, each fault at its place."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise SchemaRefused(f"this is no TOML: {why}") from why
    reading = _Reading()
    if table.get("format") != FORMAT:
        reading.faults.append(f"format must be {FORMAT}, not {table.get('format')!r}")
    reading.faults += [f"nobody knows {name}" for name in sorted(set(table) - _KNOWN)]
    parts: dict[str, Any] = {
        name: reading.part(kind, table[name], f"[{name}]") for name, kind in _TABLES.items() if name in table
    }
    parts["features"] = reading.several(Feature, table.get("features", []), "features", named="name")
    parts["history"] = reading.several(History, table.get("history", []), "history", named="entity")
    for name in ("entities", "ignored"):
        parts[name] = reading.texts(table.get(name, {}), f"[{name}]")
    for name in ("name", "about"):
        parts[name] = reading.value(str, table.get(name, ""), name)
    if reading.faults:
        raise SchemaRefused(*reading.faults)
    return Schema(**parts)


@dataclass(slots=True)
class _Reading:
    """Reads on after a fault: what it returns is whole only where there are none."""

    faults: list[str] = field(default_factory=list)

    def several(self, kind: type[Any], tables: Any, name: str, *, named: str) -> tuple[Any, ...]:
        """Return the parts of an array of tables; `named`: the field by which faults call them."""
        if not isinstance(tables, list):
            self.faults.append(f"{name} must be tables, each beginning with [[{name}]]")
            return ()
        found = []
        for number, table in enumerate(tables, start=1):
            called = table.get(named) if isinstance(table, dict) else None
            told = f" ({called})" if isinstance(called, str) else ""
            found.append(self.part(kind, table, f"[[{name}]] number {number}{told}"))
        return tuple(found)

    def part(self, kind: type[Any], table: Any, where: str) -> Any:
        """Return a dataclass of a table of TOML; the kinds of its fields are the rule."""
        if not isinstance(table, dict):
            self.faults.append(f"{where} must be a table")
            return None
        before = len(self.faults)
        known = {each.name: each for each in fields(kind)}
        hints = get_type_hints(kind)
        self.faults += [f"{where}: nobody knows {name}" for name in sorted(set(table) - set(known))]
        missing = (name for name, each in known.items() if _is_needed(each) and name not in table)
        self.faults += [f"{where}: {name} is missing" for name in missing]
        read = {
            name: self.value(hints[name], table[name], f"{where}: {name}") for name in known if name in table
        }
        if len(self.faults) > before:
            return None
        try:
            return kind(**read)
        except SchemaRefused as refused:
            self.faults += [f"{where}: {fault}" for fault in refused.faults]
            return None

    def value(self, hint: Any, value: Any, where: str) -> Any:
        """Return a value of this kind."""
        try:
            return _value(hint, value)
        except ValueError as why:
            self.faults.append(f"{where} must be {why}, not {value!r}")
            return None

    def texts(self, table: Any, where: str) -> Mapping[str, str]:
        """Return names with a text each."""
        if isinstance(table, dict) and all(isinstance(each, str) for each in table.values()):
            return table
        self.faults.append(f"{where} must be names with a text each")
        return {}


def _is_needed(part: "Field[Any]") -> bool:
    return part.default is MISSING and part.default_factory is MISSING


def _value(hint: Any, value: Any) -> Any:
    """Return a value of TOML as a field takes it. Raises ValueError saying what it must be."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if value in {each.value for each in hint}:
            return hint(value)
        raise ValueError(f"one of {', '.join(each.value for each in hint)}")
    kinds = {hint, *get_args(hint)}
    if kinds & {int, float}:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and (float in kinds or isinstance(value, int)):
            return float(value) if float in kinds else value
        raise ValueError("a number" if float in kinds else "a whole number")
    if hint in {bool, str}:
        if isinstance(value, hint):
            return value
        raise ValueError("true or false" if hint is bool else "a text")
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise ValueError("a list of texts")


def document_of(schema: Schema, *, comments: Mapping[str, str] | None = None) -> str:
    """Return a schema as TOML; only what differs from its default is written.

    `comments`: why something was guessed, by a feature's name, `[payment] time`, `[label]` and the like,
    written above it, even where it is at its default and so not written itself; by nothing: of the whole.
    """
    told = comments or {}
    lines = [*_comment(told.get("")), f"format = {FORMAT}", f"name = {_written(schema.name)}"]
    if schema.about:
        lines.append(f"about = {_written(schema.about)}")
    for name in _TABLES:
        lines += _part_lines(getattr(schema, name), name, told)
    for name in ("entities", "ignored"):
        if table := getattr(schema, name):
            lines += ["", f"[{name}]"]
            for key, value in table.items():
                lines += [*_comment(told.get(f"[{name}] {key}")), f"{_key(key)} = {_written(value)}"]
    for history in schema.history:
        lines += ["", "[[history]]", *_lines(history, told, f"[[history]] {history.entity}")]
    for feature in schema.features:
        lines += ["", *_comment(told.get(feature.name)), "[[features]]", *_lines(feature, told, feature.name)]
    return "\n".join(lines) + "\n"


def _part_lines(part: Any, name: str, told: Mapping[str, str]) -> list[str]:
    where = f"[{name}]"
    if part is None:
        # A table that is there needs its columns: one that is not is only spoken of.
        spoken = [text for place, text in told.items() if place.startswith(where)]
        return ["", *(line for text in spoken for line in _comment(text))] if spoken else []
    body = [*_comment(told.get(where)), *_lines(part, told, where)]
    return ["", where, *body] if body else []


def _lines(part: Any, told: Mapping[str, str], where: str) -> list[str]:
    lines: list[str] = []
    for each in fields(part):
        value = getattr(part, each.name)
        lines += _comment(told.get(f"{where} {each.name}"))
        if value != each.default:
            lines.append(f"{each.name} = {_written(value)}")
    return lines


def _comment(text: str | None) -> list[str]:
    lines = text.splitlines() if text else []
    return [f"# {''.join(sign if sign.isprintable() else ' ' for sign in line)}" for line in lines]


def _key(name: str) -> str:
    return (
        name
        if name and name.isascii() and name.replace("_", "").replace("-", "").isalnum()
        else _written(name)
    )


def _written(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, StrEnum):
        return toml_value(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(_written(each) for each in value)}]"
    return toml_value(value)
