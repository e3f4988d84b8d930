"""An analyst at work: claim the next case, keep it, give it back, judge it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import cases, outcomes
from app.database.cases import CaseFile, QueueState
from app.database.session import transaction
from app.review.case import Case, CaseKind, Judgement, Lease
from app.review.outcome import GroundTruth, OutcomeSource
from app.review.people import Ability, Account
from app.review.reason_codes import is_revealed_audit
from app.triage.policy import Fallback

FALLBACK_OUTCOME = {Fallback.APPROVE: GroundTruth.LEGIT, Fallback.DECLINE: GroundTruth.FRAUD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Casework:
    """What the desk does, over one database."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    new_token: Callable[[], UUID]
    lease_duration: timedelta

    async def current_or_next(self, account: Account) -> CaseFile | None:
        """Return the case this account holds, else lease it the most urgent free one, else None.

        Whoever may judge escalated cases gets those first: a colleague is waiting for them.
        """
        async with transaction(self.engine) as connection:
            await cases.one_claim_at_a_time(connection, account.id)
            now = self.clock()
            held = await cases.held_by(connection, account.id, now)
            if held is not None:
                return held
            sources = (True, False) if account.may(Ability.JUDGE_ESCALATED) else (False,)
            for escalated in sources:
                case_id = await cases.claim_next(
                    connection,
                    account_id=account.id,
                    token=self.new_token(),
                    now=now,
                    expires_at=now + self.lease_duration,
                    escalated=escalated,
                )
                if case_id is not None:
                    return await cases.file(connection, case_id)
            return None

    async def heartbeat(self, account: Account, case_id: int, token: UUID) -> Lease:
        """Run the lease anew and return it; raises `CaseNotFound`, `CaseAlreadyJudged`, `LeaseLost`."""
        async with transaction(self.engine) as connection:
            case = await cases.locked(connection, case_id)
            renewed = case.renewed(token, account, self.clock(), self.lease_duration)
            await cases.save(connection, renewed)
            return renewed.leased_to(token, account, self.clock())

    async def release(self, account: Account, case_id: int, token: UUID) -> None:
        """Give a case back to the queue; raises as `heartbeat`."""
        async with transaction(self.engine) as connection:
            case = await cases.locked(connection, case_id)
            await cases.save(connection, case.released(token, account, self.clock()))

    async def judge(
        self, account: Account, case_id: int, token: UUID, judgement: Judgement, note: str | None
    ) -> None:
        """Append a verdict, end the case and settle the outcome, all or nothing.

        Raises as `heartbeat`, and `CaseNotYours`.
        """
        async with transaction(self.engine) as connection:
            now = self.clock()
            case = await cases.locked(connection, case_id)
            judged = case.judged(judgement, token, account, now)
            file = await cases.file(connection, case_id)
            await cases.append_verdict(
                connection,
                file=file,
                token=token,
                account_id=account.id,
                judgement=judgement,
                note=note,
                now=now,
            )
            await cases.save(connection, judged)
            settled = _outcome(case, file, judgement, now)
            if settled is not None:
                await outcomes.settle(connection, case.transaction_key, *settled, now)

    async def queue(self) -> QueueState:
        """Return how much waits, and since when."""
        async with transaction(self.engine) as connection:
            return await cases.queue_state(connection, self.clock())

    async def head_of_queue(self, *, limit: int) -> list[CaseFile]:
        """Return the most urgent open cases in queue order."""
        async with transaction(self.engine) as connection:
            return await cases.head_of_queue(connection, limit=limit)

    async def judged_today(self, account: Account) -> int:
        """Return how many cases this account judged in the last 24 hours."""
        async with transaction(self.engine) as connection:
            since = self.clock() - timedelta(hours=24)
            return await cases.judged_today_by(connection, account.id, since)

    async def was_audit(self, account: Account, case_id: int) -> bool:
        """Whether a case turned out to be a random audit: told only to who judged it, afterwards."""
        async with transaction(self.engine) as connection:
            case = await cases.judged_by(connection, case_id, account.id)
        return case is not None and is_revealed_audit(case.kind, case.state)

    async def settle_deadlines(self) -> int:
        """Settle by fallback what nobody judged in time; return how many."""
        async with transaction(self.engine) as connection:
            return await outcomes.settle_deadlines(connection, self.clock())


def _outcome(
    case: Case, file: CaseFile, judgement: Judgement, now: datetime
) -> tuple[GroundTruth, OutcomeSource] | None:
    """What a judgement settles: nothing when it escalates, the fallback when the deadline has passed."""
    if case.kind is CaseKind.AUDIT:
        return None
    if file.respond_by is not None and file.respond_by <= now and file.fallback in FALLBACK_OUTCOME:
        return FALLBACK_OUTCOME[file.fallback], OutcomeSource.DEADLINE
    if judgement is Judgement.ESCALATE:
        return None
    return GroundTruth(judgement.value), OutcomeSource.VERDICT
