"""What is looked at of a file, and what its owner has said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSample:
    """Cells of a file as texts: its first rows, then some spread over the others, in the file's order."""

    #: The file's name, as it is shown.
    name: str
    #: Of each column in the file's order its texts, shape (sampled rows,).
    columns: Mapping[str, Sequence[str]]
    #: Rows of the whole file, and how many of the sample are its first ones.
    rows: int
    head: int
    delimiter: str = ","
    #: Whether numbers may be written in more than one way: not so in Parquet.
    is_text: bool = True

    @property
    def sampled(self) -> int:
        """How many rows were looked at."""
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the owner of a file says of it; what is not said is guessed, or asked about."""

    #: Names of columns; empty: not said.
    label: str = ""
    amount: str = ""
    time: str = ""
    id: str = ""
    day_first: bool | None = None
    #: The sign of decimals; empty: not said.
    decimal: str = ""
    #: Texts that stand for nothing where they seem to, such as -1; and those that are numbers all the same.
    nothing: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    #: Columns that were known before the payment was decided, and those that nobody is to read.
    known_before: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the values leave open; `answer` is the option of the command that says it."""

    #: Where in the schema, such as `[payment] time`.
    role: str
    text: str
    candidates: tuple[str, ...]
    answer: str


class AnswerRefused(ValueError):
    """What was said of a file cannot be true of it; one sentence without its full stop."""
