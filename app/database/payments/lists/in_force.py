"""What changed on the lists since a version, in one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.lists.entry import EntryState
from app.review.lists.in_force import InForce, Print
from app.triage.labels import Listed

#: Before the first version: nothing is held yet.
NOTHING_HELD = -1
# One statement, hence one snapshot: the version, and all that was changed up to it.
CHANGED = text(f"""
SELECT v.version, e.id, e.entity, e.fingerprint, e.effect, e.state, e.expires_at
FROM list_version v LEFT JOIN list_entries e
    ON e.changed_in > CAST(:held AS bigint) AND e.changed_in <= v.version
        AND (e.state = 'live' OR CAST(:held AS bigint) > {NOTHING_HELD})
ORDER BY e.id
""")
VERSION = text("SELECT version FROM list_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanges:
    """Up to a version: who is listed since, and who is not any more (None)."""

    version: int
    entries: Mapping[Print, InForce | None]


async def changes_since(connection: AsyncConnection, held: int) -> ListChanges:
    """Return what changed since a version; since `NOTHING_HELD`, all that is in force."""
    rows = (await connection.execute(CHANGED, {"held": held})).all()
    return ListChanges(
        version=rows[0].version,
        entries={
            (row.entity, row.fingerprint): InForce(
                entry_id=row.id, effect=Listed(row.effect), expires_at=row.expires_at
            )
            if row.state == EntryState.LIVE.value
            else None
            for row in rows
            if row.id is not None
        },
    )


async def version(connection: AsyncConnection) -> int:
    """Return the version of the lists as committed now."""
    found: int = (await connection.execute(VERSION)).scalar_one()
    return found
