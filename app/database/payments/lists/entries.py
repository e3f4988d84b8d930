"""Entries of the lists: read, and changed one version after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments.lists.fingerprints import kind_at
from app.review.lists.entry import Act, Entry, EntryNotFound, EntryState
from app.review.lists.in_force import Print
from app.triage.labels import Listed

# Whoever changes the lists holds this row until commit: versions are committed in their order.
NEXT_VERSION = text("UPDATE list_version SET version = version + 1 RETURNING version")
_COLUMNS = """e.id, e.entity, e.fingerprint, e.shown, e.effect, e.state, e.reason, e.made_by, e.made_at,
    e.expires_at, e.approved_by, e.lift_by, e.lift_reason, e.ended_by, e.ended_at"""
_NAMES = """maker.display_name AS made_name, approver.display_name AS approved_name,
    lifter.display_name AS lift_name, ender.display_name AS ended_name"""
_PEOPLE = """JOIN accounts maker ON maker.id = e.made_by
LEFT JOIN accounts approver ON approver.id = e.approved_by
LEFT JOIN accounts lifter ON lifter.id = e.lift_by
LEFT JOIN accounts ender ON ender.id = e.ended_by"""
ADD = text("""
INSERT INTO list_entries (entity, fingerprint, shown, effect, state, reason, made_by, made_at, expires_at,
    changed_in)
VALUES (:entity, :fingerprint, :shown, :effect, :state, :reason, :made_by, :made_at, :expires_at, :version)
RETURNING id
""")
# What has run out gives its place free as soon as somebody wants it.
EXPIRE = text("""
UPDATE list_entries SET state = 'expired', ended_at = expires_at, changed_in = :version
WHERE entity = :entity AND fingerprint = :fingerprint AND state IN ('proposed', 'live') AND expires_at <= :now
RETURNING id, ended_at
""")
CHANGE = text("""
UPDATE list_entries SET state = :state, approved_by = :approved_by, lift_by = :lift_by,
    lift_reason = :lift_reason, ended_by = :ended_by, ended_at = :ended_at, changed_in = :version
WHERE id = :id
""")
TELL = text("""
INSERT INTO list_events (entry_id, act, account_id, reason, happened_at)
VALUES (:entry_id, :act, :account_id, :reason, :now)
""")
BY_ID = text(f"SELECT {_COLUMNS}, {_NAMES} FROM list_entries e {_PEOPLE} WHERE e.id = :id")
STANDING = text(f"""
SELECT {_COLUMNS}, {_NAMES}
FROM unnest(CAST(:entities AS smallint[]), CAST(:fingerprints AS bigint[])) AS wanted(entity, fingerprint)
JOIN list_entries e ON e.entity = wanted.entity AND e.fingerprint = wanted.fingerprint
    AND e.state IN ('proposed', 'live')
{_PEOPLE}
WHERE CAST(:as_of AS timestamptz) IS NULL OR e.made_at <= CAST(:as_of AS timestamptz)
ORDER BY e.id
""")
# Newest first; what runs out is told by the clock of who asks.
LISTED = text(f"""
SELECT {_COLUMNS}, {_NAMES} FROM list_entries e {_PEOPLE}
WHERE (CAST(:kind AS smallint) IS NULL OR e.entity = :kind)
    AND (CAST(:effect AS text) IS NULL OR e.effect = :effect)
    AND (CAST(:before AS bigint) IS NULL OR e.id < :before)
    AND CASE CAST(:which AS text)
        WHEN 'live' THEN e.state = 'live' AND (e.expires_at IS NULL OR e.expires_at > :now)
        WHEN 'waiting' THEN (e.state = 'proposed' OR (e.state = 'live' AND e.lift_by IS NOT NULL))
            AND (e.expires_at IS NULL OR e.expires_at > :now)
        WHEN 'ended' THEN e.state IN ('ended', 'refused', 'expired') OR e.expires_at <= :now
        ELSE true END
    AND NOT EXISTS (
        SELECT FROM unnest(
            CAST(:hidden_entities AS smallint[]), CAST(:hidden_fingerprints AS bigint[]),
            CAST(:hidden_since AS timestamptz[])
        ) AS hidden(entity, fingerprint, since)
        WHERE hidden.entity = e.entity AND hidden.fingerprint = e.fingerprint
            AND (hidden.since IS NULL OR e.made_at > hidden.since)
    )
ORDER BY e.id DESC LIMIT :most
""")
EVENTS = text("""
SELECT v.act, a.display_name AS name, v.reason, v.happened_at
FROM list_events v LEFT JOIN accounts a ON a.id = v.account_id
WHERE v.entry_id = :entry_id ORDER BY v.id
""")

#: Values of which a reader hears of no entry that was made after a moment; None: of none at all.
Hidden = Mapping[Print, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """An entry, by what it is known, and the names of who had a hand in it."""

    entry: Entry
    print: Print
    made_by: str
    approved_by: str | None
    lift_by: str | None
    ended_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEvent:
    """What somebody did with an entry; nobody, where time did it."""

    act: Act
    by: str | None
    reason: str
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are asked for."""

    #: live, waiting, ended or all.
    which: str
    now: datetime
    most: int
    #: The number of a kind; None: any.
    kind: int | None = None
    effect: Listed | None = None
    before: int | None = None
    hidden: Hidden = field(default_factory=dict)


async def next_version(connection: AsyncConnection) -> int:
    """Begin a change of the lists: nobody else changes them until this transaction ends."""
    found: int = (await connection.execute(NEXT_VERSION)).scalar_one()
    return found


async def add(connection: AsyncConnection, entry: Entry, of: Print, *, version: int) -> int:
    """Write a new entry and return its number; its value must be free (`standing`)."""
    values = {
        "entity": of[0],
        "fingerprint": of[1],
        "shown": entry.shown,
        "effect": entry.effect.value,
        "state": entry.state.value,
        "reason": entry.reason,
        "made_by": entry.made_by,
        "made_at": entry.made_at,
        "expires_at": entry.expires_at,
        "version": version,
    }
    found: int = (await connection.execute(ADD, values)).scalar_one()
    return found


async def expire(connection: AsyncConnection, of: Print, now: datetime, *, version: int) -> None:
    """Let what has run out of a value give its place free."""
    parameters = {"entity": of[0], "fingerprint": of[1], "now": now, "version": version}
    for row in (await connection.execute(EXPIRE, parameters)).all():
        await tell(connection, row.id, Act.EXPIRED, None, "", row.ended_at)


async def change(connection: AsyncConnection, entry: Entry, *, version: int) -> None:
    """Write how an entry stands now."""
    await connection.execute(
        CHANGE,
        {
            "id": entry.id,
            "state": entry.state.value,
            "approved_by": entry.approved_by,
            "lift_by": entry.lift_by,
            "lift_reason": entry.lift_reason,
            "ended_by": entry.ended_by,
            "ended_at": entry.ended_at,
            "version": version,
        },
    )


async def tell(
    connection: AsyncConnection, entry_id: int, act: Act, account_id: int | None, reason: str, now: datetime
) -> None:
    """Append what was done with an entry."""
    parameters = {
        "entry_id": entry_id, "act": act.value, "account_id": account_id, "reason": reason, "now": now
    }  # fmt: skip
    await connection.execute(TELL, parameters)


async def by_id(connection: AsyncConnection, entry_id: int) -> ListedEntry:
    """Return an entry; raises `EntryNotFound`."""
    row = (await connection.execute(BY_ID, {"id": entry_id})).one_or_none()
    if row is None:
        raise EntryNotFound
    return _listed(row)


async def standing(
    connection: AsyncConnection, prints: Sequence[Print], *, as_of: datetime | None = None
) -> list[ListedEntry]:
    """Return what stands of these values, proposed or in force, and was made by a moment; None: whenever."""
    parameters = {
        "entities": [place for place, _ in prints],
        "fingerprints": [fingerprint for _, fingerprint in prints],
        "as_of": as_of,
    }
    return [_listed(row) for row in await connection.execute(STANDING, parameters)]


async def listed(connection: AsyncConnection, wanted: Wanted) -> list[ListedEntry]:
    """Return entries, the newest first."""
    parameters = {
        "which": wanted.which,
        "now": wanted.now,
        "most": wanted.most,
        "kind": wanted.kind,
        "effect": None if wanted.effect is None else wanted.effect.value,
        "before": wanted.before,
        "hidden_entities": [place for place, _ in wanted.hidden],
        "hidden_fingerprints": [fingerprint for _, fingerprint in wanted.hidden],
        "hidden_since": list(wanted.hidden.values()),
    }
    return [_listed(row) for row in await connection.execute(LISTED, parameters)]


async def events(connection: AsyncConnection, entry_id: int) -> list[ListEvent]:
    """Return what was done with an entry, in its order."""
    return [
        ListEvent(act=Act(row.act), by=row.name, reason=row.reason, happened_at=row.happened_at)
        for row in await connection.execute(EVENTS, {"entry_id": entry_id})
    ]


def _listed(row: Row[Any]) -> ListedEntry:
    entry = Entry(
        id=row.id,
        kind=kind_at(row.entity),
        shown=row.shown,
        effect=Listed(row.effect),
        state=EntryState(row.state),
        reason=row.reason,
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        approved_by=row.approved_by,
        lift_by=row.lift_by,
        lift_reason=row.lift_reason,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
    )
    return ListedEntry(
        entry=entry,
        print=(row.entity, row.fingerprint),
        made_by=row.made_name,
        approved_by=row.approved_name,
        lift_by=row.lift_name,
        ended_by=row.ended_name,
    )
