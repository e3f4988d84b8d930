"""Assigning cases: a senior colleague says whose a case is, and whose it is no more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.access import accounts
from app.database.cases import cases, claims, timeline
from app.database.cases.cases import CaseFile
from app.database.cases.keeping import assignments
from app.database.server.session import transaction
from app.review.access.administration import checked_reason
from app.review.access.people import Ability, Account
from app.review.blindness import reader_of
from app.review.case import Case, CaseNotFound, CaseNotYours, ClaimEnd, ColleagueUnknown
from app.review.discussion.messages import MessageKind
from app.review.keeping.assignment import (
    Assignment,
    AssignmentChanged,
    AssignmentEnd,
    NotAssigned,
    assigned,
    unassigned,
    unexplained,
)
from app.workflows.cases.discussion.hiding import hides_words
from app.workflows.cases.discussion.messages import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigning:
    """Gives cases to one person, who is told of it, and takes them from them again."""

    engine: AsyncEngine
    clock: Callable[[], datetime]

    async def of(self, account: Account, file: CaseFile) -> Assignment | None:
        """Return whose a case is, by whom and why; None: nobody's, for which nothing is read."""
        if file.case.assigned_to is None:
            return None
        async with transaction(self.engine) as connection:
            running = await assignments.running(connection, file.case.id)
            keeps_words = running is not None and await hides_words(connection, account, file)
        return unexplained(running, account) if running is not None and keeps_words else running

    async def assign(
        self, account: Account, case_id: int, *, to: str, reason: str, seen: int | None = None
    ) -> None:
        """Let a case be somebody's from now on: it comes to them before all else, and to nobody else.

        `to` is a login name, `seen` the assignment that was looked at, None where there was none. The same
        assignment sent twice is one. Somebody to whom the case must not come, because it looks at what they
        judged, is not refused: that would tell. It is kept as long as any other, and then it is for all.

        Raises `CaseNotFound`, `CaseNotYours`, `CaseAlreadyJudged`, `CaseLookedAt`, `ColleagueUnknown`,
        `AssignmentChanged`, `WhyMissing` and `CardNumberWritten`.
        """
        reason = checked_reason(reason)
        async with transaction(self.engine) as connection:
            colleague = await accounts.staying_by_name(connection, to)
            case, now = await self._locked(connection, account, case_id), self.clock()
            if colleague is None or await assignments.has_declined(connection, case_id, colleague.id):
                raise ColleagueUnknown
            running = await assignments.running(connection, case_id)
            if running is not None and _says_already(running, account, colleague, reason):
                return
            kept = assigned(case, to=colleague, by=account, now=now)
            _refuse_unseen(running, seen)
            await _end_lease(connection, case, kept, account, now)
            await cases.save(connection, kept)
            await self._end(connection, kept, AssignmentEnd.REASSIGNED, account, now, reason)
            await assignments.add(
                connection, case_id, assignee_id=colleague.id, by_id=account.id, reason=reason, now=now
            )
            await tell(
                connection, [colleague.id], MessageKind.ASSIGNED,
                case_id=case_id, by=account.id, now=now, words=reason,
            )  # fmt: skip

    async def lift(self, account: Account, case_id: int, *, reason: str, seen: int) -> None:
        """Let a case be nobody's again: it is for all; raises as `assign`. Lifted twice is lifted."""
        reason = checked_reason(reason)
        async with transaction(self.engine) as connection:
            case, now = await self._locked(connection, account, case_id), self.clock()
            running = await assignments.running(connection, case_id)
            if running is None:
                return
            _refuse_unseen(running, seen)
            await cases.save(connection, unassigned(case))
            await self._end(connection, case, AssignmentEnd.LIFTED, account, now, reason)

    async def give_back(self, account: Account, case_id: int, *, reason: str) -> None:
        """Let a case that is assigned to this account be nobody's again, also while they look at it.

        Given back twice is given back.
        Raises `CaseNotFound`, `NotAssigned`, `WhyMissing` and `CardNumberWritten`.
        """
        reason = checked_reason(reason)
        async with transaction(self.engine) as connection:
            if not await timeline.may_be_read(connection, case_id, reader_id=reader_of(account)):
                raise CaseNotFound
            case, now = await cases.locked(connection, case_id), self.clock()
            if case.assigned_to != account.id and await assignments.gave_back(
                connection, case_id, account.id
            ):
                return
            if case.assigned_to != account.id or case.is_over:
                raise NotAssigned
            await cases.save(connection, unassigned(case))
            await self._end(connection, case, AssignmentEnd.GIVEN_BACK, account, now, reason)

    async def _locked(self, connection: AsyncConnection, account: Account, case_id: int) -> Case:
        if not account.may(Ability.ASSIGN_CASES):
            raise CaseNotYours
        if not await timeline.may_be_read(connection, case_id, reader_id=reader_of(account)):
            raise CaseNotFound
        return await cases.locked(connection, case_id)

    async def _end(
        self,
        connection: AsyncConnection,
        case: Case,
        how: AssignmentEnd,
        account: Account,
        now: datetime,
        reason: str,
    ) -> None:
        """End the assignment that runs."""
        await assignments.end(connection, case.id, how, now=now, by=account.id, reason=reason)


def _says_already(running: Assignment, account: Account, colleague: Account, reason: str) -> bool:
    return (running.by_id, running.assignee_id, running.reason) == (account.id, colleague.id, reason)


def _refuse_unseen(running: Assignment | None, seen: int | None) -> None:
    if seen != (running.id if running is not None else None):
        raise AssignmentChanged


async def _end_lease(
    connection: AsyncConnection, before: Case, after: Case, account: Account, now: datetime
) -> None:
    """Write how the hold ended that an assignment ends."""
    if before.lease is None or after.lease is not None:
        return
    how = ClaimEnd.UNOPENED if before.is_reserved else ClaimEnd.EXPIRED
    if before.lease.holder_id == account.id and not before.is_free(now):
        how = ClaimEnd.RELEASED
    await claims.end(connection, before.lease.token, how, now=now, by=account.id)
