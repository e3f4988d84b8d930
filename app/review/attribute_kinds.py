"""Attributes whose meaning is known by their name, and what their codes say: one table, in reading order.

A client may send any attribute. One that has a name of this table is shown as an analyst expects it: the card
with its brand and country, results of checks in words, shipping against billing. Codes of address and card
checks are those that card networks answer with; EMVCo names the results of 3-D Secure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class AttributeKind(StrEnum):
    """What an attribute is."""

    CARD = "card"
    CARD_BRAND = "card_brand"
    CARD_BIN = "card_bin"
    CARD_COUNTRY = "card_country"
    CARD_PRODUCT = "card_product"
    MERCHANT = "merchant"
    MERCHANT_CATEGORY = "merchant_category"
    CHANNEL = "channel"
    COUNTRY = "country"
    CHECK = "check"
    AVS = "avs"
    CVV = "cvv"
    THREE_DS = "three_ds"
    EMAIL = "email"
    CUSTOMER = "customer"
    SHIPPING = "shipping"
    BILLING = "billing"
    IP_COUNTRY = "ip_country"
    IP = "ip"
    DEVICE = "device"
    TIMEZONE = "timezone"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAttribute:
    """By which names a kind goes, how it is called, and what its codes mean."""

    names: tuple[str, ...]
    called: str
    codes: Mapping[str, str] = field(default_factory=dict)


KNOWN: Final[Mapping[AttributeKind, KnownAttribute]] = {
    AttributeKind.CARD: KnownAttribute(names=("card", "card_number", "card_token"), called="Card"),
    AttributeKind.CARD_BRAND: KnownAttribute(
        names=("card_brand", "brand", "card_scheme", "card_network"), called="Card brand"
    ),
    AttributeKind.CARD_BIN: KnownAttribute(names=("card_bin", "bin", "iin"), called="BIN"),
    AttributeKind.CARD_COUNTRY: KnownAttribute(
        names=("card_country", "bin_country", "issuer_country"), called="Card issued in"
    ),
    AttributeKind.CARD_PRODUCT: KnownAttribute(
        names=("card_product", "card_type", "funding"), called="Card product"
    ),
    AttributeKind.MERCHANT: KnownAttribute(names=("merchant", "merchant_name"), called="Merchant"),
    AttributeKind.MERCHANT_CATEGORY: KnownAttribute(
        names=("merchant_category", "category", "mcc"), called="Merchant category"
    ),
    AttributeKind.CHANNEL: KnownAttribute(names=("channel", "entry_mode"), called="Channel"),
    AttributeKind.COUNTRY: KnownAttribute(names=("merchant_country", "country"), called="Country"),
    AttributeKind.CHECK: KnownAttribute(names=("cardholder_check",), called="Cardholder check"),
    AttributeKind.AVS: KnownAttribute(
        names=("avs", "avs_result", "avs_code"),
        called="Address check (AVS)",
        codes={
            "Y": "address and postcode match",
            "X": "address and postcode match",
            "A": "address matches, postcode does not",
            "Z": "postcode matches, address does not",
            "W": "postcode matches, address does not",
            "N": "neither address nor postcode matches",
            "U": "the issuer has no address",
            "R": "the issuer did not answer",
            "S": "the issuer does not check",
            "G": "the issuer does not take part",
        },
    ),
    AttributeKind.CVV: KnownAttribute(
        names=("cvv", "cvv_result", "cvc", "cvc_result", "cvv2"),
        called="Security code (CVV)",
        codes={
            "M": "matches",
            "N": "does not match",
            "P": "not checked",
            "S": "said not to be on the card",
            "U": "the issuer does not check",
        },
    ),
    AttributeKind.THREE_DS: KnownAttribute(
        names=("three_ds", "3ds", "three_ds_status", "threeds", "eci_status"),
        called="3-D Secure",
        codes={
            "Y": "authenticated",
            "A": "attempted, not authenticated",
            "C": "challenge asked for",
            "I": "for information only",
            "N": "not authenticated",
            "R": "rejected by the issuer",
            "U": "could not be done",
        },
    ),
    AttributeKind.EMAIL: KnownAttribute(names=("email", "customer_email"), called="Email"),
    AttributeKind.CUSTOMER: KnownAttribute(names=("customer", "customer_id", "account"), called="Customer"),
    AttributeKind.SHIPPING: KnownAttribute(
        names=("shipping", "shipping_address", "shipping_country"), called="Shipped to"
    ),
    AttributeKind.BILLING: KnownAttribute(
        names=("billing", "billing_address", "billing_country"), called="Billed to"
    ),
    AttributeKind.IP_COUNTRY: KnownAttribute(names=("ip_country",), called="IP country"),
    AttributeKind.IP: KnownAttribute(names=("ip", "ip_address"), called="IP address"),
    AttributeKind.DEVICE: KnownAttribute(names=("device", "device_id"), called="Device"),
    AttributeKind.TIMEZONE: KnownAttribute(
        names=("timezone", "cardholder_timezone", "customer_timezone"), called="Cardholder's time zone"
    ),
}
_BY_NAME: Final = {name: kind for kind, known in KNOWN.items() for name in known.names}
#: The order in which an analyst reads, where no schema gives one.
READING_ORDER: Final = tuple(name for known in KNOWN.values() for name in known.names)


def kind_of(name: str) -> AttributeKind | None:
    """Return what an attribute of this name is; None: nobody knows.

    >>> kind_of("AVS_Result"), kind_of("colour")
    (<AttributeKind.AVS: 'avs'>, None)
    """
    return _BY_NAME.get(name.casefold())


def meaning_of(kind: AttributeKind, value: str) -> str:
    """Return what a code of a check means; empty: it is told as it is.

    >>> meaning_of(AttributeKind.CVV, "m")
    'matches'
    """
    return KNOWN[kind].codes.get(value.strip().upper(), "")


def first_of(kind: AttributeKind, attributes: Mapping[str, str]) -> str | None:
    """Return the value of a payment's first attribute of a kind; None: it has none."""
    return next((attributes[name] for name in KNOWN[kind].names if name in attributes), None)
