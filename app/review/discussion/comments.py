"""Comments on a case: what may be written, and whom it mentions."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.review.access.people import Account
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.text import name_key

#: In characters.
LONGEST_COMMENT: Final = 2000
#: Beyond this a case is no place to talk any more.
MOST_OF_A_CASE: Final = 500
#: So many people hear of one comment at most.
MOST_MENTIONED: Final = 10

_AT = re.compile(r"(?<![\w@.+-])@(?=\w)")
_MARKS = ".,;:!?)]}'\"\u2019\u201d\u00bb"


class CommentUnclear(ValueError):
    """A comment needs at least one word, and no sign that nobody can see; 2,000 characters at most."""


class TooManyComments(Exception):
    """This case has 500 comments already; no more can be written on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Whom a comment mentions."""

    known: tuple[int, ...]
    #: Names nobody here has, as they were written.
    unknown: tuple[str, ...]


def checked_comment(words: str) -> str:
    """Return a comment as it is kept: as it was typed, without a browser's line ends.

    Raises `CommentUnclear` and `CardNumberWritten`.
    """
    kept = words.replace("\r\n", "\n").strip()
    is_odd = any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in kept)
    if not name_key(kept) or len(kept) > LONGEST_COMMENT or is_odd:
        raise CommentUnclear
    refuse_card_numbers([kept])
    return kept


def mentions(words: str, colleagues: Iterable[Account]) -> Mentions:
    """Return whom `@name` in a comment means, in the order in which they are named.

    A name is a login name, or a name as it is shown where only one person has it; of several that fit, the
    longest is meant. Marks at its end are not part of it unless the name has them.
    """
    ids = _ids_by_name(colleagues)
    most_words = max((len(name.split()) for name in ids), default=0)
    known: list[int] = []
    unknown: list[str] = []
    for at in _AT.finditer(words):
        following = words[at.end() :].split(maxsplit=max(most_words, 1))[: max(most_words, 1)]
        meant = _meant(following, ids)
        if meant is not None:
            known.append(meant)
        else:
            unknown.append(following[0].rstrip(_MARKS))
    return Mentions(
        known=tuple(dict.fromkeys(known))[:MOST_MENTIONED],
        unknown=tuple(dict.fromkeys(unknown))[:MOST_MENTIONED],
    )


def _meant(following: list[str], ids: Mapping[str, int]) -> int | None:
    for length in range(len(following), 0, -1):
        name = " ".join(following[:length])
        for written in (name, name.rstrip(_MARKS)):
            if (found := ids.get(name_key(written))) is not None:
                return found
    return None


def _ids_by_name(colleagues: Iterable[Account]) -> Mapping[str, int]:
    people = list(colleagues)
    shown: dict[str, set[int]] = {}
    for each in people:
        shown.setdefault(name_key(each.display_name), set()).add(each.id)
    alone = {name: next(iter(found)) for name, found in shown.items() if len(found) == 1}
    return alone | {name_key(each.name): each.id for each in people}
