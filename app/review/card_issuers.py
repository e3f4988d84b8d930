"""Whose range a card number begins in: brand, country and product, by the longest beginning that is known.

Such a table (BIN or IIN ranges, ISO/IEC 7812) is bought from card networks or their vendors: the operator
brings it, and nothing of it is guessed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.review.attribute_kinds import AttributeKind, first_of

#: What a line must have, and what it may.
COLUMNS: Final = ("prefix", "brand", "country")
OPTIONAL: Final = ("product",)
#: The least and the most digits of a beginning: from the network's own to the eight of ISO/IEC 7812-1:2017.
SHORTEST, LONGEST = 1, 8
_PREFIX = re.compile(rf"[0-9]{{{SHORTEST},{LONGEST}}}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")
#: How a masked number begins: PCI DSS 3.4.1 lets eight leading digits be shown at most.
_BEGINNING = re.compile(r"\s*((?:[0-9][ -]?){6,8})(?![0-9])", re.ASCII)


class IssuersUnclear(ValueError):
    """A line of a table of issuers cannot be used; the sentence says which, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIssuer:
    """What the table says of cards that begin so; empty: it does not say."""

    brand: str
    country: str
    product: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIssuers:
    """A table of issuers, by the digits their numbers begin with."""

    by_prefix: Mapping[str, CardIssuer] = field(default_factory=dict)

    def of_digits(self, digits: str) -> CardIssuer | None:
        """Return the issuer of the longest known beginning of these digits; None: none is known."""
        beginnings = (digits[:length] for length in range(min(LONGEST, len(digits)), 0, -1))
        return next((self.by_prefix[each] for each in beginnings if each in self.by_prefix), None)

    def of_payment(self, told: Mapping[str, str]) -> CardIssuer | None:
        """Return the issuer of a payment's card, by its BIN or by what its masked number begins with."""
        named = (first_of(kind, told) for kind in (AttributeKind.CARD_BIN, AttributeKind.CARD))
        found = (_BEGINNING.match(each) for each in named if each is not None)
        digits = next((match[1] for match in found if match is not None), "")
        return self.of_digits(re.sub(r"\D", "", digits))


def issuers_of(rows: Iterable[tuple[int, Mapping[str, str | None]]]) -> CardIssuers:
    """Return the table of rows, each with the number of its line; raises `IssuersUnclear`."""
    by_prefix: dict[str, CardIssuer] = {}
    for line, row in rows:
        prefix, issuer = _issuer_of(row, line)
        if by_prefix.setdefault(prefix, issuer) != issuer:
            raise IssuersUnclear(f"line {line}: {prefix} was another issuer's before")
    return CardIssuers(by_prefix=by_prefix)


def _issuer_of(row: Mapping[str, str | None], line: int) -> tuple[str, CardIssuer]:
    prefix, brand, country, product = ((row.get(name) or "").strip() for name in (*COLUMNS, *OPTIONAL))
    if not _PREFIX.fullmatch(prefix):
        raise IssuersUnclear(f"line {line}: {prefix!r} is not {SHORTEST} to {LONGEST} digits")
    if country and not _COUNTRY.fullmatch(country):
        raise IssuersUnclear(f"line {line}: {country!r} is not a country of two letters (ISO 3166-1)")
    if not (brand or country):
        raise IssuersUnclear(f"line {line}: neither brand nor country is said")
    return prefix, CardIssuer(brand=brand, country=country, product=product)
