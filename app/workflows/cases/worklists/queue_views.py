"""Named views of the queue: kept, changed, shared and deleted; each form counts once (decision 18)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases.worklists import queue_views
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.queue.views import (
    QueueView,
    ViewChanged,
    ViewDocument,
    ViewNotFound,
    ViewNotYours,
    view_name,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenViews:
    """The views somebody can open, and the one their queue begins with."""

    own: tuple[QueueView, ...]
    shared: tuple[QueueView, ...]
    default_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueViews:
    """Keeps views of the queue, and opens them."""

    engine: AsyncEngine
    clock: Callable[[], datetime]

    async def seen_by(self, account: Account) -> SeenViews:
        """Return what somebody can open."""
        async with transaction(self.engine) as connection:
            found = await queue_views.seen_by(connection, account.id)
            default = await queue_views.default_of(connection, account.id)
        return SeenViews(
            own=tuple(view for view in found if not view.is_shared),
            shared=tuple(view for view in found if view.is_shared),
            default_id=None if default is None else default.id,
        )

    async def opened(self, account: Account, view_id: int) -> QueueView:
        """Return a view somebody may see; raises `ViewNotFound`."""
        async with transaction(self.engine) as connection:
            return await self._seen(connection, account, view_id)

    async def default_of(self, account: Account) -> QueueView | None:
        """Return the view somebody's queue begins with; None: with all open cases."""
        async with transaction(self.engine) as connection:
            return await queue_views.default_of(connection, account.id)

    async def keep(self, account: Account, name: str, document: ViewDocument, *, is_shared: bool) -> int:
        """Keep a new view and return its number; the same one sent again is the one that was kept.

        Raises `ViewNameImpossible`, `ViewNameTaken`, `TooManyViews` and `CardNumberWritten`.
        """
        name = _checked(name, document)
        async with transaction(self.engine) as connection:
            await queue_views.lock_owner(connection, account.id)
            now = self.clock()
            kept = await queue_views.own_named(connection, account.id, name)
            if kept is not None and (kept.document, kept.is_shared) == (document, is_shared):
                return kept.id
            return await queue_views.keep(
                connection,
                account_id=account.id,
                name=name,
                is_shared=is_shared,
                document=document,
                now=now,
            )

    async def change(
        self,
        account: Account,
        view_id: int,
        *,
        version: int,
        name: str | None = None,
        document: ViewDocument | None = None,
        is_shared: bool | None = None,
    ) -> None:
        """Change what is given of a view, as it was seen (`version`); a change sent again changes nothing.

        Raises `ViewNotFound`, `ViewNotYours`, `ViewChanged` with who did what, `ViewNameImpossible`,
        `ViewNameTaken` and `CardNumberWritten`.
        """
        async with transaction(self.engine) as connection:
            now = self.clock()
            stands = await self._changeable(connection, account, view_id)
            wanted = replace(
                stands,
                name=stands.name if name is None else name,
                document=document or stands.document,
                is_shared=stands.is_shared if is_shared is None else is_shared,
            )
            wanted = replace(wanted, name=_checked(wanted.name, wanted.document))
            if wanted == stands:
                return
            is_mine = wanted.is_shared or stands.owner_id == account.id
            if not is_mine:
                # A manager who made a colleague's view that colleague's own could not see it any more.
                raise ViewNotYours
            if not await queue_views.change(
                connection, replace(wanted, version=version), by=account.id, now=now
            ):
                raise await self._changed(connection, view_id)

    async def delete(self, account: Account, view_id: int, *, version: int) -> None:
        """Delete a view as it was seen; one that is deleted stays so.

        Raises `ViewNotFound`, `ViewNotYours` and `ViewChanged`.
        """
        async with transaction(self.engine) as connection:
            now = self.clock()
            last = await queue_views.last_change(connection, view_id)
            if last is not None and last.was_seen_by(account.id):
                return
            await self._changeable(connection, account, view_id)
            if not await queue_views.drop(connection, view_id, version=version, by=account.id, now=now):
                raise await self._changed(connection, view_id)

    async def begin_with(self, account: Account, view_id: int | None) -> None:
        """Let somebody's queue begin with a view; None: with all open cases. Raises `ViewNotFound`."""
        async with transaction(self.engine) as connection:
            if view_id is not None:
                await self._seen(connection, account, view_id)
            await queue_views.begin_with(connection, account.id, view_id)

    async def _seen(self, connection: AsyncConnection, account: Account, view_id: int) -> QueueView:
        view = await queue_views.one(connection, view_id)
        if not view.may_be_seen(account):
            raise ViewNotFound
        return view

    async def _changeable(self, connection: AsyncConnection, account: Account, view_id: int) -> QueueView:
        try:
            view = await self._seen(connection, account, view_id)
        except ViewNotFound:
            last = await queue_views.last_change(connection, view_id)
            if last is None or not last.was_seen_by(account.id):
                raise
            raise await self._changed(connection, view_id) from None
        if not view.may_be_changed(account):
            raise ViewNotYours
        return view

    async def _changed(self, connection: AsyncConnection, view_id: int) -> ViewChanged:
        last = await queue_views.last_change(connection, view_id)
        if last is None:
            raise ViewNotFound
        return ViewChanged(who=last.who, at=last.at, is_deleted=last.is_deleted)


def _checked(name: str, document: ViewDocument) -> str:
    refuse_card_numbers([name, *document.filters.values()])
    return view_name(name)
