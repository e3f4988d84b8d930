"""How a file writes its numbers: the way by which most of its columns are numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from app.learning.schema_inference.profile import Profile
from app.scoring.arrays import Floats

#: Different texts of a column that are tried by each way of writing.
TRIED = 2_000


@dataclass(frozen=True, kw_only=True)
class NumberFormat:
    """The sign of decimals, and that between groups of three digits (empty: none)."""

    decimal: str
    thousands: str = ""

    @cached_property
    def pattern(self) -> "re.Pattern[str]":
        """What a number looks like."""
        point = re.escape(self.decimal)
        grouped = rf"|[0-9]{{1,3}}(?:{re.escape(self.thousands)}[0-9]{{3}})+" if self.thousands else ""
        digits = rf"(?:(?:[0-9]+{grouped})(?:{point}[0-9]*)?|{point}[0-9]+)"
        return re.compile(rf"[+-]?{digits}(?:[eE][+-]?[0-9]{{1,3}})?")

    def number(self, text: str) -> float:
        """Return the number a text of this pattern writes."""
        plain = text.replace(self.thousands, "") if self.thousands else text
        return float(plain.replace(self.decimal, "."))

    def are_numbers(self, texts: Sequence[str]) -> bool:
        """Whether there are texts, and each is a number."""
        return bool(texts) and all(self.pattern.fullmatch(text) for text in texts)

    def numbers(self, profile: Profile) -> Floats | None:
        """Return a column's numbers, NaN where nothing stands; None when a text is no number."""
        if not self.are_numbers(tuple(islice(profile.counts, TRIED))) or not self.are_numbers(
            tuple(profile.counts)
        ):
            return None
        known = {text: self.number(text) for text in profile.counts}
        values = np.array([known.get(text, np.nan) for text in profile.texts])
        return None if np.isinf(values).any() else values


PLAIN = NumberFormat(decimal=".")
#: The simpler first.
FORMATS = (
    PLAIN,
    NumberFormat(decimal=","),
    NumberFormat(decimal=".", thousands=","),
    NumberFormat(decimal=",", thousands="."),
    *(NumberFormat(decimal=sign, thousands=blank) for sign in ",." for blank in " \u00a0\u202f'"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFormat:
    """How the numbers of a file are written, and why; `doubtful`: a text that can be read in two ways."""

    written: NumberFormat
    reason: str
    doubtful: str = ""


def found_format(profiles: Sequence[Profile], *, decimal: str = "") -> FoundFormat:
    """Return the format by which most columns are numbers; `decimal`: the sign that was said, or empty."""
    texts = [tuple(islice(profile.counts, TRIED)) for profile in profiles]
    allowed = [each for each in FORMATS if not decimal or each.decimal == decimal]
    accepted = {
        each: [place for place, some in enumerate(texts) if each.are_numbers(some)] for each in allowed
    }
    most = max(len(places) for places in accepted.values())
    best = [each for each in allowed if len(accepted[each]) == most]
    chosen = best[0]
    cells = [text for place in accepted[chosen] for text in texts[place]]
    doubtful = _doubtful(best, cells)
    reason = f"{most} of {len(profiles)} columns are numbers by it"
    example = next((text for text in cells if chosen.decimal in text), "")
    return FoundFormat(
        written=chosen,
        reason=reason + (f", such as {example}" if chosen != PLAIN and example else ""),
        doubtful=doubtful,
    )


def _doubtful(best: Sequence[NumberFormat], cells: Sequence[str]) -> str:
    """Return a cell that is another number by another of the best formats; empty when there is none."""
    for sign in (",", "."):
        is_decimal = any(each.decimal == sign for each in best)
        is_between = any(each.thousands == sign for each in best)
        if is_decimal and is_between:
            return next((text for text in cells if sign in text), "")
    return ""
