"""One feature of a payment: its name, its kind, and which of its values are accepted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite

from app.scoring.schema.refusal import SchemaRefused

#: A number, the text of a category or of a moment, true or false, or nothing.
Value = float | str | bool | None

#: No number beyond it is meant, whatever a column holds.
LARGEST = 1e15
MOST_LETTERS = 256


class Kind(StrEnum):
    """What the values of a feature are."""

    #: A number on a scale of its own: a score, a component, a temperature.
    NUMERIC = "numeric"
    #: An amount of money, read as the logarithm of itself.
    MONEY = "money"
    #: How often or how many: a whole number, read as the logarithm of itself.
    COUNT = "count"
    #: True or false.
    BOOLEAN = "boolean"
    #: One of several words.
    CATEGORY = "category"
    #: A moment, read as its distance from the payment.
    TIME = "time"


class Missing(StrEnum):
    """What it means that a value is missing."""

    REFUSED = "refused"
    #: It tells something itself: the model learns what.
    OWN_VALUE = "own value"


NUMBERS = frozenset({Kind.NUMERIC, Kind.MONEY, Kind.COUNT})
_MEANT = {
    Kind.BOOLEAN: "true or false",
    Kind.CATEGORY: "a text",
    Kind.TIME: "a moment in ISO 8601 with a zone, such as 2026-05-01T12:00:00Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A column that a model reads; immutable, a part of the model's schema.

    Raises `SchemaRefused` when its parts contradict each other.
    """

    name: str
    kind: Kind
    #: How a file calls it; empty: by the same name.
    column: str = ""
    #: On pages, behind the value.
    unit: str = ""
    #: What it is, in one plain sentence.
    about: str = ""
    #: Least and largest value that can be meant; numbers only.
    least: float = -LARGEST
    most: float = LARGEST
    missing: Missing = Missing.REFUSED
    #: Whether it says something of a person that pages show to nobody but who judges the case.
    sensitive: bool = False
    #: Decimals on pages; numbers only. None: four significant digits.
    digits: int | None = None
    #: How a file writes true and false, and what it writes where nothing stands.
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    #: Whether it was surely known before the payment was decided, however well it tells frauds alone.
    known_before: bool = False
    #: Of a moment: how a file writes it, in the signs of strftime; empty: ISO 8601.
    time_format: str = ""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if faults := tuple(self._faults()):
            raise SchemaRefused(*faults)

    def _faults(self) -> Iterator[str]:
        named = self.name or "a feature without a name"
        if not self.name or not self.name.isprintable() or len(self.name) > MOST_LETTERS:
            yield f"{named!r}: a name is 1 to {MOST_LETTERS} printable signs"
        if not self.least < self.most or not isfinite(self.least) or not isfinite(self.most):
            yield f"{named}: least ({self.least:g}) must be below most ({self.most:g})"
        has_range = (self.least, self.most) != (-LARGEST, LARGEST)
        if has_range and self.kind not in NUMBERS:
            yield f"{named}: only numbers have a range, not a {self.kind}"
        if set(self.true) & set(self.false):
            both = " and ".join(sorted(set(self.true) & set(self.false)))
            yield f"{named}: {both} cannot be true and false"
        if (self.true or self.false) and self.kind is not Kind.BOOLEAN:
            yield f"{named}: true and false are written for a boolean, not for a {self.kind}"
        if self.digits is not None and not 0 <= self.digits <= 9:
            yield f"{named}: digits are 0 to 9, not {self.digits}"

    @property
    def in_file(self) -> str:
        """Name of its column in a file."""
        return self.column or self.name

    @property
    def may_be_missing(self) -> bool:
        """Whether null is a value."""
        return self.missing is Missing.OWN_VALUE

    def is_plainly_good(self, value: Value) -> bool:
        """Whether a value is surely one that has no problem, found in a tenth of the time."""
        if self.kind is Kind.CATEGORY:
            return type(value) is str
        if self.kind in NUMBERS and type(value) is float and self.least <= value <= self.most:
            return self.kind is not Kind.COUNT or value.is_integer()
        return type(value) is bool and self.kind is Kind.BOOLEAN

    def problem(self, value: Value) -> str | None:
        """Return what is wrong with a payload's value, naming rule and value; None: nothing."""
        if value is None:
            return None if self.may_be_missing else f"{self.name} must not be null."
        if self.kind in NUMBERS:
            return self._problem_of_number(value)
        if self.kind is Kind.BOOLEAN:
            is_known = isinstance(value, bool) or value in (0.0, 1.0)
        elif self.kind is Kind.CATEGORY:
            is_known = isinstance(value, str)
        else:
            is_known = isinstance(value, str) and moment_of(value) is not None
        return None if is_known else f"{self.name} must be {_MEANT[self.kind]}, not {shown_value(value)}."

    def _problem_of_number(self, value: Value) -> str | None:
        if isinstance(value, bool | str) or value is None:
            return f"{self.name} must be a number, not {shown_value(value)}."
        if not self.least <= value <= self.most:
            return f"{self.name} must lie between {self.least:g} and {self.most:g}, not {value:g}."
        if self.kind is Kind.COUNT and value != int(value):
            return f"{self.name} must be a whole number, not {value:g}."
        return None


def moment_of(text: str) -> datetime | None:
    """Return the moment that a text of ISO 8601 with a zone writes; None where it writes none.

    >>> moment_of("2026-05-01T12:00:00Z").isoformat()
    '2026-05-01T12:00:00+00:00'
    """
    if text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def shown_value(value: Value) -> str:
    """Return a value as a sentence quotes it: short, and as JSON writes it.

    >>> shown_value(True), shown_value(None), shown_value("abc")
    ('true', 'null', '"abc"')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value[:40]}…"' if len(value) > 41 else f'"{value}"'
    return f"{value:g}"
