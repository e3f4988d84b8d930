"""The one way a number is written, in files and in requests: decimal digits and nothing to guess.

An optional sign, digits of ASCII with at most one point among them, an optional exponent of at most three
digits: `12`, `-0.5`, `1e-05`. No blanks, no separators of thousands, no decimal comma, no words such as
`nan`.
"""

import re
from decimal import Decimal
from math import isfinite

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
#: What a spreadsheet makes of a long number: no two of them can be told apart any more.
_DESTROYED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")
_WORDS = frozenset({"nan", "inf", "infinity", "null", "none", "na", "n/a", "true", "false", "-"})

#: What is wrong with a text that is no number, in order: what tells it, and the sentence.
_REASONS = (
    (
        re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}"),
        "a spreadsheet took its decimal point for a separator of thousands",
    ),
    (
        re.compile(
            r"[0-9]{1,4}[./-](?:[0-9]{1,2}|[A-Za-z]{3})(?:[./-][0-9]{2,4})?|[A-Za-z]{3}[ .-][0-9]{1,2}"
        ),
        "a spreadsheet made a date of it",
    ),
    (re.compile(r"#.*"), "a spreadsheet's error stands where a number should"),
    (re.compile(r"\s.*|.*\s"), "there are blanks around the number"),
    (
        re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"),
        "the decimal point is a comma, a point parts digits",
    ),
    (re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+"), "thousands are separated by commas"),
    (re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?"), "the decimal point is a comma"),
    (re.compile(r"[+-]?[0-9]+(?:[_' \u00a0\u202f][0-9]+)+(?:\.[0-9]*)?"), "the digits are grouped by signs"),
)


def number_of(text: str) -> float:
    """Return the number a text writes. Raises ValueError, with the reason, when it is none or too large."""
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(not_a_number(text))
    number = float(text)
    if not isfinite(number):
        raise ValueError("the number is too large")
    return number


def decimal_of(text: str) -> Decimal:
    """Return the same number to its last digit. Raises ValueError as `number_of` does."""
    number_of(text)
    return Decimal(text)


def is_destroyed(text: str) -> bool:
    """Whether a text is what a spreadsheet makes of an identifier of many digits, such as 1.23457E+15."""
    return _DESTROYED.fullmatch(text) is not None


def not_a_number(text: str) -> str:
    """Return in words why a text is no number by the rule of this module."""
    if not text:
        return "nothing stands there"
    if text.strip("+-").casefold() in _WORDS:
        return "a word stands where a number should"
    if not text.isascii() and any(sign.isdecimal() and not sign.isascii() for sign in text):
        return "the digits are not 0 to 9"
    return next((reason for pattern, reason in _REASONS if pattern.fullmatch(text)), "this is no number")
