"""Sentences as people type them, such as reasons: kept whole or refused, never cut."""

import re

from app.review.card_numbers.finding import has_card_number
from app.web.languages.sentences import worded

LONGEST_SENTENCE = 1000
# Nobody can read them, and the database holds no NUL; tabs and line ends stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class SentenceUnclear(ValueError):
    """This sentence cannot be kept as it is."""


def as_typed(text: str) -> str:
    r"""Return a sentence as it was typed: browsers send line ends of their own.

    >>> as_typed(" Fewer misses.\r\nWe agreed. ")
    'Fewer misses.\nWe agreed.'
    """
    return text.replace("\r\n", "\n").strip()


def typed_sentence(text: str) -> str:
    """Return a sentence as it was typed; raises `SentenceUnclear` for one that cannot be kept whole."""
    told = as_typed(text)
    if len(told) > LONGEST_SENTENCE:
        raise SentenceUnclear(
            worded(
                "At most %(longest_sentence)s characters, not %(told)s.",
                longest_sentence=LONGEST_SENTENCE,
                told=len(told),
            )
        )
    if _CONTROL.search(told):
        raise SentenceUnclear(worded("There is a character in it that nobody can see; please type it again."))
    if has_card_number(told):
        raise SentenceUnclear(worded("There is a card number in it; write the last four digits instead."))
    return told
