"""When two values are the same on the lists, and what is shown of one."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from ipaddress import ip_address

from app.review.attribute_kinds import kind_of
from app.review.lists.entry import EntityKind, ListValueImpossible
from app.review.text import comparable

LONGEST_VALUE = 256
ALL_KINDS = frozenset(EntityKind)
#: So much of a value is shown at its end, and no more than a third of it.
SHOWN_AT_END = 4


# Asked of every attribute of every payment; clients send few names.
@lru_cache(maxsize=4096)
def listed_kind(name: str) -> EntityKind | None:
    """Return what an attribute of this name is on the lists; None: it cannot be listed.

    >>> listed_kind("Customer_Email"), listed_kind("channel")
    (<EntityKind.EMAIL: 'email'>, None)
    """
    kind = kind_of(name)
    return EntityKind(kind.value) if kind is not None and kind.value in ALL_KINDS else None


def same_on_lists(kind: EntityKind, value: str) -> str:
    """Return what the same values have in common: addresses in one spelling, all else as links compare it.

    >>> same_on_lists(EntityKind.EMAIL, " Ann@Example.com"), same_on_lists(EntityKind.IP, "2001:DB8:0::1")
    ('ann@example.com', '2001:db8::1')
    """
    same = comparable(value).strip()
    if kind is EntityKind.EMAIL:
        return same.casefold()
    if kind is EntityKind.IP:
        try:
            return str(ip_address(same))
        except ValueError:
            return same
    return same


def checked_value(kind: EntityKind, value: str) -> str:
    """Return a value to be listed as lists compare it; raises `ListValueImpossible`."""
    same = same_on_lists(kind, value)
    if not same or len(same) > LONGEST_VALUE or "\0" in same:
        raise ListValueImpossible
    if kind is EntityKind.EMAIL and "@" not in same:
        raise ListValueImpossible
    if kind is EntityKind.IP:
        try:
            ip_address(same)
        except ValueError as error:
            raise ListValueImpossible from error
    return same


def values_of(
    attributes: Mapping[str, str], kinds: Collection[EntityKind] = ALL_KINDS
) -> list[tuple[EntityKind, str]]:
    """Return what of a payment could be listed, as lists compare it, the attributes in their order."""
    found = []
    for name, value in attributes.items():
        kind = listed_kind(name)
        if kind is not None and kind in kinds and (same := same_on_lists(kind, value)):
            found.append((kind, same))
    return found


def shown_of(kind: EntityKind, same: str) -> str:
    """Return what is shown of a listed value: all of a merchant, else its end, of an email its domain.

    >>> shown_of(EntityKind.EMAIL, "ann@example.com"), shown_of(EntityKind.DEVICE, "d-93ab41c7ff02")
    ('a•••@example.com', '•••• ff02')
    """
    if kind is EntityKind.MERCHANT:
        return same
    if kind is EntityKind.EMAIL:
        name, _, domain = same.rpartition("@")
        return f"{name[:1]}•••@{domain}"
    end = min(SHOWN_AT_END, len(same) // 3)
    return f"•••• {same[len(same) - end :]}" if end else "••••"
