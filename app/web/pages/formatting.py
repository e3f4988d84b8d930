"""Numbers, money and time as whoever reads them writes them, the same on every page."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import floor, log10

from app.scoring import templated_text
from app.scoring.currencies import minor_decimals
from app.triage import written_numbers
from app.web.languages.figures import (
    by_clock,
    for_reader,
    in_figures,
    puts_currency_last,
    written_date,
    zone_name,
)
from app.web.languages.sentences import ngettext, said, worded, worded_many

THIN, MINUS, PERCENT = templated_text.THIN, templated_text.MINUS, written_numbers.PERCENT
count = for_reader(written_numbers.count)
#: A written number of the machine's, such as those of many digits.
typeset = for_reader(templated_text.typeset)
#: An estimated share, however small it is.
estimated_percent = for_reader(written_numbers.percent)
#: A share that somebody chose.
exact_percent = for_reader(written_numbers.exact_percent)
SYMBOLS: Mapping[str, str] = {"EUR": "\u20ac", "GBP": "\u00a3", "USD": "$"}
#: Decimals of an estimate in a currency ISO 4217 gives none.
USUAL_DECIMALS = 2

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def money(amount: Decimal | float, currency: str) -> str:
    """Return an amount with its currency's sign or code, and its currency's decimals (ISO 4217).

    A `Decimal` is what somebody paid: no digit of it is lost. A float is an estimate, and is rounded.
    """
    decimals = minor_decimals(currency)
    if isinstance(amount, Decimal):
        _, _, exponent = amount.normalize().as_tuple()
        digits = max(decimals or 0, -exponent if isinstance(exponent, int) else 0)
        told = f"{amount:,.{digits}f}"
    else:
        digits = USUAL_DECIMALS if decimals is None else decimals
        told = f"{Decimal(str(amount)):,.{digits}f}"
    if not re.search("[1-9]", told):
        told = told.removeprefix("-")
    return with_currency(in_figures(templated_text.typeset(told)), currency)


def with_currency(number: str, currency: str) -> str:
    """Return a written number with its currency's sign or code, on the side where the reader expects it."""
    sign = SYMBOLS.get(currency, currency)
    if not sign:
        return number
    return f"{number}{THIN}{sign}" if puts_currency_last() else f"{sign}{THIN}{number}"


def few(number: float) -> str:
    """Return a daily average."""
    return said(written_numbers.few(number))


def plural(number: int, one: str, many: str) -> str:
    """Return `1 case` or `3 cases`; both words are known to the catalogue."""
    return f"{count(number)} {ngettext(one, many, number)}"


def number(value: float, digits: int = 2) -> str:
    """Return a logit or a feature with a true minus sign."""
    return in_figures(written_numbers.grouped(value, digits))


def signed(value: float, digits: int = 2) -> str:
    """Return a difference with its sign, also when it is a gain."""
    return in_figures(templated_text.typeset(f"{value:+,.{digits}f}"))


def percent(share: float) -> str:
    """Return a share (0-1) in percent; only exactly 0 and 1 read as nothing and all."""
    if share <= 0:
        return f"0{PERCENT}"
    if share >= 1:
        return f"100{PERCENT}"
    if share < 0.001:
        return worded("under %(number)s", number=in_figures(f"0.1{PERCENT}"))
    if share > 0.999:
        return worded("over %(number)s", number=in_figures(f"99.9{PERCENT}"))
    digits = 1 if share < 0.0995 or share > 0.99 else 0
    return in_figures(f"{share * 100:.{digits}f}{PERCENT}".replace(".0", ""))


def fine_percent(share: float) -> str:
    """Return a probability (0-1) in percent with the decimals its distance from 0 or 1 needs, at most 4."""
    distance = min(share, 1 - share) * 100
    if distance < 0.0001:
        if share < 0.5:
            return worded("under %(number)s", number=in_figures(f"0.0001{PERCENT}"))
        return worded("over %(number)s", number=in_figures(f"99.9999{PERCENT}"))
    digits = max(0, -floor(log10(distance)))
    return in_figures(f"{share * 100:.{digits}f}{PERCENT}")


def one_in(probability: float) -> str:
    """Return a probability as a frequency: people judge `1 in 5` better than 0.2."""
    if probability >= 0.995:
        return worded("nearly all")
    if probability > 0.95:
        return worded("about 19 in 20")
    if 0.45 <= probability < 0.55:
        return worded("about half of")
    if probability > 0.5:
        return worded("about %(several)s in 10", several=round(probability * 10))
    if probability < 0.0005:
        return worded("fewer than 1 in %(several)s", several=count(2000))
    several = 1 / probability
    # Two digits are all such a number is good for.
    rounded = round(several, min(0, 2 - len(str(int(several)))))
    return worded("about 1 in %(several)s", several=count(rounded))


def clock(moment: datetime) -> str:
    """Return the time of day, by the reader's clock."""
    return f"{by_clock(moment):%H:%M}"


def clock_in_zone(moment: datetime) -> str:
    """Return the time of day by the reader's clock, and says which clock that is."""
    at = by_clock(moment)
    return f"{at:%H:%M} {zone_name(at)}"


def day(moment: datetime) -> str:
    """Return the date, by the reader's clock."""
    return written_date(by_clock(moment), "yMMMd")


def short_day(moment: datetime, beside: datetime) -> str:
    """Return the date without its year where that goes without saying, else month and year."""
    return _short(by_clock(moment), is_near=abs(beside - moment) < 300 * DAY)


def moment(at: datetime) -> str:
    """Return date and time by the reader's clock, and which clock that is."""
    return f"{day(at)}, {clock_in_zone(at)}"


def calendar_day(of: date) -> str:
    """Return a date that no clock changes: of a file, of a count by days."""
    return written_date(of, "yMMMd")


def calendar_month(of: date) -> str:
    """Return a month that no clock changes."""
    return written_date(of, "yMMM")


def calendar_short(of: date) -> str:
    """Return a date without its year that no clock changes."""
    return written_date(of, "MMMd")


def weekday_clock(local: datetime) -> str:
    """Return day of the week and time of a moment, by the clock it was told in."""
    return f"{written_date(local, 'E')} {local:%H:%M}"


def seconds_clock(moment: datetime) -> str:
    """Return the time of day to the second, by the reader's clock."""
    return f"{by_clock(moment):%H:%M:%S}"


def utc_clock(moment: datetime) -> str:
    """Return the time of day in UTC: where hours are counted, and people compare what they see."""
    return f"{moment.astimezone(UTC):%H:%M}"


def utc_short_day(moment: datetime, beside: datetime) -> str:
    """Return the date in UTC without its year where that goes without saying, else month and year."""
    return _short(moment.astimezone(UTC), is_near=abs(beside - moment) < 300 * DAY)


def _short(at: datetime, *, is_near: bool) -> str:
    return written_date(at, "MMMd" if is_near else "yMMM")


def duration(length: timedelta) -> str:
    """Return how long, in the one or two units that matter."""
    if length < MINUTE:
        return f"{max(0, int(length.total_seconds()))}{THIN}s"
    if length < HOUR:
        return f"{length // MINUTE}{THIN}min"
    if length < DAY:
        minutes = length % HOUR // MINUTE
        rest = f" {minutes}{THIN}min" if minutes else ""
        return f"{length // HOUR}{THIN}h{rest}"
    return plural(length // DAY, "day", "days")


def ago(then: datetime, now: datetime) -> str:
    """Return how long since; a moment that has not come is `in` so long."""
    if now - then < timedelta(seconds=-1):
        ahead = then - now
        if ahead < DAY:
            return worded("in %(time)s", time=duration(ahead))
        return worded_many("in %(number)s day", "in %(number)s days", ahead // DAY)
    if now - then < timedelta(seconds=5):
        return worded("just now")
    if now - then < DAY:
        return worded("%(time)s ago", time=duration(now - then))
    return worded_many("%(number)s day ago", "%(number)s days ago", (now - then) // DAY)


def countdown(left: timedelta) -> str:
    """Return a running clock such as `2:31`."""
    seconds = max(0, int(left.total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02d}"
