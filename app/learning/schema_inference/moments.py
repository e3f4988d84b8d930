"""Moments in a column: which way of writing them all its texts follow."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from app.learning.schema_inference.profile import Profile
from app.scoring.arrays import Floats
from app.scoring.schema.schema import ISO, UNIX_MILLISECONDS, UNIX_SECONDS

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].+)?")
#: 2000 and 2040, in seconds since 1970.
_FIRST, _LAST = 946_684_800.0, 2_208_988_800.0

_DATES = (
    *("%Y/%m/%d", "%Y.%m.%d", "%d-%b-%Y", "%d %b %Y", "%b %d %Y", "%b %d, %Y", "%d-%b-%y"),
    *(f"%d{sign}%m{sign}%{year}" for sign in "/.-" for year in "Yy"),
    *(f"%m{sign}%d{sign}%{year}" for sign in "/.-" for year in "Yy"),
    "%Y%m%d",
)
_CLOCKS = ("", "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H%M%S")
_FORMATS = (
    *_DATES,
    *(f"{date}{between}{clock}" for clock in _CLOCKS[1:] for date in _DATES for between in (" ", "T")),
)


def _signs(text: str) -> str:
    """Return what stands between digits and letters."""
    return re.sub(r"[0-9A-Za-z]", "", text)


#: By these most ways of writing are out before a text is read.
_SIGNS = {each: _signs(datetime(2000, 1, 1, tzinfo=UTC).strftime(each)) for each in _FORMATS}
_MONTH_FIRST = re.compile(r"%m[/.-]%d[/.-]")
_DAY_FIRST = re.compile(r"%d[/.-]%m[/.-]")
#: Texts by which ways of writing are sorted out before all are read.
_FIRST_TEXTS = 200
_COMPACT = re.compile(r"(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]")
#: Eight digits are a date only where several different ones are.
_FEWEST_COMPACT = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """The moments of a column; those without a zone are read as UTC."""

    #: As a schema names it.
    time_format: str
    #: Seconds since 1970, NaN where nothing stands, shape (sampled rows,).
    seconds: Floats
    #: The other way of reading them, where day and month cannot be told apart; empty: there is none.
    other_format: str = ""
    has_zone: bool = False

    @property
    def has_clock(self) -> bool:
        """Whether they differ by less than a day."""
        known = self.seconds[~np.isnan(self.seconds)]
        return bool((known % 86_400 != 0).any())

    @property
    def span_days(self) -> float:
        """From the first to the last."""
        return float(np.nanmax(self.seconds) - np.nanmin(self.seconds)) / 86_400


def moments_of(profile: Profile, numbers: Floats | None, *, day_first: bool | None) -> Moments | None:
    """Return the moments of a column; None when it holds others or none.

    `numbers`: the same column as numbers, where it is. `day_first`: what was said of 03/04/2026.
    """
    texts = tuple(profile.counts)
    if not texts:
        return None
    if numbers is not None and (found := _of_numbers(numbers)) is not None:
        return found
    if _ISO.fullmatch(texts[0]):
        return _read(profile, ISO)
    return _of_texts(profile, texts, day_first)


def _of_numbers(numbers: Floats) -> Moments | None:
    known = numbers[~np.isnan(numbers)]
    for scale, name in ((1.0, UNIX_SECONDS), (1000.0, UNIX_MILLISECONDS)):
        if known.min() >= _FIRST * scale and known.max() <= _LAST * scale:
            return Moments(time_format=name, seconds=numbers / scale, has_zone=True)
    return None


def _of_texts(profile: Profile, texts: Sequence[str], day_first: bool | None) -> Moments | None:
    if not any(sign.isdigit() for sign in texts[0]) or len(texts[0]) > 40:
        return None
    possible = (each for each in _FORMATS if _SIGNS[each] == _signs(texts[0]))
    fitting = [each for each in possible if _all_are(texts[:_FIRST_TEXTS], each)]
    if "%Y%m%d" in fitting and not looks_compact(profile):
        return None
    read = [found for each in fitting if (found := _read(profile, each)) is not None]
    if not read:
        return None
    month_first = [each for each in read if _MONTH_FIRST.search(each.time_format)]
    others = [each for each in read if each not in month_first]
    if month_first and others:
        chosen = month_first[0] if day_first is False else others[0]
        other = "" if day_first is not None else month_first[0].time_format
        return Moments(time_format=chosen.time_format, seconds=chosen.seconds, other_format=other)
    return read[0]


def looks_compact(profile: Profile) -> bool:
    """Whether each of several different texts is of eight digits that may be a day, such as 20260531."""
    return profile.distinct >= _FEWEST_COMPACT and all(map(_COMPACT.fullmatch, profile.counts))


def _all_are(texts: Sequence[str], time_format: str) -> bool:
    with suppress(ValueError, OverflowError):
        return all(datetime.strptime(text, time_format) for text in texts)  # noqa: DTZ007  # only its shape
    return False


def has_another_order(time_format: str, *, day_first: bool) -> bool:
    """Whether a way of writing has day and month in the other order."""
    return bool((_MONTH_FIRST if day_first else _DAY_FIRST).search(time_format))


def _read(profile: Profile, time_format: str) -> Moments | None:
    known: dict[str, float] = {}
    has_zone = False
    try:
        for text in profile.counts:
            moment = _moment(text, time_format)
            has_zone = has_zone or moment.tzinfo is not None
            known[text] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    seconds = np.array([known.get(text, np.nan) for text in profile.texts])
    return Moments(time_format=time_format, seconds=seconds, has_zone=has_zone)


def _moment(text: str, time_format: str) -> datetime:
    if time_format == ISO:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, time_format)  # noqa: DTZ007  # a zone comes next
