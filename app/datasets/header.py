"""Does a header name what is needed? All differences at once, with what probably caused them."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.datasets.refusal import quoted, shown
from app.scoring.numbers import number_of

TIME = "Time"
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", ":": "colons", " ": "blanks"}
_DECIMAL_COMMA = re.compile(r"(?<![0-9])-?[0-9]+,[0-9]+(?![0-9,])")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEPARATOR_LINE = re.compile(r"sep=.?", re.IGNORECASE)
_ROW_INDEX = re.compile(r"(?:Unnamed: [0-9]+|__index_level_[0-9]+__|index|level_[0-9]+|)", re.IGNORECASE)
# More names of a file than these say no more of what it is.
_NAMES_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The names of a file's columns, and what is wanted of them."""

    #: The file's, as it is shown.
    file: str
    present: Sequence[str]
    needed: Sequence[str]
    #: Read where they are there.
    optional: Sequence[str] = ()
    #: The file's next record, as it stands there; empty where there is none.
    first_row: str = ""
    #: Who needs the columns, such as "the model".
    reader: str = "the model"

    @property
    def missing(self) -> tuple[str, ...]:
        """What is needed and is not there."""
        return tuple(name for name in self.needed if name not in self.present)

    @property
    def left_alone(self) -> tuple[str, ...]:
        """What is there and nobody reads."""
        return tuple(name for name in self.present if name not in (*self.needed, *self.optional))

    def faults(self) -> tuple[str, ...]:
        """Return what keeps the header from being read, one sentence each without its full stop."""
        return (*self._lacking(), *self._twice())

    def note(self) -> str:
        """Return which columns are left alone, in one sentence without its full stop; empty for none."""
        names = [quoted(name) if name.strip() else "one without a name" for name in self.left_alone]
        if not names:
            return ""
        hint = (
            "; a row index is left out by writing the file with index=False"
            if any(_ROW_INDEX.fullmatch(name) for name in self.left_alone)
            else ""
        )
        return f"{self.file}: columns left alone, as nothing here reads them: {_listed(names)}{hint}"

    def _lacking(self) -> Sequence[str]:
        missing = self.missing
        if not missing:
            return ()
        noun = "column" if len(missing) == 1 else "columns"
        cause = next((cause for find in _CAUSES if (cause := find(self))), None)
        unknown = [quoted(each) for each in self.left_alone]
        others = f"; it has {_listed(unknown)}, which nothing here reads" if unknown else ""
        why = f": {cause}" if cause else others
        return (f"{self.file} has no {noun} {shortened(missing)}, which {self.reader} needs{why}",)

    def _twice(self) -> Sequence[str]:
        wanted = (*self.needed, *self.optional)
        twice = [name for name in dict.fromkeys(wanted) if self.present.count(name) > 1]
        return (f"{self.file} has a column twice: {shortened(twice)}",) if twice else ()


def shortened(names: Sequence[str]) -> str:
    """Return names in one line, runs such as V1, V2, V3 as V1..V3.

    >>> shortened(["Time", "V1", "V2", "V3", "V5", "Amount"])
    'Time, V1..V3, V5, Amount'
    """
    runs: list[str] = []
    for _, run in groupby(enumerate(names), key=lambda each: _number(each[1]) - each[0]):
        members = [shown(name) for _, name in run]
        runs.extend(members if len(members) < 3 else [f"{members[0]}..{members[-1]}"])
    return ", ".join(runs)


def _number(name: str) -> float:
    """Return the number of a feature; a name without one is in no run, not even with itself."""
    return int(name[1:]) if re.fullmatch(r"V[0-9]{1,4}", name) else float("nan")


def _separator_line(header: Header) -> str | None:
    if header.present and _SEPARATOR_LINE.fullmatch(",".join(header.present).strip()):
        return "its first line is a spreadsheet's `sep=`: delete that line, and separate columns by commas"
    return None


def _comment(header: Header) -> str | None:
    if header.present and header.present[0].lstrip().startswith("#"):
        return "its first line is a comment: the first line must name the columns"
    return None


def _no_header(header: Header) -> str | None:
    names = [name for name in header.present if name]
    values = sum(_is_value(name) for name in names)
    if len(names) < 2 or values * 2 < len(names) or len(header.missing) < len(header.needed):
        return None
    return (
        "its first line holds values, not names, so it has no header: write the names of the columns"
        " into a first line of their own"
    )


def _is_value(name: str) -> bool:
    plain = name.strip().strip("'\"")
    if plain in ("fraud", "legit") or _MOMENT.match(plain):
        return True
    try:
        number_of(plain)
    except ValueError:
        return False
    return True


def _another_separator(header: Header) -> str | None:
    line = ",".join(header.present)
    wanted = {_folded(name) for name in (*header.needed, *header.optional)}
    for sign, words in _SEPARATORS.items():
        parts = {_folded(part) for part in line.split(sign)}
        if line.count(sign) >= 2 and len(parts & wanted) >= 2:
            commas = _DECIMAL_COMMA.search(header.first_row) is not None
            numbers = ", and its numbers have decimal commas: write points" if commas else ""
            return f"its columns are separated by {words}: separate them by commas{numbers}"
    values = line.count(";") >= 2 or line.count("\t") >= 2
    if values and len(header.present) <= max(2, line.count(";"), line.count("\t")):
        return "its columns seem to be separated by semicolons or tabs, and it may have no header"
    return None


def _other_spelling(header: Header) -> str | None:
    folded: dict[str, str] = {}
    for name in header.left_alone:
        folded.setdefault(_folded(name), name)
    alike = {name: folded[_folded(name)] for name in header.missing if _folded(name) in folded}
    if not alike:
        return None
    told = _listed([f"{quoted(found)} for {name}" for name, found in alike.items()])
    others = [name for name in header.missing if name not in alike]
    rest = f"; {shortened(others)} not even so" if others else ""
    return f"its names differ in case, blanks or signs that cannot be seen: {told}{rest}"


def _id_instead_of_time(header: Header) -> str | None:
    if TIME not in header.missing:
        return None
    others = [name for name in header.missing if name != TIME]
    if len(others) > len(header.needed) // 2:
        return None
    ids = [name for name in header.left_alone if _folded(name) in ("id", "index", "unnamed:0", "")]
    if ids and ids[0].strip():
        return (
            f"its {quoted(ids[0])} numbers the rows and is no time (the edition of 2023 was published so):"
            " add Time, the seconds since the first transaction"
        )
    return "Time is the seconds since the first transaction; without it the rows have no order"


_CAUSES: Sequence[Callable[[Header], str | None]] = (
    _separator_line,
    _another_separator,
    _comment,
    _no_header,
    _other_spelling,
    _id_instead_of_time,
)


def _folded(name: str) -> str:
    """Return a name without case, blanks, quotes and what cannot be seen."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    seen = (sign for sign in plain if not sign.isspace() and unicodedata.category(sign) != "Cf")
    return "".join(sign for sign in seen if sign not in "'\"`")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more
