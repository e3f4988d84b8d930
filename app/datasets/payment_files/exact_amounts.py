"""Amounts to the last digit a file gives, in little room: made into decimals one by one when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import overload

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Rows

_LOST = "NaN"


@dataclass(frozen=True, slots=True, eq=False)
class ExactAmounts(Sequence[Decimal]):
    """The amounts of payments in their order; NaN where there is none."""

    #: Each way in which an amount is written, once.
    texts: tuple[str, ...]
    #: Which of them each payment has, shape (payments,).
    places: NDArray[np.int32]

    @classmethod
    def nothing(cls, payments: int) -> "ExactAmounts":
        """Return nought for so many payments."""
        return cls(("0",), np.zeros(payments, dtype=np.int32))

    def taken(self, rows: Rows) -> "ExactAmounts":
        """Return the same of some payments."""
        return ExactAmounts(self.texts, self.places[rows])

    def __len__(self) -> int:
        """Return how many payments there are."""
        return int(self.places.size)

    @overload
    def __getitem__(self, index: int) -> Decimal: ...

    @overload
    def __getitem__(self, index: slice) -> "ExactAmounts": ...

    def __getitem__(self, index: int | slice) -> "Decimal | ExactAmounts":
        """Return the amount of a payment, or those of several."""
        if isinstance(index, slice):
            return ExactAmounts(self.texts, self.places[index])
        return Decimal(self.texts[int(self.places[index])])


@dataclass(slots=True)
class AmountTexts:
    """The texts of amounts while a file is read."""

    _place_of: dict[str, int] = field(default_factory=dict)
    _parts: list[NDArray[np.int32]] = field(default_factory=list)

    def add(self, texts: Sequence[str], is_lost: Flags, places: NDArray[np.int32]) -> None:
        """Take the next amounts, each of them one of these texts, by its place."""
        place_of = self._place_of
        known = [
            place_of.setdefault(_LOST if lost else text, len(place_of))
            for text, lost in zip(texts, is_lost.tolist(), strict=True)
        ]
        self._parts.append(np.array(known, dtype=np.int32)[places])

    def amounts(self) -> ExactAmounts:
        """Return all amounts that were read."""
        places = np.concatenate(self._parts) if self._parts else np.empty(0, dtype=np.int32)
        return ExactAmounts(tuple(self._place_of), places)
