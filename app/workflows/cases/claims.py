"""Claims of analysts on cases: the current one, the reserved next one, and how they are released."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.access import accounts
from app.database.cases import cases, claims, timeline, verdicts
from app.database.cases.cases import CaseFile, QueueState
from app.database.cases.claims import Reassignment
from app.database.cases.keeping import assignments
from app.database.cases.keeping.claim_statements import TAKE
from app.database.server.session import transaction
from app.observability.metrics import Metrics
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.case import (
    Case,
    CaseAlreadyJudged,
    CaseKept,
    CaseNotFound,
    CaseNotYours,
    ClaimEnd,
    ColleagueUnknown,
    FirstVerdict,
    Lease,
    LeaseLost,
    VerdictReason,
    may_judge,
)
from app.review.discussion.messages import MessageKind
from app.review.keeping.assignment import AssignmentEnd, unassigned
from app.workflows.cases.discussion.hiding import hides_note, hides_words, is_blind
from app.workflows.cases.discussion.messages import tell
from app.workflows.cases.keeping.sources import OFFER_LASTS, sources_of

# The length of the field on the page; the note to a colleague is recorded in full with the reassignment.
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Claims, renews, reserves, skips and reassigns cases until they are decided."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    new_token: Callable[[], UUID]
    lease_duration: timedelta
    metrics: Metrics = field(default_factory=Metrics)

    async def current_or_next(self, account: Account, *, lease: timedelta | None = None) -> CaseFile | None:
        """Return the case before this account's eyes, else the one it has ready, else the most urgent one.

        What was assigned to it meanwhile comes before a case that it has ready; that stays ready. Whoever may
        judge escalated cases gets those first: a colleague is waiting for them. None: there is nothing this
        account could have.
        """
        async with transaction(self.engine) as connection:
            await claims.one_claim_at_a_time(connection, account)
            now = self.clock()
            expires_at = now + (lease or self.lease_duration)
            case_id = await claims.held_by(connection, account.id, now, is_reserved=False)
            if case_id is None:
                case_id = await claims.open_reserved(connection, account, now=now, expires_at=expires_at)
            if case_id is None:
                case_id = await self._claimed(
                    connection, account, now=now, expires_at=expires_at, is_reserved=False
                )
            return None if case_id is None else await cases.file(connection, case_id)

    async def take(self, account: Account, case_id: int, *, lease: timedelta | None = None) -> CaseFile:
        """Return the case this account asks for by name; the one it looked at goes back, with its note.

        A case it holds already is returned as it is. Raises `AccountChanged`, `CaseNotFound`,
        `CaseAlreadyJudged`, `CaseNotYours` for what only seniors decide, and `CaseKept`.
        """
        async with transaction(self.engine) as connection:
            await claims.one_claim_at_a_time(connection, account)
            now = self.clock()
            held_id = await claims.held_by(connection, account.id, now, is_reserved=False)
            if held_id == case_id:
                return await cases.file(connection, case_id)
            if not await timeline.may_be_read(connection, case_id, reader_id=reader_of(account)):
                raise CaseNotFound
            case = (await cases.file(connection, case_id)).case
            if case.is_over:
                raise CaseAlreadyJudged
            if not may_judge(account, case.state):
                raise CaseNotYours
            taken = await claims.claim(
                connection,
                TAKE[case.state],
                account_id=account.id,
                token=self.new_token(),
                now=now,
                expires_at=now + (lease or self.lease_duration),
                is_reserved=False,
                case_id=case_id,
            )
            if taken is None:
                raise CaseKept
            self.metrics.leases_expired.inc(taken.ran_out)
            if held_id is not None:
                await self._back_to_the_queue(connection, account, held_id, now)
            return await cases.file(connection, case_id)

    async def _back_to_the_queue(
        self, connection: AsyncConnection, account: Account, case_id: int, now: datetime
    ) -> None:
        case = await cases.locked(connection, case_id)
        if case.lease is None:
            raise LeaseLost
        token = case.lease.token
        await cases.save(connection, case.released(token, account, now))
        await claims.end(connection, token, ClaimEnd.RELEASED, now=now, by=account.id)

    async def have_next_ready(self, account: Account) -> CaseFile | None:
        """Reserve the case this account would get next, and return it; None when there is none.

        At most one, and only for somebody who looks at another.
        """
        async with transaction(self.engine) as connection:
            await claims.one_claim_at_a_time(connection, account)
            now = self.clock()
            if await claims.held_by(connection, account.id, now, is_reserved=False) is None:
                return None
            case_id = await claims.held_by(connection, account.id, now, is_reserved=True)
            if case_id is None:
                case_id = await self._claimed(
                    connection, account, now=now, expires_at=now + self.lease_duration, is_reserved=True
                )
            return None if case_id is None else await cases.file(connection, case_id)

    async def heartbeat(self, account: Account, case_id: int, token: UUID) -> Lease:
        """Run the lease anew, and that of the next case; return it.

        Raises `CaseNotFound`, `CaseAlreadyJudged`, `LeaseLost`.
        """
        async with transaction(self.engine) as connection:
            case = await cases.locked(connection, case_id)
            now = self.clock()
            renewed = case.renewed(token, account, now, self.lease_duration)
            await cases.save(connection, renewed)
            lease = renewed.leased_to(token, account, now)
            await claims.renew_reserved(connection, account.id, now=now, expires_at=lease.expires_at)
            return lease

    async def save_draft(
        self, account: Account, case_id: int, token: UUID, *, note: str, reason: VerdictReason | None
    ) -> None:
        """Keep what is written so far, for whoever judges the case.

        A colleague's note that is kept back gives way to one of this account's, not to an empty one.
        Raises as `heartbeat`, and `CardNumberWritten`.
        """
        refuse_card_numbers([note])
        async with transaction(self.engine) as connection:
            now = self.clock()
            (await cases.locked(connection, case_id)).leased_to(token, account, now)
            is_empty = not note.strip() and reason is None
            if is_empty and await hides_note(connection, account, await cases.file(connection, case_id)):
                return
            await verdicts.save_draft(
                connection, case_id, account_id=account.id, note=note, reason=reason, now=now
            )

    async def first_verdict(self, account: Account, case_id: int, token: UUID) -> FirstVerdict:
        """Whether a case is judged blind, and its holder has said a first word; raises `CaseNotFound`."""
        async with transaction(self.engine) as connection:
            file = await cases.file(connection, case_id)
        if not self.is_blind(file):
            return FirstVerdict.NOT_NEEDED
        lease = file.case.lease
        is_held = lease is not None and lease.token == token and lease.holder_id == account.id
        return FirstVerdict.AWAITED if is_held and file.provisional is None else FirstVerdict.SAID

    async def reassignment_of(self, account: Account, file: CaseFile) -> Reassignment | None:
        """Return which colleague handed a case over last, with what words; None: nobody, or oneself."""
        async with transaction(self.engine) as connection:
            handed = await claims.last_reassignment(connection, file.case.id)
            if handed is None or handed.by_id == account.id:
                return None
            keeps_words = handed.words and await hides_words(connection, account, file)
        return replace(handed, words=None) if keeps_words else handed

    async def readable(self, account: Account, file: CaseFile) -> CaseFile:
        """Return a case that this account holds without a colleague's note where that is kept back."""
        async with transaction(self.engine) as connection:
            keeps_note = await hides_note(connection, account, file)
        return replace(file, note="", note_reason=None) if keeps_note else file

    async def end_of(self, account: Account, case_id: int, token: UUID) -> ClaimEnd | None:
        """Return how this account's hold on a case ended; None: it goes on, or never was."""
        async with transaction(self.engine) as connection:
            claimed = await claims.of_token(connection, token, account_id=account.id, case_id=case_id)
        return None if claimed is None else claimed[2]

    async def release(
        self, account: Account, case_id: int, token: UUID, *, reason: str | None = None
    ) -> None:
        """Give a case back to the queue, or skip it for a reason; raises as `heartbeat`.

        What was assigned to this account and is skipped for a reason is assigned no more.
        """
        async with transaction(self.engine) as connection:
            now = self.clock()
            case = await cases.locked(connection, case_id)
            released = case.released(token, account, now)
            if reason is not None:
                released = await self._given_back(connection, released, account, now, reason)
            await cases.save(connection, released)
            how = ClaimEnd.RELEASED if reason is None else ClaimEnd.SKIPPED
            await claims.end(connection, token, how, now=now, by=account.id, reason=reason)

    async def reassign(
        self, account: Account, case_id: int, token: UUID, *, to: str, reason: str | None
    ) -> None:
        """Offer a case to a colleague, who gets it next; after a while everybody may have it.

        Offered to whom it must not come, because it looks at what they judged, it waits that while: a refusal
        would tell. An assignment to this account ends.

        Raises as `heartbeat`, `ColleagueUnknown` and `CardNumberWritten`.
        """
        refuse_card_numbers([reason])
        async with transaction(self.engine) as connection:
            now = self.clock()
            case = await cases.locked(connection, case_id)
            colleague = await accounts.active_by_name(connection, to)
            if colleague is None or colleague.id == account.id or not may_judge(colleague, case.state):
                raise ColleagueUnknown
            handed = case.reassigned(token, account, now, to=colleague.id, until=now + OFFER_LASTS)
            handed = await self._given_back(connection, handed, account, now, reason)
            await cases.save(connection, handed)
            await claims.end(connection, token, ClaimEnd.HANDED_OVER, now=now, by=account.id, reason=reason)
            await tell(
                connection, [colleague.id], MessageKind.ASSIGNED,
                case_id=case_id, by=account.id, now=now, words=reason or "",
            )  # fmt: skip

    async def _given_back(
        self, connection: AsyncConnection, case: Case, account: Account, now: datetime, reason: str | None
    ) -> Case:
        """Return a locked case as nobody's any more, where it was assigned."""
        if case.assigned_to is None:
            return case
        how = AssignmentEnd.GIVEN_BACK
        await assignments.end(connection, case.id, how, now=now, by=account.id, reason=reason)
        return unassigned(case)

    async def queue(self, account: Account | None) -> QueueState:
        """Return how much waits, and since when, as far as this account may hear of it; None: all."""
        async with transaction(self.engine) as connection:
            return await cases.queue_state(
                connection, self.clock(), account_id=account.id if account is not None else None
            )

    def is_blind(self, file: CaseFile) -> bool:
        """Whether the machine keeps its opinion on this case to itself until a first verdict."""
        return is_blind(file)

    async def _claimed(
        self,
        connection: AsyncConnection,
        account: Account,
        *,
        now: datetime,
        expires_at: datetime,
        is_reserved: bool,
    ) -> int | None:
        for statement in sources_of(account, is_reserved=is_reserved):
            claimed = await claims.claim(
                connection,
                statement,
                account_id=account.id,
                token=self.new_token(),
                now=now,
                expires_at=expires_at,
                is_reserved=is_reserved,
            )
            if claimed is not None:
                self.metrics.leases_expired.inc(claimed.ran_out)
                return claimed.case_id
        return None
