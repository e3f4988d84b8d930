"""How groups are called, and where they are."""

from collections.abc import Mapping

from app.review.case import GroupBasis
from app.review.groups.grouping import GroupKey
from app.review.groups.judgement import GroupGone
from app.web.languages.sentences import in_sentence, marked, worded
from app.web.pages import formatting
from app.web.pages.entity_address import decoded, encoded

BASES: Mapping[GroupBasis, str] = {
    GroupBasis.CARD: marked("Card"),
    GroupBasis.DEVICE: marked("Device"),
    GroupBasis.IP: marked("IP address"),
    GroupBasis.MERCHANT: marked("Merchant"),
    GroupBasis.ALIKE: marked("Nearly alike"),
}


def address_of(key: GroupKey) -> str:
    """Return a group's address; a value may hold anything, also what an address may not."""
    is_plain = key.basis is GroupBasis.ALIKE
    value = key.value if is_plain else encoded(key.value)
    return f"/linked-cases/{key.basis.value}/{value}"


def key_of(basis: str, value: str) -> GroupKey:
    """Return the group at an address; raises `GroupGone` when none can be there."""
    try:
        known = GroupBasis(basis)
        if known is GroupBasis.ALIKE:
            return GroupKey(basis=known, value=value)
        return GroupKey(basis=known, value=decoded(value))
    except ValueError as error:
        raise GroupGone from error


def shared_words(key: GroupKey) -> str:
    """Return what the cases have in common, as one says it."""
    if key.basis is GroupBasis.ALIKE:
        return (
            worded("payments like case %(key)s", key=formatting.count(int(key.value)))
            if key.value.isdecimal()
            else worded("payments")
        )
    name = BASES[key.basis]
    return f"{name if name.startswith('IP') else in_sentence(name)} {key.value}"
