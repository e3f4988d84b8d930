"""The fingerprint of a value, as the database's `link_fingerprint` makes it, without asking the database."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.links import LINKS
from app.review.lists.entry import EntityKind
from app.review.lists.in_force import Print

PADS = text("SELECT inner_pad, outer_pad FROM link_keys")
_PLACES = {kind: 1 + LINKS.index(kind.value) for kind in EntityKind}
_KINDS = {place: kind for kind, place in _PLACES.items()}


def place_of(kind: EntityKind) -> int:
    """Return the number of a kind in `link_entities`."""
    return _PLACES[kind]


def kind_at(place: int) -> EntityKind:
    """Return the kind of a number in `link_entities`."""
    return _KINDS[place]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrints:
    """HMAC-SHA256 by the installation's secret, the key within its two pads; 64 bits of it."""

    inner_pad: bytes
    outer_pad: bytes

    def of(self, kind: EntityKind, same: str) -> Print:
        """Return by what a value is known, as lists compare it (`same_on_lists`)."""
        place = _PLACES[kind]
        inner = sha256(self.inner_pad + f"{place}:{same}".encode("utf-8", "surrogatepass")).digest()
        digest = sha256(self.outer_pad + inner).digest()
        return place, int.from_bytes(digest[:8], signed=True)


async def list_prints(connection: AsyncConnection) -> ListPrints:
    """Return those of this installation."""
    row = (await connection.execute(PADS)).one()
    return ListPrints(inner_pad=row.inner_pad, outer_pad=row.outer_pad)
