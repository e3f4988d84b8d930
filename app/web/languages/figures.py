"""Numbers, dates and clocks as a reader's language writes them: by CLDR, and English with thin spaces.

English groups by thin spaces (ISO 80000-1), because a comma means the decimals to half of those who read it.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import ParamSpec

from babel.dates import get_timezone_name
from babel.dates import parse_pattern as parsed

from app.review.access.languages import Language
from app.scoring.templated_text import THIN
from app.web.languages.reader import Reader, reader, zone_info

_BETWEEN_DIGITS = re.compile(rf"(?<=[0-9])[{THIN}.](?=[0-9])")
Arguments = ParamSpec("Arguments")


def in_figures(text: str) -> str:
    """Return a number as the reader's language writes it, out of English with thin spaces.

    Raises KeyError where CLDR knows no such signs: it does of every language of ours.
    """
    if reader().language is Language.ENGLISH:
        return text
    signs = reader().locale.number_symbols["latn"]
    return _BETWEEN_DIGITS.sub(lambda sign: signs["decimal" if sign[0] == "." else "group"], text)


def for_reader(write: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """Return what writes a number as the reader's language does, out of what writes it in English."""

    def written(*values: Arguments.args, **named: Arguments.kwargs) -> str:
        return in_figures(write(*values, **named))

    written.__name__, written.__doc__ = write.__name__, write.__doc__
    return written


def decimal_sign() -> str:
    """Return what stands before the reader's decimals."""
    return str(reader().locale.number_symbols["latn"]["decimal"])


def puts_currency_last() -> bool:
    """Whether the reader's language writes a currency behind its amount."""
    return bool(reader().locale.currency_formats["standard"].pattern.endswith("\u00a4"))


def by_clock(moment: datetime) -> datetime:
    """Return a moment by the reader's clock."""
    return moment.astimezone(zone_info(reader().zone))


def written_date(day: date, skeleton: str) -> str:
    """Return what of a date a skeleton of CLDR asks for, such as `yMMMd`; raises KeyError for others."""
    return _pattern(reader(), skeleton)(day)


def to_the_second(moment: datetime) -> str:
    """Return date and time by the reader's clock, with its seconds and its zone."""
    local = by_clock(moment)
    return f"{written_date(local, 'yMMMd')}, {local:%H:%M:%S} {zone_name(local)}"


def zone_name(moment: datetime) -> str:
    """Return what the zone of a moment by the reader's clock is called, or how far from UTC it is."""
    if reader().zone == "UTC":
        return "UTC"
    name = get_timezone_name(moment, width="short", locale=reader().locale)
    if name.isalpha():
        return name
    sign, hours, minutes = (
        moment.strftime("%z")[0],
        int(moment.strftime("%z")[1:3]),
        moment.strftime("%z")[3:5],
    )
    return f"UTC{sign}{hours}" + (f":{minutes}" if minutes != "00" else "")


@cache
def _pattern(who: Reader, skeleton: str) -> Callable[[date], str]:
    pattern = str(who.locale.datetime_skeletons[skeleton].pattern)
    apply = parsed(pattern).apply
    return lambda day: str(apply(day, who.locale))
