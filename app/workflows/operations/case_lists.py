"""What supervisors do: list the cases behind each number, and release a case that somebody holds."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases import claims, force_release
from app.database.operations import case_lists
from app.database.operations.case_lists import CaseQuery, ListedCase, ListPosition
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.case import ClaimEnd
from app.review.queue.service_level import ServiceLevels

#: Rows of a file read at once.
AT_ONCE = 2000


class HoldChanged(Exception):
    """Nobody holds this case any more, or it is another hold than the one you looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    """A case somebody holds, and the mark of just this hold."""

    case_id: int
    holder: str
    expires_at: datetime
    is_reserved: bool
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLists:
    """What supervisors do, over one database."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    levels: ServiceLevels

    async def cases(
        self, account: Account, wanted: CaseQuery, *, limit: int, after: ListPosition | None = None
    ) -> Sequence[ListedCase]:
        """Return the next cases of a list, as this account may hear of them."""
        async with transaction(self.engine) as connection:
            return await case_lists.listed(
                connection,
                wanted,
                self.levels,
                self.clock(),
                reader_id=reader_of(account),
                limit=limit,
                after=after,
            )

    async def all_cases(self, account: Account, wanted: CaseQuery) -> AsyncIterator[Sequence[ListedCase]]:
        """Return the whole list, a piece at a time, so that no connection waits for a slow reader."""
        after = None
        while True:
            found = await self.cases(account, wanted, limit=AT_ONCE, after=after)
            yield found
            if len(found) < AT_ONCE:
                return
            after = found[-1].place

    async def held(self, account: Account, case_id: int) -> HeldCase:
        """Return who holds a case; raises `CaseNotFound`, and `HoldChanged` when nobody does."""
        async with transaction(self.engine) as connection:
            hold = await force_release.locked_hold(connection, case_id, reader_id=reader_of(account))
        return _held(case_id, hold, self.clock())

    async def force_release(self, account: Account, case_id: int, mark: str, reason: str) -> HeldCase:
        """Free a case of the hold that was looked at, and no other; return whose it was.

        Raises `CaseNotFound`, `HoldChanged` and `CardNumberWritten`.
        """
        refuse_card_numbers([reason])
        async with transaction(self.engine) as connection:
            hold = await force_release.locked_hold(connection, case_id, reader_id=reader_of(account))
            now = self.clock()
            held = _held(case_id, hold, now)
            if held.mark != mark or hold.token is None:
                raise HoldChanged
            await force_release.free(connection, case_id)
            await claims.end(
                connection, hold.token, ClaimEnd.TAKEN_BACK, now=now, by=account.id, reason=reason
            )
            return held


def hold_mark(token: UUID) -> str:
    """Return a digest that identifies a claim without revealing its token."""
    return sha256(token.bytes).hexdigest()[:16]


def _held(case_id: int, hold: force_release.LockedClaim, now: datetime) -> HeldCase:
    if hold.token is None or hold.holder is None or hold.expires_at is None or hold.expires_at <= now:
        raise HoldChanged
    return HeldCase(
        case_id=case_id,
        holder=hold.holder,
        expires_at=hold.expires_at,
        is_reserved=hold.is_reserved,
        mark=hold_mark(hold.token),
    )
