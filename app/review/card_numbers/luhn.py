"""Luhn's check digit (ISO/IEC 7812-1 annex B), of any part of a sequence of digits in one step."""

from itertools import accumulate
from typing import Final

#: What doubling makes of each digit, the two digits of the result added.
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class LuhnSums:
    """Running sums of digits: of all before a place, every second one doubled.

    Texts may hold hundreds of parts that could be a card number; added up anew for each, a text made for it
    would hold the service up.
    """

    __slots__ = ("_by_parity",)

    def __init__(self, digits: str) -> None:
        values = list(map(int, digits))
        #: Those at even places are doubled in the first, those at odd places in the second.
        self._by_parity = tuple(
            list(
                accumulate(
                    (_DOUBLED[value] if place % 2 == parity else value for place, value in enumerate(values)),
                    initial=0,
                )
            )
            for parity in (0, 1)
        )

    def passes(self, start: int, end: int) -> bool:
        """Whether the digits from one place up to another end in their check digit."""
        # The last is not doubled, the one before it is.
        sums = self._by_parity[end % 2]
        return (sums[end] - sums[start]) % 10 == 0
