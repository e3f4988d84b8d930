"""The entries in force, and which of them speaks on a payment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.review.lists.entry import is_before_end
from app.triage.labels import Listed

#: The number of a kind, and the fingerprint of a value.
Print = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What an entry says, and until when."""

    entry_id: int
    effect: Listed
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Which entry speaks on a payment, and what it says."""

    entry_id: int
    effect: Listed


def hit(prints: Iterable[Print], entries: Mapping[Print, InForce], now: datetime) -> Hit | None:
    """Return the entry that speaks on a payment with these values: a block before an allow, then the older.

    None: nothing of it is listed now.
    """
    found = [
        Hit(entry_id=entry.entry_id, effect=entry.effect)
        for each in prints
        if (entry := entries.get(each)) is not None and is_before_end(entry.expires_at, now)
    ]
    return min(found, key=lambda each: (each.effect is not Listed.BLOCK, each.entry_id), default=None)
