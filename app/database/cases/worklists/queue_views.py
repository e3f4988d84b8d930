"""Named views of the queue, kept for their owner or for all, and which one somebody's queue begins with."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, delete, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.review import DefaultViewRow, QueueViewRow
from app.review.queue.views import (
    MOST_VIEWS,
    QueueView,
    TooManyViews,
    ViewDocument,
    ViewNameTaken,
    ViewNotFound,
    read_document,
)
from app.review.text import name_key

_VIEW = """
SELECT v.id, v.account_id AS owner_id, owner.display_name AS owner, v.name, v.is_shared, v.document, v.version
FROM queue_views v JOIN accounts owner ON owner.id = v.account_id
"""
SEEN = text(f"""
{_VIEW} WHERE v.deleted_at IS NULL AND (v.is_shared OR v.account_id = :account_id)
ORDER BY v.is_shared, v.name_key, v.id
""")
ONE = text(f"{_VIEW} WHERE v.id = :view_id AND v.deleted_at IS NULL")
DEFAULT = text(f"""
{_VIEW} JOIN default_views chosen ON chosen.view_id = v.id
WHERE chosen.account_id = :account_id AND v.deleted_at IS NULL AND (v.is_shared OR v.account_id = :account_id)
""")
# Whoever keeps a view waits for their own other form: two would take one place.
LOCK = text("SELECT FROM accounts WHERE id = :account_id FOR NO KEY UPDATE")
FREE_PLACE = text("""
SELECT min(place) FROM generate_series(1, :most) place
WHERE NOT EXISTS (SELECT FROM queue_views v WHERE v.account_id = :account_id AND v.place = place.place)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChange:
    """Who changed a view last, and when."""

    who: str
    at: datetime
    is_deleted: bool
    owner_id: int
    is_shared: bool

    def was_seen_by(self, account_id: int) -> bool:
        """Whether the view is gone, and this account could open it until then."""
        return self.is_deleted and (self.is_shared or self.owner_id == account_id)


async def seen_by(connection: AsyncConnection, account_id: int) -> list[QueueView]:
    """Return somebody's own views and the shared ones, each by name."""
    return [_view(row) for row in (await connection.execute(SEEN, {"account_id": account_id})).mappings()]


async def one(connection: AsyncConnection, view_id: int) -> QueueView:
    """Return a view; raises `ViewNotFound`."""
    row = (await connection.execute(ONE, {"view_id": view_id})).mappings().one_or_none()
    if row is None:
        raise ViewNotFound
    return _view(row)


async def default_of(connection: AsyncConnection, account_id: int) -> QueueView | None:
    """Return the view somebody's queue begins with; None: with all open cases."""
    row = (await connection.execute(DEFAULT, {"account_id": account_id})).mappings().one_or_none()
    return None if row is None else _view(row)


async def own_named(connection: AsyncConnection, account_id: int, name: str) -> QueueView | None:
    """Return a view of this name that this account made, its own before a shared one; None: there is none."""
    wanted = text(f"""
        {_VIEW} WHERE v.account_id = :account_id AND v.name_key = :name_key AND v.deleted_at IS NULL
        ORDER BY v.is_shared LIMIT 1
    """)
    parameters = {"account_id": account_id, "name_key": name_key(name)}
    row = (await connection.execute(wanted, parameters)).mappings().one_or_none()
    return None if row is None else _view(row)


async def lock_owner(connection: AsyncConnection, account_id: int) -> None:
    """Let nobody else keep a view of this account's until this transaction ends."""
    await connection.execute(LOCK, {"account_id": account_id})


async def keep(
    connection: AsyncConnection,
    *,
    account_id: int,
    name: str,
    is_shared: bool,
    document: ViewDocument,
    now: datetime,
) -> int:
    """Write a new view and return its number; its owner is locked.

    Raises `TooManyViews` and `ViewNameTaken`.
    """
    place = await connection.scalar(FREE_PLACE, {"account_id": account_id, "most": MOST_VIEWS})
    if place is None:
        raise TooManyViews
    values = {
        "account_id": account_id, "name": name, "name_key": name_key(name), "is_shared": is_shared,
        "document": document.as_json(), "place": place, "changed_by": account_id, "changed_at": now,
    }  # fmt: skip
    try:
        async with connection.begin_nested():
            statement = insert(QueueViewRow).values(values).returning(QueueViewRow.id)
            return (await connection.execute(statement)).scalar_one()
    except IntegrityError as error:
        raise ViewNameTaken from error


async def change(connection: AsyncConnection, view: QueueView, *, by: int, now: datetime) -> bool:
    """Write a view over the version it has; False: that is no longer the one that stands.

    Raises `ViewNameTaken`.
    """
    statement = (
        update(QueueViewRow)
        .where(
            QueueViewRow.id == view.id,
            QueueViewRow.version == view.version,
            QueueViewRow.deleted_at.is_(None),
        )
        .values(
            name=view.name,
            name_key=name_key(view.name),
            is_shared=view.is_shared,
            document=view.document.as_json(),
            version=view.version + 1,
            changed_by=by,
            changed_at=now,
        )
        .returning(QueueViewRow.id)
    )
    try:
        async with connection.begin_nested():
            return (await connection.execute(statement)).scalar_one_or_none() is not None
    except IntegrityError as error:
        raise ViewNameTaken from error


async def drop(connection: AsyncConnection, view_id: int, *, version: int, by: int, now: datetime) -> bool:
    """Take a view of this version away, and from all whose queue begins with it; False: it is another one."""
    statement = (
        update(QueueViewRow)
        .where(QueueViewRow.id == view_id, QueueViewRow.version == version, QueueViewRow.deleted_at.is_(None))
        .values(place=None, deleted_at=now, changed_by=by, changed_at=now, version=version + 1)
        .returning(QueueViewRow.id)
    )
    if (await connection.execute(statement)).scalar_one_or_none() is None:
        return False
    await connection.execute(delete(DefaultViewRow).where(DefaultViewRow.view_id == view_id))
    return True


async def last_change(connection: AsyncConnection, view_id: int) -> LastChange | None:
    """Return who changed a view last, also one that is deleted; None: there never was one."""
    wanted = text("""
        SELECT accounts.display_name AS who, v.changed_at AS at, v.deleted_at IS NOT NULL AS is_deleted,
            v.account_id AS owner_id, v.is_shared
        FROM queue_views v JOIN accounts ON accounts.id = v.changed_by WHERE v.id = :view_id
    """)
    row = (await connection.execute(wanted, {"view_id": view_id})).mappings().one_or_none()
    return None if row is None else LastChange(**row)


async def begin_with(connection: AsyncConnection, account_id: int, view_id: int | None) -> None:
    """Let somebody's queue begin with a view from now on; None: with all open cases."""
    if view_id is None:
        await connection.execute(delete(DefaultViewRow).where(DefaultViewRow.account_id == account_id))
        return
    statement = upsert(DefaultViewRow).values(account_id=account_id, view_id=view_id)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["account_id"], set_={"view_id": view_id})
    )


def _view(row: RowMapping) -> QueueView:
    return QueueView(**{**row, "document": read_document(row["document"])})
