"""Digits that look like a card number by chance, and are known for what they are.

One number in ten passes Luhn's test. Where such a number stands in every payment, as a key of a device or an
account, so many payments would be refused, and none of them for a card.
"""

import re
from collections.abc import Iterable
from typing import Final

_ALONE = r"(?<![0-9A-Za-z]){}(?![0-9A-Za-z])"
#: A UUID, and a key of 8, 16, 24, ... hexadecimal places with a letter among them.
_UUID: Final = re.compile(_ALONE.format(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"))
_HEXADECIMAL: Final = re.compile(_ALONE.format(r"(?=[0-9]*[A-Fa-f])(?:[0-9A-Fa-f]{8})+"))
#: An account number as ISO 13616 writes it, in one piece or in fours.
_IBAN: Final = re.compile(
    _ALONE.format(r"[A-Z]{2}[0-9]{2}(?:[0-9A-Z]{11,30}|(?: [0-9A-Z]{4}){2,7}(?: [0-9A-Z]{1,3})?)")
)
#: A telephone number with its plus: at most 15 digits (ITU-T E.164), and none behind them.
_TELEPHONE: Final = re.compile(r"\+[0-9](?:[ .-]?[0-9]){6,14}(?![ .-]?[0-9])")


def without_lookalikes(text: str) -> str:
    """Return a text of the same length in which these are crossed out; digits in it are ASCII."""
    spans = [found.span() for found in (*_matches(text, _UUID, _HEXADECIMAL, _TELEPHONE), *_ibans(text))]
    for start, end in spans:
        text = f"{text[:start]}{'#' * (end - start)}{text[end:]}"
    return text


def _matches(text: str, *patterns: re.Pattern[str]) -> Iterable[re.Match[str]]:
    return (found for pattern in patterns for found in pattern.finditer(text))


def _ibans(text: str) -> Iterable[re.Match[str]]:
    return (found for found in _IBAN.finditer(text) if _has_check_digits(found[0].replace(" ", "")))


def _has_check_digits(iban: str) -> bool:
    """Whether the rest modulo 97 is one, with letters as 10 to 35 and the first four places at the end."""
    return int("".join(str(int(place, 36)) for place in iban[4:] + iban[:4])) % 97 == 1
