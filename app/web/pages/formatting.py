"""Numbers, money and time as people read them, the same on every page."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import floor, log10

from app.scoring.currencies import minor_decimals
from app.triage import written_numbers

THIN, MINUS, PERCENT = written_numbers.THIN, written_numbers.MINUS, written_numbers.PERCENT
count, plural = written_numbers.count, written_numbers.plural
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
    return f"{SYMBOLS.get(currency, currency)}{THIN}{written_numbers.typeset(told)}"


def number(value: float, digits: int = 2) -> str:
    """Return a logit or a feature with a true minus sign."""
    return written_numbers.grouped(value, digits)


def signed(value: float, digits: int = 2) -> str:
    """Return a difference with its sign, also when it is a gain."""
    return written_numbers.typeset(f"{value:+,.{digits}f}")


def percent(share: float) -> str:
    """Return a share (0-1) in percent; only exactly 0 and 1 read as nothing and all."""
    if share <= 0:
        return f"0{PERCENT}"
    if share >= 1:
        return f"100{PERCENT}"
    if share < 0.001:
        return f"under 0.1{PERCENT}"
    if share > 0.999:
        return f"over 99.9{PERCENT}"
    digits = 1 if share < 0.0995 or share > 0.99 else 0
    return f"{share * 100:.{digits}f}{PERCENT}".replace(".0", "")


def fine_percent(share: float) -> str:
    """Return a probability (0-1) in percent with the decimals its distance from 0 or 1 needs, at most 4."""
    distance = min(share, 1 - share) * 100
    if distance < 0.0001:
        return f"under 0.0001{PERCENT}" if share < 0.5 else f"over 99.9999{PERCENT}"
    digits = max(0, -floor(log10(distance)))
    return f"{share * 100:.{digits}f}{PERCENT}"


def one_in(probability: float) -> str:
    """Return a probability as a frequency: people judge `1 in 5` better than 0.2."""
    if probability >= 0.995:
        return "nearly all"
    if probability > 0.95:
        return "about 19 in 20"
    if 0.45 <= probability < 0.55:
        return "about half of"
    if probability > 0.5:
        return f"about {round(probability * 10)} in 10"
    if probability < 0.0005:
        return f"fewer than 1 in {count(2000)}"
    several = 1 / probability
    # Two digits are all such a number is good for.
    rounded = round(several, min(0, 2 - len(str(int(several)))))
    return f"about 1 in {count(rounded)}"


def clock(moment: datetime) -> str:
    """Return the time of day, in UTC."""
    return f"{moment.astimezone(UTC):%H:%M}"


def day(moment: datetime) -> str:
    """Return the date, in UTC."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"


def short_day(moment: datetime, beside: datetime) -> str:
    """Return the date without its year where that goes without saying, else month and year, in UTC."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%b}" if abs(beside - moment) < 300 * DAY else f"{at:%b %Y}"


def moment(at: datetime) -> str:
    """Return date and time, in UTC and saying so."""
    return f"{day(at)}, {clock(at)} UTC"


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
        return f"in {duration(then - now)}"
    return "just now" if now - then < timedelta(seconds=5) else f"{duration(now - then)} ago"


def countdown(left: timedelta) -> str:
    """Return a running clock such as `2:31`."""
    seconds = max(0, int(left.total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02d}"
