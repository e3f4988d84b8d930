"""What an installation does with card numbers: it refuses them, or keeps what tells them apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.review.card_numbers.finding import SHORTEST, has_card_number, may_hold_card_number
from app.review.card_numbers.masking import masked
from app.scoring.schema.feature import Value

#: Said of a field; the number is never repeated.
NO_CARD_NUMBER: Final = "must not hold a card number; send its last four digits, or a token in its place"


class CardNumberWritten(Exception):
    """Card numbers may not be written here. Write the last four digits instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNumberRule:
    """How card numbers in payments and searches are met; in what people write they are always refused."""

    #: Of the fingerprints that take their place; None: they are refused.
    key: bytes | None = field(default=None, repr=False)

    def must_look(
        self, transaction_id: str, features: Mapping[str, Value], attributes: Mapping[str, str]
    ) -> bool:
        """Whether a payment may hold a card number, which of nearly all is quickly told: no."""
        # Most texts are too short, which is asked here and not by a call for each.
        texts = [transaction_id, *attributes, *attributes.values()]
        texts += [value for value in features.values() if type(value) is str]
        return any(map(may_hold_card_number, [text for text in texts if len(text) >= SHORTEST]))

    def faults(
        self, transaction_id: str, features: Mapping[str, Value], attributes: Mapping[str, str]
    ) -> list[tuple[str, str]]:
        """Return (field, what is wrong) for each card number that stands where none may.

        Ids are repeated to their client and in addresses, and names of attributes on pages: there none may
        stand, whatever becomes of those in values.
        """
        fields: list[tuple[str, Value]] = [("transaction_id", transaction_id)]
        fields += [("attributes", name) for name in attributes]
        if self.key is None:
            fields += [(f"features.{name}", value) for name, value in features.items()]
            fields += [(f"attributes.{name}", text) for name, text in attributes.items()]
        return [
            (name, NO_CARD_NUMBER) for name, text in fields if isinstance(text, str) and has_card_number(text)
        ]

    def kept(self, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """Return features or attributes as they are stored, hashed and shown."""
        if self.key is None:
            return values
        key = self.key
        return {name: masked(text, key) if isinstance(text, str) else text for name, text in values.items()}

    def sought(self, words: str) -> str:
        """Return the words by which stored payments are found; raises `CardNumberWritten`."""
        if self.key is not None:
            return masked(words, self.key)
        refuse_card_numbers((words,))
        return words


def refuse_card_numbers(written: Iterable[str | None]) -> None:
    """Refuse what somebody wrote where a card number stands in it; raises `CardNumberWritten`."""
    if any(text is not None and has_card_number(text) for text in written):
        raise CardNumberWritten
