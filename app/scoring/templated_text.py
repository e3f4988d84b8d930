"""Sentences that pure code makes and does not say: English to all code, with what it takes to say them again.

Pure floors know no language (decision 53). What they tell is the English text it reads as, and is kept, sent
and compared as such; it remembers the template and the values it was made of, so that a page can say it in
its reader's language (`app/web/languages/sentences.py`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

#: Keeps a number and its unit on one line.
THIN = "\u202f"
MINUS = "\u2212"


class Figure(str):
    """A number as it is written in English: a page writes it with its reader's signs."""

    __slots__ = ()


def typeset(text: str) -> Figure:
    """Return a formatted number with thin spaces between its thousands and a true minus sign."""
    return Figure(text.replace(",", THIN).replace("-", MINUS))


class Moment(str):
    """A moment, to the second and in UTC: a page writes it by its reader's calendar and clock."""

    __slots__ = ("at",)
    at: datetime

    def __new__(cls, at: datetime) -> Self:
        """Write it as programs and files read it.

        >>> Moment(datetime(2026, 5, 1, 12, tzinfo=UTC))
        '01 May 2026, 12:00:00 UTC'
        """
        told = super().__new__(cls, f"{at.astimezone(UTC):%d %b %Y, %H:%M:%S} UTC")
        told.at = at
        return told

    def __getnewargs__(self) -> tuple[datetime]:  # type: ignore[override]
        """Return what a copy is made of."""
        return (self.at,)


class Counted(str):
    """So many of something."""

    __slots__ = ("many", "number", "one")
    number: int
    one: str
    many: str

    def __new__(cls, written: str, one: str, many: str, number: int) -> Self:
        """Write the number before what it counts; both words are known to the catalogue."""
        told = super().__new__(cls, f"{written} {one if number == 1 else many}")
        told.number, told.one, told.many = number, one, many
        return told

    def __getnewargs__(self) -> tuple[str, str, str, int]:  # type: ignore[override]
        """Return what a copy is made of."""
        return self.split(" ", 1)[0], self.one, self.many, self.number


class Templated(str):
    """A sentence, or a part of one, with values in the places of their names.

    >>> Templated("It misses at least %(share)s.", share="2 %")
    'It misses at least 2 %.'
    """

    __slots__ = ("text", "values")
    text: str
    #: Numbers and sentences among them are said in the reader's language, too.
    values: dict[str, str]

    def __new__(cls, text: str, /, **values: str) -> Self:
        """Put the values into their places; raises KeyError for a place that has none."""
        told = super().__new__(cls, text % values if values else text)
        told.text, told.values = str(text), values
        return told


def recalled(text: str) -> Templated:
    """Return what was told: as it was made, or as it was stored, which a catalogue may know as a whole."""
    return text if isinstance(text, Templated) else Templated(text)


def together(parts: Sequence[str], between: str = " ") -> Templated:
    """Return sentences, or parts of one, after each other; nothing of it but they is to be translated.

    >>> together([Templated("One."), Templated("Two.")])
    'One. Two.'
    """
    named = {f"part{number}": part for number, part in enumerate(parts)}
    return Templated(between.join(f"%({name})s" for name in named), **named)
