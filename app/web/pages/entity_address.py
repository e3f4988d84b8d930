"""Where all that is known of a card, a merchant, a device or an address is shown."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote

from app.database.tables.links import LINKS


def entity_address(kind: str, value: str) -> str:
    """Return where an entity's page is; of what payments are not linked by, where they are found."""
    if kind not in LINKS:
        return f"/search?q={quote(value)}"
    return f"/entities/{kind}/{encoded(value)}"


def encoded(value: str) -> str:
    """Return a value as a part of an address; it may hold anything, also what an address may not.

    >>> encoded("a/b")
    'YS9i'
    """
    return urlsafe_b64encode(value.encode()).decode().rstrip("=")


def decoded(part: str) -> str:
    """Return the value that a part of an address stands for; raises ValueError where it is none."""
    return urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4)).decode()
