"""A payment's attributes as an analyst expects them, in the order of its schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.database.tables.links import LINKS
from app.review.attribute_kinds import KNOWN, READING_ORDER, AttributeKind, first_of, kind_of, meaning_of
from app.review.card_issuers import CardIssuer, CardIssuers
from app.scoring.schema.feature import Value
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.entity_address import entity_address

NO_ISSUERS = CardIssuers()
#: What stands on the card's own line, behind what tells it from others.
_OF_THE_CARD = (AttributeKind.CARD_BRAND, AttributeKind.CARD_BIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One attribute of the payment."""

    name: str
    value: str
    #: Of all that shares it; empty where payments are not linked by it.
    address: str = ""
    #: It contradicts another one, or a check has failed.
    is_odd: bool = False


def facts_of(
    attributes: Mapping[str, str],
    features: Mapping[str, Value],
    *,
    order: Sequence[str] = (),
    issuers: CardIssuers = NO_ISSUERS,
) -> tuple[Fact, ...]:
    """Return the attributes, and those texts among `features` whose kind is known by name.

    `order`: names as the schema has them; the others come behind, those of a known kind first. What a client
    did not say of the card itself is told by the table of `issuers`, where that knows it.
    """
    known = {
        name: value
        for name, value in features.items()
        if isinstance(value, str) and kind_of(name) is not None
    }
    told = {**known, **attributes}
    told |= _of_the_issuer(issuers.of_payment(told), told)
    on_the_card = {name for kind in _OF_THE_CARD for name in KNOWN[kind].names}
    has_card = first_of(AttributeKind.CARD, told) is not None
    shown = [name for name in told if not (has_card and name in on_the_card)]
    return tuple(_fact(name, told) for name in sorted(shown, key=lambda name: _place(name, order)))


def _of_the_issuer(issuer: CardIssuer | None, told: Mapping[str, str]) -> dict[str, str]:
    """Return what is known of a card's issuer and was not sent, by the first name of its kind."""
    if issuer is None:
        return {}
    known = {
        AttributeKind.CARD_BRAND: issuer.brand,
        AttributeKind.CARD_COUNTRY: issuer.country,
        AttributeKind.CARD_PRODUCT: issuer.product,
    }
    return {
        KNOWN[kind].names[0]: value for kind, value in known.items() if value and first_of(kind, told) is None
    }


def _place(name: str, order: Sequence[str]) -> tuple[int, int, str]:
    if name in order:
        return (0, order.index(name), name)
    if name in READING_ORDER:
        return (1, READING_ORDER.index(name), name)
    return (2, 0, name)


def _fact(name: str, told: Mapping[str, str]) -> Fact:
    kind, value = kind_of(name), told[name]
    if kind is None:
        spoken = name.replace("_", " ").strip()
        return Fact(name=spoken[:1].upper() + spoken[1:], value=value)
    meaning = worded(meaning_of(kind, value))
    words = f"{value}: {meaning}" if meaning else value
    if kind is AttributeKind.CARD:
        parts = [first_of(each, told) for each in _OF_THE_CARD]
        words = " \u00b7 ".join(part for part in (value, *parts) if part)
    differs = kind is AttributeKind.SHIPPING and _is_shipped_elsewhere(name, told)
    return Fact(
        name=worded(KNOWN[kind].called),
        value=worded("%(words)s, not where it is billed", words=words) if differs else words,
        address=entity_address(name, value) if name in LINKS and value else "",
        is_odd=differs or _has_failed(kind, value),
    )


def cardholder_time(at: datetime, told: Mapping[str, str]) -> str:
    """Return a moment by the cardholder's clock, where an attribute names its zone; empty where none does."""
    zone = first_of(AttributeKind.TIMEZONE, told)
    try:
        local = at.astimezone(ZoneInfo(zone)) if zone else None
    # A name may hold anything: a path that leads elsewhere, a folder, half a character.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = None
    return (
        "" if local is None else worded("%(time)s for the cardholder", time=formatting.weekday_clock(local))
    )


def _is_shipped_elsewhere(name: str, told: Mapping[str, str]) -> bool:
    """Whether the same part of the billing address says something else."""
    billed = told.get(name.replace("shipping", "billing"))
    return billed is not None and billed.casefold() != told[name].casefold()


def _has_failed(kind: AttributeKind, value: str) -> bool:
    failed = {AttributeKind.AVS: "N", AttributeKind.CVV: "N", AttributeKind.THREE_DS: "NR"}
    code = value.strip().upper()
    return bool(code) and len(code) == 1 and code in failed.get(kind, "")
