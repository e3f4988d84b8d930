"""What is kept in the place of a card number: its last four digits, and what tells it from others."""

import hashlib
import hmac
from collections.abc import Callable

from app.review.card_numbers.finding import CardNumber, card_numbers, has_card_number

_HIDDEN = "\u2022\u2022\u2022\u2022"
# No vowels: a fingerprint is no word, and no digits: it is no number.
_LETTERS = "bcdfghjkmnpqrstv"
_FINGERPRINT_BYTES = 8


def without_card_numbers(text: str) -> str:
    """Return a text with only the last four digits of each card number: what may be shown to anybody."""
    return _replaced(text, _last_four) if has_card_number(text) else text


def masked(text: str, key: bytes) -> str:
    """Return a text with last four digits and fingerprint in the place of each card number.

    The same number becomes the same, however its digits are grouped; numbers that only end alike do not.
    """
    if not has_card_number(text):
        return text
    return _replaced(text, lambda number: f"{_last_four(number)} [{fingerprint(number.digits, key)}]")


def fingerprint(digits: str, key: bytes) -> str:
    """Return the first 64 bits of a number's HMAC-SHA256, as 16 letters.

    There are few enough card numbers to try them all: without the key nobody can.
    """
    mac = hmac.digest(key, f"card number {digits}".encode(), hashlib.sha256)[:_FINGERPRINT_BYTES]
    return "".join(_LETTERS[half] for byte in mac for half in divmod(byte, len(_LETTERS)))


def _last_four(number: CardNumber) -> str:
    return f"{_HIDDEN} {number.digits[-4:]}"


def _replaced(text: str, by: Callable[[CardNumber], str]) -> str:
    kept, behind = [], 0
    for number in card_numbers(text):
        kept += [text[behind : number.start], by(number)]
        behind = number.end
    return "".join((*kept, text[behind:]))
