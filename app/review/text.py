"""Text from outside: which of its characters nobody sees, and when two texts are the same.

The rule of sameness: two texts are the same when they are equal after compatibility normalisation (NFKC) and
without the characters nobody sees. Names of people are, beyond that, the same whatever their case and the
spaces around them. The database applies the first rule by its function `comparable_text`.
"""

import re
import unicodedata
from typing import Final

#: What Unicode ignores by default, formats by, or breaks lines by, and two signs that are drawn as nothing.
#: Inclusive ranges, a list of this module's own: both sides of a comparison must know the same.
UNSEEN: Final = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x13430, 0x1343F)),
    *((0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_UNSEEN = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSEEN) + "]")
# Unassigned, private and control characters have no agreed picture; a line may end, and a tab is a space.
_NO_PICTURE = frozenset({"Cc", "Cn", "Co", "Cs"})
_WHITE = frozenset("\t\n\r")


def is_unseen(letter: str) -> bool:
    """Whether a character changes a text without being seen in it."""
    return _UNSEEN.match(letter) is not None or (
        letter not in _WHITE and unicodedata.category(letter) in _NO_PICTURE
    )


def comparable(text: str) -> str:
    r"""Return what the same texts have in common; case counts.

    >>> comparable("shop\u202emoc.live") == comparable("shopmoc.live")
    True
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))


def name_key(name: str) -> str:
    """Return what the same names have in common: neither case, nor spelling in Unicode, nor spaces.

    >>> name_key(" BOB") == name_key("bob")
    True
    """
    # Folding may open what normalisation had closed, and the other way round: done until nothing changes.
    # Spaces that nobody sees are spaces first: taken out as signs they would join two words.
    key = " ".join(comparable(" ".join(name.split())).split())
    while (folded := comparable(key.casefold())) != key:
        key = folded
    return " ".join(key.split())
