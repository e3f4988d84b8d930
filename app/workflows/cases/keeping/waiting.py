"""Waiting for the customer: whoever holds a case lets it wait until a moment; it is back by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases import cases, claims, timeline
from app.database.cases.keeping import waits
from app.database.server.session import transaction
from app.review.access.administration import checked_reason
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.case import CaseNotFound, CaseNotYours, ClaimEnd, may_judge
from app.review.discussion.messages import MessageKind
from app.review.keeping.hold import hold_of
from app.review.keeping.waiting import WaitEnd, brought_back, waiting
from app.workflows.cases.discussion.messages import tell
from app.workflows.cases.keeping.sources import OFFER_LASTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Takes cases out of the queue until a moment, and brings them back before it.

    Nothing brings a case back at its moment: from then on a claim finds it, on whichever replica. Whoever let
    it wait is told of either return.
    """

    engine: AsyncEngine
    clock: Callable[[], datetime]

    async def wait(
        self, account: Account, case_id: int, token: UUID, *, until: datetime, reason: str
    ) -> None:
        """Let a case this account holds wait: it comes back at that moment, to them first.

        Raises as `Claims.heartbeat`, `WaitImpossible`, `WhyMissing` and `CardNumberWritten`.
        """
        reason = checked_reason(reason)
        async with transaction(self.engine) as connection:
            now = self.clock()
            case = await cases.locked(connection, case_id)
            waits_now = waiting(case, token, account, now, until=until, asked_first=OFFER_LASTS)
            await cases.save(connection, waits_now)
            await claims.end(connection, token, ClaimEnd.WAITS, now=now, by=account.id, reason=reason)
            await waits.add(connection, case_id, account_id=account.id, reason=reason, now=now, until=until)

    async def bring_back(self, account: Account, case_id: int) -> None:
        """Let a case wait no more: the customer answered. Whoever may judge it may do so, twice as once.

        Raises `CaseNotFound`, `CaseNotYours`, `CaseAlreadyJudged` and `NotWaiting`.
        """
        async with transaction(self.engine) as connection:
            if not await timeline.may_be_read(connection, case_id, reader_id=reader_of(account)):
                raise CaseNotFound
            now = self.clock()
            case = await cases.locked(connection, case_id)
            if not case.is_over and not may_judge(account, case.state):
                raise CaseNotYours
            if not hold_of(case).waits(now) and await waits.brought_back(connection, case_id, account.id):
                return
            back = brought_back(case, account, now, asked_first=OFFER_LASTS)
            await cases.save(connection, back)
            author = await waits.end(connection, case_id, WaitEnd.BROUGHT_BACK, now=now, by=account.id)
            if author is not None:
                await tell(
                    connection, [author], MessageKind.RETURNED, case_id=case_id, by=account.id, now=now
                )
