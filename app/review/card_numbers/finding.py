"""Which digits of a text are a card number.

Counted as a card number are 13 to 19 digits that

- begin as an issuer's numbers do, and are as many as that issuer gives out (`ISSUERS`),
- end in the check digit of the others (Luhn, ISO/IEC 7812-1 annex B), and are not one digit over and over,
- stand anywhere in a text without a further digit directly before or behind them, and may be grouped: by
  single spaces, hyphens or dashes, and by dots with three digits on either side, so that 4.25 is no group.

A digit is any that Unicode knows as one (full-width, Arabic, superscript, circled), a space any that NFKC
makes one; characters that nobody sees are passed over. Of grouped digits that can be read in several ways
the longest reading counts. What is known to be something else (`lookalikes`) does not count.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from app.review.card_numbers.lookalikes import without_lookalikes
from app.review.card_numbers.luhn import LuhnSums
from app.review.text import is_unseen

SHORTEST, LONGEST = 13, 19
_FROM_16 = frozenset({16, 17, 18, 19})
#: How numbers begin, and how many digits they then have.
ISSUERS: Final = (
    (re.compile(r"4"), frozenset({13, 16, 19})),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), frozenset({16})),  # Mastercard
    (re.compile(r"3[47]"), frozenset({15})),  # American Express
    (re.compile(r"30[0-5]|3095|3[689]"), _FROM_16 | {14}),  # Diners Club
    (re.compile(r"352[89]|35[3-8]"), _FROM_16),  # JCB
    (re.compile(r"60|62|64[4-9]|65|81"), _FROM_16),  # Discover, UnionPay, RuPay
    (re.compile(r"50|5[6-8]|63|67"), _FROM_16 | {13, 14, 15}),  # Maestro
    (re.compile(r"220[0-4]"), _FROM_16),  # Mir
)

_RUN = re.compile(r"[0-9]+(?:(?:[ -]|(?<=[0-9]{3})\.(?=[0-9]{3}))[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_DIGITS, _BETWEEN = b"0123456789", b" .-"
#: Turns digits, and what may stand between them, into zeros; all else is something else.
_TO_ZEROS = bytes(ord("0") if sign in _DIGITS + _BETWEEN else ord("x") for sign in range(256))
_LONG_RUN = b"0" * SHORTEST
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212")


@dataclass(frozen=True, slots=True)
class CardNumber:
    """One card number: its digits, and from where to where it stands in the text."""

    digits: str
    start: int
    end: int


def has_card_number(text: str) -> bool:
    """Whether a card number stands in a text."""
    return may_hold_card_number(text) and next(card_numbers(text), None) is not None


def may_hold_card_number(text: str) -> bool:
    """Whether a text has to be looked through; quickly told, and true of each that holds a card number."""
    if len(text) < SHORTEST:
        return False
    if not text.isascii():
        return sum(map(str.isdigit, text)) >= SHORTEST
    # By bytes: a third of the time that a pattern takes, and each payment has a few such texts.
    plain = text.encode()
    return _LONG_RUN in plain.translate(_TO_ZEROS) and len(plain.translate(None, _DIGITS)) + SHORTEST <= len(
        plain
    )


def card_numbers(text: str) -> Iterator[CardNumber]:
    """Yield the card numbers of a text from left to right; they do not overlap."""
    plain, places = _plain(text)
    for run in _RUN.finditer(without_lookalikes(plain)):
        for digits, start, end in _in_run(run[0]):
            first, last = places[run.start() + start], places[run.start() + end - 1]
            yield CardNumber(digits, first, last + 1)


def _in_run(run: str) -> Iterator[tuple[str, int, int]]:
    """Yield the card numbers among groups of digits: which digits, from where to where they stand."""
    groups = list(_GROUP.finditer(run))
    digits = "".join(group[0] for group in groups)
    sums = LuhnSums(digits)
    # How many digits stand before each group, and before the end.
    before = list(accumulate((len(group[0]) for group in groups), initial=0))
    first = 0
    while first < len(groups):
        last = _last_group(digits, sums, before, first)
        if last is not None:
            yield digits[before[first] : before[last + 1]], groups[first].start(), groups[last].end()
        first = (first if last is None else last) + 1


def _last_group(digits: str, sums: LuhnSums, before: Sequence[int], first: int) -> int | None:
    """Return with which group the longest card number ends that begins with this one; None: there is none."""
    found, start = None, before[first]
    for last, end in enumerate(before[first + 1 : first + 1 + LONGEST], start=first):
        if end - start > LONGEST:
            break
        if end - start >= SHORTEST and sums.passes(start, end) and _is_issued(digits[start:end]):
            found = last
    return found


def _is_issued(digits: str) -> bool:
    is_somebodys = any(begins.match(digits) and len(digits) in lengths for begins, lengths in ISSUERS)
    return is_somebodys and len(set(digits)) > 1


def _plain(text: str) -> tuple[str, list[int] | range]:
    """Return the seen characters of a text, each as the ASCII one it counts as, and where they stand."""
    if text.isascii():
        return text, range(len(text))
    places = [place for place, letter in enumerate(text) if not is_unseen(letter)]
    return "".join(_counted_as(text[place]) for place in places), places


def _counted_as(letter: str) -> str:
    if (digit := unicodedata.digit(letter, None)) is not None:
        return str(digit)
    if letter in _DASHES:
        return "-"
    plain = unicodedata.normalize("NFKC", letter)
    return plain if len(plain) == 1 and plain.isascii() else "?"
