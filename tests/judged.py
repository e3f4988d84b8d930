"""Cases and verdicts written directly, as the desk leaves them, for questions about how people judge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.access.people import Role
from tests.builders import NOON
from tests.payments_written import written

PERSON = text("""
INSERT INTO accounts (name, name_key, display_name, role, created_at)
VALUES (:name, :name, :display, :role, now())
RETURNING id
""")
CASE = text("""
INSERT INTO cases (
    transaction_id, decision_id, kind, state, expected_loss, priority_key, fallback, opened_at, closed_at,
    first_case_id, not_for, truth, drawn_with
)
SELECT CAST(:key AS bigint), (SELECT max(id) FROM decisions WHERE transaction_id = :key), :kind, :state, 1,
    :priority, 'wait', :at, CAST(:closed_at AS timestamptz), CAST(:first AS bigint), CAST(:not_for AS bigint),
    CAST(:truth AS text), CAST(:drawn_with AS double precision)
RETURNING id
""")
CLAIM = text(
    "INSERT INTO claims (token, case_id, account_id, claimed_at) VALUES (:token, :case, :account, :at)"
)
VERDICT = text("""
INSERT INTO verdicts (
    case_id, token, account_id, judgement, note, decision_id, policy_id, model_version, claimed_at, judged_at,
    milliseconds_to_decide, hidden_milliseconds, group_id, corrects_id
)
SELECT c.id, CAST(:token AS uuid), :account, :judgement, CAST(:note AS text), d.id, d.policy_id,
    d.model_version, :at, :at, :milliseconds, :hidden, CAST(:group AS bigint), CAST(:corrects AS bigint)
FROM cases c JOIN decisions d ON d.id = c.decision_id WHERE c.id = :case
RETURNING id
""")
GROUP = text("""
INSERT INTO case_groups (account_id, basis, value, judgement, created_at)
VALUES (:account, 'card', 'x', :judgement, now()) RETURNING id
""")
BLIND = text("INSERT INTO blind_draws VALUES (:case, :is_blind, :probability, now())")
BEFORE = text("""
INSERT INTO provisional_verdicts (token, case_id, account_id, judgement, given_at, milliseconds_to_decide)
VALUES (:token, :case, :account, :judgement, :at, 900)
""")
REPORTED = text("""
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)
SELECT transaction_id, :truth, 'chargeback', :at, :at, :at FROM cases WHERE id = :case
""")
KEY = text("SELECT transaction_id FROM cases WHERE id = :case")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Writes what was judged; the database has a client and a policy."""

    connection: AsyncConnection

    async def person(self, name: str, role: Role = Role.ANALYST) -> int:
        """Return a new colleague's key."""
        values = {"name": f"{name}-{uuid4().hex[:8]}".lower(), "display": name, "role": role.value}
        return await self._key(PERSON, **values)

    async def case(
        self,
        kind: str = "unknown",
        *,
        state: str = "judged",
        at: datetime = NOON,
        first: int | None = None,
        told_id: str | None = None,
        priority: float = 1.0,
        **rest: Any,
    ) -> int:
        """Return a case: of a payment of its own, or of the one another case is about."""
        if first is None:
            paid = {told_id or uuid4().hex: Decimal("41.90")}
            (key,) = await written(self.connection, paid, at=at)
        else:
            key = await self._key(KEY, case=first)
        closed_at = at if state in {"judged", "closed"} else None
        known = dict.fromkeys(("not_for", "truth", "drawn_with")) | rest
        return await self._key(
            CASE, key=key, kind=kind, state=state, at=at, closed_at=closed_at, first=first,
            priority=priority, **known,
        )  # fmt: skip

    async def verdict(
        self,
        case: int,
        account: int,
        judgement: str = "fraud",
        *,
        at: datetime = NOON,
        milliseconds: int = 20_000,
        hidden: int = 0,
        group: int | None = None,
        corrects: int | None = None,
        note: str | None = None,
    ) -> int:
        """Return a verdict's key; one that corrects another needs no claim, but a note."""
        token = None if corrects is not None else await self._claim(case, account, at)
        return await self._key(
            VERDICT, case=case, token=token, account=account, judgement=judgement, at=at, note=note,
            milliseconds=milliseconds, hidden=hidden, group=group, corrects=corrects,
        )  # fmt: skip

    async def judged(self, account: int, judgement: str = "fraud", **rest: Any) -> int:
        """Return a new unknown's case that somebody judged."""
        case = await self.case()
        await self.verdict(case, account, judgement, **rest)
        return case

    async def looked_twice(
        self,
        first: tuple[int, str],
        second: tuple[int, str],
        *,
        ruling: tuple[int, str | None] | None = None,
        drawn_with: float = 0.1,
        first_group: int | None = None,
    ) -> int:
        """Return a case that two people judged, and a senior where they disagree."""
        case = await self.judged(*first, group=first_group)
        again = await self.case("second", first=case, not_for=first[0], drawn_with=drawn_with)
        await self.verdict(again, *second)
        if ruling is not None:
            senior, said = ruling
            state = "judged" if said else "escalated"
            last = await self.case("ruling", first=case, state=state, not_for=second[0])
            if said:
                await self.verdict(last, senior, said)
        return case

    async def gold(self, account: int, judgement: str, truth: str, **rest: Any) -> int:
        """Return a case whose truth was known, and what somebody said of it."""
        case = await self.case("gold", truth=truth, drawn_with=0.05)
        await self.verdict(case, account, judgement, **rest)
        return case

    async def group(self, account: int, judgement: str = "fraud") -> int:
        """Return a new group's key."""
        return await self._key(GROUP, account=account, judgement=judgement)

    async def drawn(
        self,
        account: int,
        final: str,
        *,
        before: str | None = None,
        truth: str | None = None,
        probability: float = 0.5,
    ) -> int:
        """Return a judged case drawn blind where something was said before, else open; truth as reported."""
        case = await self.case()
        await self.verdict(case, account, final)
        await self.draw(case, is_blind=before is not None, probability=probability)
        if before is not None:
            await self.first_said(case, account, before)
        if truth is not None:
            await self.reported(case, truth)
        return case

    async def draw(self, case: int, *, is_blind: bool, probability: float = 0.5) -> None:
        """Write what chance decided of a case."""
        values = {"case": case, "is_blind": is_blind, "probability": probability}
        await self.connection.execute(BLIND, values)

    async def first_said(
        self, case: int, account: int, judgement: str, *, at: datetime = NOON - timedelta(seconds=5)
    ) -> None:
        """Write what somebody said before the score was shown."""
        token = await self._claim(case, account, at)
        values = {"token": token, "case": case, "account": account, "judgement": judgement, "at": at}
        await self.connection.execute(BEFORE, values)

    async def reported(self, case: int, truth: str, *, at: datetime = NOON) -> None:
        """Write that a chargeback told the truth of a case's payment."""
        await self.connection.execute(REPORTED, {"case": case, "truth": truth, "at": at})

    async def _claim(self, case: int, account: int, at: datetime) -> UUID:
        token = uuid4()
        values = {"token": token, "case": case, "account": account, "at": at}
        await self.connection.execute(CLAIM, values)
        return token

    async def _key(self, statement: Any, **values: Any) -> int:
        key: int = (await self.connection.execute(statement, values)).scalar_one()
        return key
