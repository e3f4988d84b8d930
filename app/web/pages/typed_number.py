"""Numbers as people type them: one rule for every form, in every browser and locale.

Decimals follow a point or a comma. Thousands may be set apart by spaces, apostrophes, points or commas.
A single point or comma before exactly three digits can mean both, so it is refused; nothing is guessed,
and nothing that was typed is left out.
"""

import re
from decimal import Decimal
from math import isfinite

from app.web.languages.figures import decimal_sign
from app.web.languages.sentences import marked, worded

HOW = marked("Write it in digits, with a point or a comma before the decimals, such as %(example)s.")
#: Longer than any number a person types.
LONGEST = 60
#: More digits than these a stored number does not keep.
MOST_DIGITS = 17
# Longer than this a number is written with an exponent.
LONGEST_PLAIN = 24

_SPACES = re.compile("[ \\t\u00a0\u2007\u2009\u202f]")
_SIGN = "(?P<sign>[-+\u2212]?)"
# Only 0 to 9: digits of other scripts and full-width ones look alike and are easily mixed up.
_PLAIN = re.compile(_SIGN + r"(?P<whole>[0-9]*)(?:[.,](?P<decimals>[0-9]+))?(?P<power>[eE][-+]?[0-9]{1,4})?")
_GROUPED = re.compile(
    _SIGN + r"(?P<whole>[1-9][0-9]{0,2}(?:(?P<group>[ '.,])[0-9]{3})(?:(?P=group)[0-9]{3})*)"
    r"(?:(?P<point>[.,])(?P<decimals>[0-9]+))?"
)


class NumberUnclear(ValueError):
    """This is not a number, or it can be read as two."""


def typed_number(text: str) -> Decimal:
    """Return the number that was typed, exactly; raises `NumberUnclear`.

    >>> [str(typed_number(text)) for text in ("1234.5", "1.234,5", "1 234,5", "1,234.5", "\u22120,125")]
    ['1234.5', '1234.5', '1234.5', '1234.5', '-0.125']
    """
    told = _SPACES.sub(" ", text.replace("\u2019", "'")).strip(" ")
    shown = told if len(told) <= LONGEST else f"{told[:LONGEST]}\u2026"
    if not told:
        raise NumberUnclear(_with_how(worded("It is missing.")))
    plain = _PLAIN.fullmatch(told) if len(told) <= LONGEST else None
    grouped = _GROUPED.fullmatch(told) if len(told) <= LONGEST else None
    if plain is not None and not (plain["whole"] or plain["decimals"]):
        plain = None
    if grouped is not None and grouped["group"] == grouped["point"]:
        grouped = None
    if plain is None and grouped is None:
        raise NumberUnclear(_with_how(worded("\u201c%(typed)s\u201d is not a number.", typed=shown)))
    if plain is not None and grouped is not None:
        whole, decimal = _value(grouped).normalize(), _value(plain).normalize()
        raise NumberUnclear(
            worded(
                "\u201c%(typed)s\u201d may mean %(whole)s or %(decimal)s. Write %(whole)s, or %(exact)s.",
                typed=shown,
                whole=format(whole, "f"),
                decimal=format(decimal, "f").replace(".", decimal_sign()),
                exact=unmistakable(decimal),
            )
        )
    number = _value(plain or grouped)
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > MOST_DIGITS:
        raise NumberUnclear(
            worded(
                "\u201c%(typed)s\u201d has more digits than are kept: at most %(most)s.",
                typed=shown,
                most=MOST_DIGITS,
            )
        )
    return number


def typed_float(text: str, *, scale: int = 0) -> float:
    """Return the number that was typed, times ten to the power of `scale`; raises `NumberUnclear`."""
    exact = typed_number(text).scaleb(scale)
    number = float(exact)
    if not isfinite(number):
        raise NumberUnclear(worded("\u201c%(typed)s\u201d is too large.", typed=text.strip()))
    if number == 0 and exact != 0:
        raise NumberUnclear(
            worded("\u201c%(typed)s\u201d is too close to 0 to be told from it.", typed=text.strip())
        )
    return number


def typed_whole(text: str, *, most: int) -> int:
    """Return the whole number from 1 to `most` that was typed, in digits alone; raises `NumberUnclear`."""
    told = text.strip()
    if not re.fullmatch(r"[0-9]{1,19}", told) or not 1 <= int(told) <= most:
        raise NumberUnclear(
            worded(
                "\u201c%(typed)s\u201d is not a whole number from 1 to %(most)s.",
                typed=told[:LONGEST],
                most=most,
            )
        )
    return int(told)


def unmistakable(number: Decimal) -> str:
    """Return a number as it can be typed again, exact, and so that it can be read in one way only.

    >>> unmistakable(Decimal("-8.321")), unmistakable(Decimal("1234.5")), unmistakable(Decimal("0.125"))
    ('-8.3210', '1234.5', '0.125')
    """
    exact = number.normalize()
    plain = f"{exact:f}".replace(".", decimal_sign())
    if len(plain) > LONGEST_PLAIN:
        return f"{exact:E}"
    return f"{plain}0" if _GROUPED.fullmatch(plain) else plain


def how() -> str:
    """Return how a number is written, with an example in the reader's language."""
    return worded(HOW, example=f"1234{decimal_sign()}5")


def _with_how(sentence: str) -> str:
    return f"{sentence} {how()}"


def _value(match: re.Match[str] | None) -> Decimal:
    if match is None:
        raise ValueError("nothing was matched")
    parts = match.groupdict()
    sign = "-" if parts["sign"] in {"-", "\u2212"} else ""
    whole = re.sub("[^0-9]", "", parts["whole"])
    return Decimal(f"{sign}{whole or '0'}.{parts['decimals'] or '0'}{parts.get('power') or ''}")
