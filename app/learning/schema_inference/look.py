"""A column as it is judged: its texts, and what they are as numbers and as moments."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.learning.schema_inference.moments import Moments, looks_compact, moments_of
from app.learning.schema_inference.names import OTHER_TIME, TIME, says, words_of
from app.learning.schema_inference.number_format import NumberFormat
from app.learning.schema_inference.profile import Profile
from app.learning.schema_inference.sample import Answers
from app.scoring.arrays import Floats
from app.scoring.numbers import is_destroyed

#: Numbers of so many digits that differ nearly from row to row are identifiers.
DIGITS_OF_IDENTIFIER = 9
_NUMBER_INSIDE = re.compile(r"[^0-9A-Za-z]*[+-]?[0-9][0-9.,' ]*[^0-9A-Za-z]*", re.ASCII)
_LEADING_ZERO = re.compile(r"0[0-9]+")
#: Pairs of words that say yes and no, in small letters.
TRUTHS = (
    *(("1", "0"), ("1.0", "0.0"), ("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off")),
    *(("ja", "nein"), ("j", "n"), ("wahr", "falsch"), ("oui", "non"), ("vrai", "faux"), ("si", "no")),
    *(("s\u00ed", "no"), ("sim", "n\u00e3o"), ("s", "n")),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """One column; rows along the first axis of each array."""

    profile: Profile
    #: NaN where nothing stands; None when a text is no number.
    numbers: Floats | None
    #: None when they are no moments.
    moments: Moments | None

    @property
    def name(self) -> str:
        """The column's name."""
        return self.profile.name

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its name, in small letters."""
        return frozenset(words_of(self.name))

    @cached_property
    def known(self) -> Floats:
        """Its numbers where there are some, shape (present rows,)."""
        return np.empty(0) if self.numbers is None else self.numbers[~np.isnan(self.numbers)]

    @cached_property
    def are_whole_numbers(self) -> bool:
        """Whether its texts are whole numbers."""
        return bool(self.known.size) and bool((self.known == np.floor(self.known)).all())

    @property
    def is_fraction(self) -> bool:
        """Whether it holds numbers that are not whole."""
        return self.numbers is not None and not self.are_whole_numbers

    @cached_property
    def is_long(self) -> bool:
        """Whether most of its numbers have so many digits before the point that they name something."""
        most = self.known.size and np.median(np.abs(self.known)) >= 10 ** (DIGITS_OF_IDENTIFIER - 1)
        return bool(most)

    @cached_property
    def is_row_index(self) -> bool:
        """Whether it counts the rows from 0 or 1, in the file's order."""
        head = self.numbers
        if head is None or head.size < 2 or not self.profile.is_whole or head[0] not in (0, 1):
            return False
        steps = np.diff(head)
        # Later rows of the sample are spread: their numbers rise by more than one.
        return bool(self.are_whole_numbers and (steps >= 1).all() and np.median(steps) == 1)

    @cached_property
    def rises(self) -> bool:
        """Whether its numbers never fall in the file's order, and rise at least once in ten rows or so."""
        if self.numbers is None or not self.profile.is_whole or self.known.size < 3:
            return False
        return bool((np.diff(self.known) >= 0).all()) and self.known[0] < self.known[-1]

    @cached_property
    def decimals(self) -> Floats:
        """How many decimals each number has, at most four; shape (present rows,)."""
        count = np.full(self.known.shape, 4.0)
        for digits in (3, 2, 1, 0):
            near = np.abs(self.known - np.round(self.known, digits)) < 1e-9 * np.maximum(
                1, np.abs(self.known)
            )
            count[near] = digits
        return count

    @cached_property
    def truths(self) -> tuple[str, str] | None:
        """The file's words for yes and no; None when it has others."""
        if self.profile.distinct != 2:
            return None
        by_word = {text.strip().lower(): text for text in self.profile.counts}
        return next(((by_word[yes], by_word[no]) for yes, no in TRUTHS if {yes, no} == set(by_word)), None)

    @cached_property
    def leading_zero(self) -> str:
        """A whole number that begins with nought, as codes do and no quantity; empty: there is none."""
        return next((text for text in self.profile.counts if _LEADING_ZERO.fullmatch(text)), "")

    @cached_property
    def has_numbers_inside(self) -> bool:
        """Whether each text is a number with other signs around it, such as $5.20 or 7%."""
        texts = self.profile.counts
        return self.numbers is None and bool(texts) and all(map(_NUMBER_INSIDE.fullmatch, texts))

    @cached_property
    def destroyed(self) -> str:
        """A long number that a spreadsheet has made 1.23457E+15 of; empty: there is none."""
        return next((text for text in self.profile.counts if is_destroyed(text)), "")


def look_at(profile: Profile, written: NumberFormat, answers: Answers) -> Look:
    """Return a column as it is judged. Numbers count seconds since 1970 only where its name speaks of time.

    Ten digits may be anything else, too.
    """
    numbers = written.numbers(profile)
    is_time = says(profile.name, TIME | OTHER_TIME) or profile.name == answers.time
    may_be_moments = numbers is None or is_time or looks_compact(profile)
    moments = moments_of(profile, numbers, day_first=answers.day_first) if may_be_moments else None
    return Look(profile=profile, numbers=numbers, moments=moments)


_SHAPES = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    # Of six groups at least, or with some left out: 06:21:00 is a time of day.
    "ip": re.compile(
        r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?=.*::|(?:[^:]*:){5})[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*"
    ),
    "account": re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"),
}
_ID = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{16,64}|[A-Za-z_-]{1,8}[0-9]{2,}"
)


def shape_of(look: Look) -> str:
    """Return which entity the texts themselves show; empty: none."""
    texts = tuple(look.profile.counts)
    return next((name for name, shape in _SHAPES.items() if texts and all(map(shape.fullmatch, texts))), "")


def is_shaped_as_id(look: Look) -> bool:
    """Whether each text is of the kind that programs give out: UUID, hexadecimal, letters and a number."""
    return bool(look.profile.counts) and all(map(_ID.fullmatch, look.profile.counts))
