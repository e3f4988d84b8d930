"""Verdicts of analysts: recorded, undone within the undo period, settled, corrected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases, claims, verdicts
from app.database.cases.keeping import assignments
from app.database.cases.verdicts import PendingVerdict
from app.database.payments import outcomes
from app.database.server.session import transaction, when_committed
from app.observability.metrics import Metrics
from app.review.access.people import Ability, Account
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.case import (
    Case,
    CaseAlreadyJudged,
    CaseNotYours,
    ClaimEnd,
    Judgement,
    LeaseLost,
    NoteMissing,
    NothingToUndo,
    VerdictReplaced,
)
from app.review.keeping.assignment import AssignmentEnd
from app.review.keeping.hold import hold_of
from app.review.outcome import GroundTruth
from app.workflows.cases.judgements import (
    GIVEN_UP,
    ClaimedCase,
    VerdictInput,
    given_by,
    milliseconds_between,
    outcome_of,
    says_already,
    settles_at_of,
)  # fmt: skip
from app.workflows.cases.qa_sampling import QaSampling
from app.workflows.payments.set_aside import SetAside

# Settled in one go; more wait for the next one.
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Records verdicts: pending first, undoable for a while, then settled or corrected."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    new_token: Callable[[], UUID]
    lease_duration: timedelta
    #: For so long a judgement can be undone: nothing leaves the house before.
    grace: timedelta
    second_looks: QaSampling
    #: Cases, and transactions, that could not be settled: each is left alone for a while.
    unsettled: SetAside = field(default_factory=lambda: SetAside(done="settled"))
    overdue: SetAside = field(default_factory=lambda: SetAside(done="settled by its deadline"))
    metrics: Metrics = field(default_factory=Metrics)

    async def judge(self, account: Account, case_id: int, token: UUID, saying: VerdictInput) -> datetime:
        """Take a judgement, and return when it can be undone no longer.

        One that comes after its lease ran out is taken as if the case had been claimed again, where
        nobody holds it, it is kept for nobody else, and it is about the same decision still.

        Raises `CaseNotFound`, `CaseAlreadyJudged`, `LeaseLost`, `CaseNotYours`.
        """
        async with transaction(self.engine) as connection:
            now = self.clock()
            case = await cases.locked(connection, case_id)
            held = await self._held(connection, case, token, account, now)
            file = await cases.file(connection, case_id)
            settles_at = settles_at_of(file, now, self.grace)
            given = given_by(held, account, saying, now=now, settles_at=settles_at)
            await verdicts.give(connection, given)
            await cases.save(connection, held.case.given(account))
            settled = await self.settle(connection, [case_id], now) if settles_at <= now else []
        when_committed(self.engine, lambda: self.metrics.verdicts_settled(settled))
        return settles_at

    async def say_provisionally(
        self, account: Account, case_id: int, token: UUID, judgement: GroundTruth
    ) -> None:
        """Keep a first verdict, given without the machine's opinion; raises as `judge`."""
        async with transaction(self.engine) as connection:
            now = self.clock()
            case = await cases.locked(connection, case_id)
            held = await self._held(connection, case, token, account, now)
            if held.token != token:
                raise LeaseLost
            await verdicts.say_provisionally(
                connection,
                case_id,
                token=token,
                account_id=account.id,
                judgement=judgement,
                milliseconds_to_decide=milliseconds_between(held.since, now),
                now=now,
            )

    async def undo(self, account: Account, case_id: int, *, token: UUID | None = None) -> None:
        """Undo one's own verdict: the case is claimed again, the one that was current is reserved next.

        By the token of the claim it was given under, what was undone already stays so, whatever was said
        since. Raises `CaseNotFound` and `NothingToUndo`.
        """
        async with transaction(self.engine) as connection:
            await claims.one_claim_at_a_time(connection, account)
            now = self.clock()
            case = await cases.locked(connection, case_id)
            if token is not None and await self._is_undone(connection, account, case_id, token):
                return
            given = await verdicts.given_on(connection, case_id)
            if given is None or token not in {None, given.token}:
                raise NothingToUndo
            if given.account_id != account.id or given.settles_at <= now:
                raise NothingToUndo
            await self._make_room(connection, account, now)
            await self._reopen_for_author(connection, case, given, account, now)

    async def settle_due(self) -> int:
        """Make verdicts of the judgements that can be undone no longer; return how many."""
        async with transaction(self.engine) as connection:
            now = self.clock()
            due = await verdicts.lock_due(connection, now, but=self.unsettled.resting(), limit=AT_ONCE)
            settled: list[Judgement] = []

            async def settle(case_ids: Sequence[int]) -> None:
                settled.extend(await self.settle(connection, case_ids, now))

            done = await self.unsettled.each(connection, due, settle)
        self.metrics.verdicts_settled(settled)
        return len(done)

    async def settle(
        self, connection: AsyncConnection, case_ids: Sequence[int], now: datetime
    ) -> list[Judgement]:
        """Make verdicts of the judgements on these locked cases now, within somebody's transaction.

        Returns the judgements that came to count, to be counted when that transaction is committed.
        """
        settled = [await self._settle(connection, case_id, now) for case_id in case_ids]
        return [judgement for judgement in settled if judgement is not None]

    async def correct(
        self,
        account: Account,
        case_id: int,
        judgement: GroundTruth,
        *,
        reason: str,
        corrects_id: int | None = None,
    ) -> None:
        """Put another verdict in the place of the one that counts, for a reason; the old one stays on record.

        An outcome that was settled stays: what the client was told, it was told. The same correction
        sent twice is one. `corrects_id` is the verdict that was looked at.

        Raises `CaseNotFound`, `CaseNotYours`, `NothingToUndo` without a verdict, `NoteMissing` without a
        reason, `CardNumberWritten` with one in it, and `VerdictReplaced` when another verdict counts than the
        one looked at.
        """
        refuse_card_numbers([reason])
        if not reason.strip():
            raise NoteMissing
        if not account.may(Ability.JUDGE_ESCALATED):
            raise CaseNotYours
        async with transaction(self.engine) as connection:
            await cases.locked(connection, case_id)
            standing = await verdicts.standing(connection, case_id)
            if standing is None:
                raise NothingToUndo
            if says_already(standing, account, judgement, reason.strip()):
                return
            if corrects_id not in {None, standing.id}:
                raise VerdictReplaced
            await verdicts.correct(
                connection,
                standing.id,
                account_id=account.id,
                judgement=judgement,
                note=reason.strip(),
                now=self.clock(),
            )

    async def judged_today(self, account: Account) -> int:
        """Return how many cases this account judged in the last 24 hours."""
        async with transaction(self.engine) as connection:
            since = self.clock() - timedelta(hours=24)
            return await verdicts.judged_since(connection, account.id, since)

    async def undoable(self, account: Account) -> PendingVerdict | None:
        """Return the newest judgement this account can still undo; None: there is none."""
        async with transaction(self.engine) as connection:
            return await verdicts.newest_given(connection, account.id, self.clock())

    async def said(self, account: Account, case_id: int) -> Judgement | None:
        """Return what this account judged a case last, if that stands."""
        async with transaction(self.engine) as connection:
            return await verdicts.said_by(connection, case_id, account.id)

    async def was_audit(self, account: Account, case_id: int) -> bool:
        """Whether a case turned out to be a random audit: told only to who judged it, afterwards."""
        async with transaction(self.engine) as connection:
            return await verdicts.was_audit(connection, case_id, account.id)

    async def settle_deadlines(self) -> int:
        """Settle by fallback what nobody judged in time; return how many."""
        async with transaction(self.engine) as connection:
            now = self.clock()
            keys = await outcomes.overdue(connection, now, but=self.overdue.resting())

            async def settle(keys: Sequence[int]) -> None:
                await outcomes.settle_overdue(connection, keys, now)

            return len(await self.overdue.each(connection, keys, settle))

    async def _held(
        self, connection: AsyncConnection, case: Case, token: UUID, account: Account, now: datetime
    ) -> ClaimedCase:
        """Return a case this account holds, claimed anew where its time ran out and nothing has changed."""
        if case.is_over:
            raise CaseAlreadyJudged
        if case.lease is not None and case.lease.token == token and not case.is_free(now):
            case.leased_to(token, account, now)
            return ClaimedCase(case=case, token=token, since=case.shown_at or now)
        claimed = await claims.of_token(connection, token, account_id=account.id, case_id=case.id)
        if claimed is None or not case.is_free(now) or hold_of(case).is_kept_from(account.id, now):
            raise LeaseLost
        decision_id, since, ended = claimed
        if ended in GIVEN_UP or decision_id != case.decision_id:
            raise LeaseLost
        if case.lease is not None:
            await claims.end(connection, case.lease.token, ClaimEnd.EXPIRED, now=now)
        again = self.new_token()
        await claims.add(
            connection, case.id, account_id=account.id, token=again, decision_id=decision_id, now=now
        )
        await verdicts.keep_first(connection, token, again=again)
        return ClaimedCase(case=case, token=again, since=since)

    async def _is_undone(
        self, connection: AsyncConnection, account: Account, case_id: int, token: UUID
    ) -> bool:
        claimed = await claims.of_token(connection, token, account_id=account.id, case_id=case_id)
        return claimed is not None and claimed[2] is ClaimEnd.UNDONE

    async def _make_room(self, connection: AsyncConnection, account: Account, now: datetime) -> None:
        """Reserve the current case as the next one."""
        current = await claims.held_by(connection, account.id, now, is_reserved=False)
        await claims.free_reserved(connection, account.id, now)
        if current is not None:
            case = await cases.locked(connection, current)
            await cases.save(connection, replace(case, is_reserved=True, shown_at=None))

    async def _reopen_for_author(
        self, connection: AsyncConnection, case: Case, given: PendingVerdict, account: Account, now: datetime
    ) -> None:
        await verdicts.undo(connection, case.id)
        await claims.end(connection, given.token, ClaimEnd.UNDONE, now=now, by=account.id)
        token = self.new_token()
        await claims.add(
            connection,
            case.id,
            account_id=account.id,
            token=token,
            decision_id=given.decision_id,
            now=now,
        )
        await verdicts.keep_first(connection, given.token, again=token)
        back = case.undone(was_escalated=given.was_escalated)
        await cases.save(connection, back.leased(account, token, now, self.lease_duration))
        await verdicts.save_draft(
            connection,
            case.id,
            account_id=account.id,
            note=given.note or "",
            reason=given.reason,
            now=now,
        )

    async def _settle(self, connection: AsyncConnection, case_id: int, now: datetime) -> Judgement | None:
        """Append the verdict, end the locked case and settle the outcome, all or nothing."""
        given = await verdicts.given_on(connection, case_id)
        if given is None:
            return None
        file = await cases.file(connection, case_id)
        await verdicts.append(connection, case_id)
        await cases.save(connection, file.case.settled(given.judgement, now))
        await claims.end(connection, given.token, ClaimEnd.JUDGED, now=given.judged_at, by=given.account_id)
        if file.case.assigned_to is not None:
            await assignments.end(connection, case_id, AssignmentEnd.DECIDED, now=now)
        await verdicts.drop_drafts(connection, [case_id])
        settled = outcome_of(file, given)
        if settled is not None:
            await outcomes.settle(connection, file.case.transaction_key, *settled, now)
        await self.second_looks.after(connection, file, given, now)
        return given.judgement
