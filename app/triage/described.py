"""What a value of a policy is: its words, unit and range, said once beside its type."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, MISSING, dataclass, fields
from enum import StrEnum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from app.scoring.templated_text import Figure, Templated
from app.triage.refusal import LARGEST_NUMBER, PolicyImpossible

SHARE = "share"


class Section(StrEnum):
    """What values have in common: the headings of a policy's file, in their order."""

    MODEL = ""
    BOUNDS = "Bounds"
    GATES = "Gates"
    LISTS = "Block and allow lists"
    AUDITS = "Audits"
    QUEUE = "The queue"
    COSTS = "What decisions cost beside the amount"
    STAFFING = "The people who judge"
    BANDS = "Amount bands: bounds of their own for larger amounts"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The words, the unit and the range of a value; it annotates the value's type."""

    section: Section
    #: What it is, for files and the API; without unit, range and full stop.
    sentence: str
    #: What pages call it.
    label: str
    unit: str = ""
    _: KW_ONLY
    #: What the number may be, both included.
    lowest: float = -LARGEST_NUMBER
    highest: float = LARGEST_NUMBER
    #: What is said behind the unit.
    note: str = ""
    #: Of a value that is chosen: what pages call each of its choices.
    words: tuple[tuple[str, str], ...] = ()

    @property
    def description(self) -> str:
        """What it is, in full."""
        ends = abs(self.lowest) < LARGEST_NUMBER and self.highest < LARGEST_NUMBER
        limits = f"{self.lowest:.15g} to {self.highest:.15g}" if ends else ""
        told = ", ".join(filter(None, (self.unit if self.unit != SHARE else "", limits)))
        return f"{self.sentence}{told and f' ({told})'}{self.note and f'; {self.note}'}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One value of a policy, by its path in the document."""

    path: str
    #: `float`, `int`, `str` or an enumeration of texts.
    kind: type[Any]
    #: None means that there is no such limit.
    is_optional: bool
    #: What holds where it is left out; `MISSING` where it must not be.
    default: Any
    meaning: Meaning

    @property
    def table(self) -> str:
        """The table of the document it stands in; empty outside of tables."""
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Its name in that table."""
        return self.path.rpartition(".")[2]

    @property
    def is_required(self) -> bool:
        """Whether it must not be left out."""
        return self.default is MISSING

    @property
    def is_number(self) -> bool:
        """Whether it is typed as a number, not chosen or named."""
        return self.kind in (int, float)

    def check(self, value: float | None, where: str = "") -> None:
        """Raise `PolicyImpossible` for a number out of range; `where` is the part it stands in."""
        lowest, highest = self.meaning.lowest, self.meaning.highest
        if value is None or lowest <= value <= highest:
            return
        path = f"{where}{self.path}"
        raise PolicyImpossible(
            path,
            Templated(
                "%(path)s must be from %(lowest)s to %(highest)s, not %(value)s",
                path=path,
                lowest=Figure(f"{lowest:.15g}"),
                highest=Figure(f"{highest:.15g}"),
                value=Figure(f"{value:.15g}"),
            ),
        )


# Types do not change, and every policy that is made looks.
_DESCRIBED: dict[tuple[type[Any], str], tuple[Described, ...]] = {}


def described(kind: type[Any], table: str = "") -> tuple[Described, ...]:
    """Return the values of a part of a policy that have a `Meaning`, in their order in the class."""
    if (kind, table) not in _DESCRIBED:
        _DESCRIBED[kind, table] = tuple(_described(kind, f"{table}." if table else ""))
    return _DESCRIBED[kind, table]


def check_ranges(part: Any, table: str = "") -> None:
    """Raise `PolicyImpossible` for the first number of a part that is out of its range."""
    for each in described(type(part), table):
        if each.is_number:
            each.check(getattr(part, each.name))


def _described(kind: type[Any], where: str) -> Iterator[Described]:
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        if get_origin(hints[field.name]) is not Annotated:
            continue
        plain, meaning = get_args(hints[field.name])
        options = [option for option in get_args(plain) if option is not NoneType]
        yield Described(
            path=f"{where}{field.name}",
            kind=options[0] if options else plain,
            is_optional=NoneType in get_args(plain),
            default=field.default,
            meaning=meaning,
        )
