"""How people want the pages to be, as they last said."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.people import AccountRow, HotkeyRow, PreferencesRow
from app.review.access.hotkeys import USUAL, Hotkeys, Move
from app.review.access.languages import Language
from app.review.access.preferences import Preferences

#: Beside an account: what it has chosen, null where it has chosen nothing.
COLUMNS: tuple[ColumnElement[Any], ...] = (
    PreferencesRow.language.label("language"),
    PreferencesRow.zone.label("zone"),
    PreferencesRow.are_keys_on.label("are_keys_on"),
    select(func.json_object_agg(HotkeyRow.move, func.coalesce(HotkeyRow.key, "")))
    .where(HotkeyRow.account_id == AccountRow.id)
    .scalar_subquery()
    .label("keys"),
)


def preferences_of(row: Row[Any]) -> Preferences:
    """Return what an account has chosen, out of `COLUMNS`."""
    keys = USUAL if row.keys is None else {move: row.keys[move.value] for move in Move}
    return Preferences(
        language=None if row.language is None else Language(row.language),
        zone=row.zone,
        hotkeys=Hotkeys(keys=keys, are_on=row.are_keys_on is not False),
    )


async def keep(connection: AsyncConnection, account_id: int, chosen: Preferences, *, now: datetime) -> None:
    """Let this be what a person has chosen last; who keeps at the same moment waits for the row."""
    values = {
        "language": chosen.language,
        "zone": chosen.zone,
        "are_keys_on": chosen.hotkeys.are_on,
        "changed_at": now,
    }
    await connection.execute(
        insert_or_update(PreferencesRow)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(index_elements=[PreferencesRow.account_id], set_=values)
    )
    await connection.execute(delete(HotkeyRow).where(HotkeyRow.account_id == account_id))
    await connection.execute(
        insert(HotkeyRow),
        [
            {"account_id": account_id, "move": move, "key": key or None}
            for move, key in chosen.hotkeys.keys.items()
        ],
    )
