"""Campaigns at the desk: a group of cases judged with one word, and undone with one click."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import campaigns, case_groups, cases
from app.database.campaigns import Facts
from app.database.case_groups import JudgedGroup
from app.database.session import transaction
from app.database.verdicts import Given
from app.review.campaigns import Group, GroupKey
from app.review.case import Case, GroupBasis, Judgement, NothingToUndo, VerdictReason
from app.review.group_judgement import (
    Changed,
    GroupChanged,
    GroupSaying,
    change_of,
    check_size,
    settles_at,
)
from app.review.people import Account
from app.workflows.group_finding import Found, GroupFinding
from app.workflows.judging import Judging


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A group that was taken back, and what had been said of it."""

    key: GroupKey
    case_ids: tuple[int, ...]
    judgement: Judgement
    reason: VerdictReason | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns:
    """Finds groups of cases and judges them; time, grace and tokens are those of all judgements."""

    finding: GroupFinding
    judging: Judging

    async def found(self) -> Found:
        """Return the groups there are."""
        return await self.finding.found(self.judging.clock())

    async def judge(
        self, account: Account, key: GroupKey, chosen: Mapping[int, int], saying: GroupSaying
    ) -> JudgedGroup:
        """Judge cases of a group, each as it was seen (`chosen`: its decision by its number), or none.

        Raises `GroupSizeRefused`, and `GroupChanged` with what changed.
        """
        check_size(chosen)
        group = await self._named(key, chosen)
        async with transaction(self.judging.engine) as connection:
            now = self.judging.clock()
            locked = await cases.locked_all(connection, sorted(chosen))
            facts = await campaigns.facts(connection, sorted(chosen))
            changes = self._changes(account, group, chosen, {case.id: case for case in locked}, facts, now)
            if changes or group is None:
                raise GroupChanged(changes)
            return await self._give(
                connection,
                account,
                group.key if isinstance(group, Group) else group,
                locked,
                facts,
                saying,
                now,
            )

    async def undo(self, account: Account, group_id: int) -> Undone:
        """Take the judgement on a whole group back: its cases wait in the queue again.

        Raises `NothingToUndo` when it was another's, or has left the house.
        """
        async with transaction(self.judging.engine) as connection:
            waiting = await case_groups.given_in(connection, group_id, account.id)
            await cases.locked_all(connection, [each.case_id for each in waiting])
            now = self.judging.clock()
            given = await case_groups.given_in(connection, group_id, account.id)
            group = await case_groups.judged_group(connection, group_id, account.id)
            if group is None or not given or group.settled or any(each.settles_at <= now for each in given):
                raise NothingToUndo
            await case_groups.take_back(connection, given, account_id=account.id, now=now)
        return Undone(
            key=group.key,
            case_ids=tuple(each.case_id for each in given),
            judgement=group.judgement,
            reason=given[0].reason,
            note=given[0].note or "",
        )

    async def judged(self, account: Account, group_id: int) -> JudgedGroup | None:
        """Return a group this account judged; None where there is none."""
        async with transaction(self.judging.engine) as connection:
            return await case_groups.judged_group(connection, group_id, account.id)

    async def _named(self, key: GroupKey, chosen: Mapping[int, int]) -> Group | GroupKey | None:
        """Return what a case must fit: a value, or the group of cases alike as it is now, if it still is."""
        return (await self.found()).alike(chosen) if key.basis is GroupBasis.ALIKE else key

    def _changes(
        self,
        account: Account,
        group: Group | GroupKey | None,
        chosen: Mapping[int, int],
        locked: Mapping[int, Case],
        facts: Mapping[int, Facts],
        now: datetime,
    ) -> list[Changed]:
        """Return the chosen cases that are not as they were seen."""
        changes = []
        for case_id, decision_id in sorted(chosen.items()):
            case = locked.get(case_id)
            change = change_of(
                case,
                decision_id=decision_id,
                is_member=case is not None and self.finding.is_member(case, facts[case_id], group),
                account_id=account.id,
                now=now,
            )
            if change is not None:
                changes.append(Changed(case_id=case_id, change=change))
        return changes

    async def _give(
        self,
        connection: AsyncConnection,
        account: Account,
        key: GroupKey,
        locked: Sequence[Case],
        facts: Mapping[int, Facts],
        saying: GroupSaying,
        now: datetime,
    ) -> JudgedGroup:
        judgement, case_ids = Judgement(saying.judgement.value), [case.id for case in locked]
        group_id = await case_groups.open_group(
            connection, key, account_id=account.id, judgement=judgement, now=now
        )
        until = settles_at((facts[case_id].respond_by for case_id in case_ids), now, self.judging.grace)
        given = [self._given(case, account, saying, group_id, now, until) for case in locked]
        await case_groups.give(connection, locked, given)
        is_settled = until <= now
        if is_settled:
            await self.judging.settle(connection, case_ids, now)
        return JudgedGroup(
            group_id=group_id,
            key=key,
            judgement=judgement,
            cases=len(given),
            settled=len(given) if is_settled else 0,
            settles_at=None if is_settled else until,
        )

    def _given(
        self,
        case: Case,
        account: Account,
        saying: GroupSaying,
        group_id: int,
        now: datetime,
        until: datetime,
    ) -> Given:
        return Given(
            case_id=case.id,
            token=self.judging.new_token(),
            account_id=account.id,
            judgement=Judgement(saying.judgement.value),
            reason=saying.reason,
            note=(saying.note or "").strip() or None,
            decision_id=case.decision_id,
            was_escalated=False,
            # The look at all of them is the look at each: figures count a group once.
            milliseconds_to_decide=saying.milliseconds_to_decide,
            hidden_milliseconds=min(saying.hidden_milliseconds, saying.milliseconds_to_decide),
            group_id=group_id,
            judged_at=now,
            settles_at=until,
        )
