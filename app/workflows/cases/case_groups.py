"""Linked cases: a group of cases decided together, and undone together."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases import case_groups, cases, group_candidates, group_proposals
from app.database.cases.case_groups import JudgedGroup
from app.database.cases.group_candidates import GroupEligibility
from app.database.cases.group_proposals import GroupProposal
from app.database.cases.verdicts import PendingVerdict
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.case import Case, GroupBasis, Judgement, NothingToUndo, ProposalEnd, VerdictReason
from app.review.currency_rates import RateTable
from app.review.groups.grouping import Group, GroupKey
from app.review.groups.judgement import (
    ChangedCase,
    GroupChanged,
    GroupSaying,
    OwnProposal,
    ProposalGone,
    SecondPerson,
    SecondPersonNeeded,
    change_of,
    check_size,
    settles_at,
)
from app.workflows.cases.grouping import FoundGroups, GroupFinder
from app.workflows.cases.verdicts import Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneGroup:
    """A group verdict that was undone, and what it had been."""

    key: GroupKey
    case_ids: tuple[int, ...]
    judgement: Judgement
    reason: VerdictReason | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseGroups:
    """Finds linked cases, and records, confirms and undoes verdicts on them."""

    finding: GroupFinder
    verdicts: Verdicts
    second_person: SecondPerson
    rates: Callable[[], RateTable]

    async def found(self) -> FoundGroups:
        """Return the groups there are."""
        return await self.finding.found(self.verdicts.clock())

    async def judge(
        self, account: Account, key: GroupKey, chosen: Mapping[int, int], saying: GroupSaying
    ) -> JudgedGroup:
        """Judge cases of a group, each as it was seen (`chosen`: its decision by its number), or none.

        Raises `GroupSizeRefused`, `GroupChanged` with what changed, `SecondPersonNeeded` and
        `CardNumberWritten`.
        """
        refuse_card_numbers([saying.note])
        check_size(chosen)
        group = await self._named(key, chosen)
        async with transaction(self.verdicts.engine) as connection:
            held = await self._held(connection, account.id, group, chosen)
            if self._needs_second_person(held):
                raise SecondPersonNeeded
            return await self._give(connection, held, saying, author_id=account.id)

    async def propose(
        self, account: Account, key: GroupKey, chosen: Mapping[int, int], saying: GroupSaying
    ) -> int:
        """Keep a word on a group for a second person, and return its number; raises as `judge`.

        The cases stay in the queue: whoever gets one judges it, and the confirmation is told so.
        """
        refuse_card_numbers([saying.note])
        check_size(chosen)
        group = await self._named(key, chosen)
        async with transaction(self.verdicts.engine) as connection:
            held = await self._held(connection, account.id, group, chosen)
            return await group_proposals.propose(
                connection, held.key, chosen, saying, account_id=account.id, now=held.now
            )

    async def waiting(self) -> tuple[GroupProposal, ...]:
        """Return what waits for a second person, the oldest first."""
        async with transaction(self.verdicts.engine) as connection:
            return await group_proposals.waiting(connection)

    async def proposal(self, proposal_id: int) -> GroupProposal:
        """Return what waits, or waited, for a second person; raises `ProposalGone`."""
        async with transaction(self.verdicts.engine) as connection:
            found = await group_proposals.one(connection, proposal_id)
        if found is None:
            raise ProposalGone
        return found

    async def confirm(self, account: Account, proposal_id: int) -> JudgedGroup:
        """Judge a group as a colleague proposed it, all of it or nothing.

        Raises `ProposalGone`, `OwnProposal`, and `GroupChanged` where a case is no longer as they saw it.
        """
        proposal = await self.proposal(proposal_id)
        group = await self._named(proposal.key, proposal.chosen)
        async with transaction(self.verdicts.engine) as connection:
            await self._open_proposal(connection, proposal_id)
            if proposal.author_id == account.id:
                raise OwnProposal
            held = await self._held(connection, proposal.author_id, group, proposal.chosen)
            judged = await self._give(
                connection, held, proposal.saying, author_id=proposal.author_id, confirmed_by=account.id
            )
            await group_proposals.end(
                connection,
                proposal_id,
                ProposalEnd.CONFIRMED,
                by=account.id,
                now=held.now,
                group_id=judged.group_id,
            )
            return judged

    async def decline(self, account: Account, proposal_id: int) -> ProposalEnd:
        """Let a proposal come to nothing; its author withdraws it so. Raises `ProposalGone`."""
        async with transaction(self.verdicts.engine) as connection:
            proposal = await self._open_proposal(connection, proposal_id)
            how = ProposalEnd.WITHDRAWN if proposal.author_id == account.id else ProposalEnd.DECLINED
            await group_proposals.end(connection, proposal_id, how, by=account.id, now=self.verdicts.clock())
            return how

    async def undo(self, account: Account, group_id: int) -> UndoneGroup:
        """Undo those verdicts of a group that are not settled yet: the cases are open again.

        Its author may, and who confirmed it. Raises `NothingToUndo` when it was another's, or all has left.
        """
        async with transaction(self.verdicts.engine) as connection:
            waiting = await case_groups.given_in(connection, group_id, account.id)
            await cases.locked_all(connection, [each.case_id for each in waiting])
            now = self.verdicts.clock()
            given = [
                each
                for each in await case_groups.given_in(connection, group_id, account.id)
                if each.settles_at > now
            ]
            group = await case_groups.judged_group(connection, group_id, account.id)
            if group is None or not given:
                raise NothingToUndo
            await case_groups.undo(connection, given, account_id=account.id, now=now)
        return UndoneGroup(
            key=group.key,
            case_ids=tuple(each.case_id for each in given),
            judgement=group.judgement,
            reason=given[0].reason,
            note=given[0].note or "",
        )

    async def judged(self, account: Account, group_id: int) -> JudgedGroup | None:
        """Return a group this account judged; None where there is none."""
        async with transaction(self.verdicts.engine) as connection:
            return await case_groups.judged_group(connection, group_id, account.id)

    async def _named(self, key: GroupKey, chosen: Mapping[int, int]) -> Group | GroupKey | None:
        """Return what a case must fit: a value, or the group of cases alike as it is now, if it still is."""
        return (await self.found()).alike(chosen) if key.basis is GroupBasis.ALIKE else key

    async def _open_proposal(self, connection: AsyncConnection, proposal_id: int) -> GroupProposal:
        proposal = await group_proposals.one(connection, proposal_id, lock=True)
        if proposal is None or proposal.end_state is not None:
            raise ProposalGone
        return proposal

    def _needs_second_person(self, held: "_Held") -> bool:
        amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
        for case in held.cases:
            facts = held.facts[case.id]
            amounts[facts.currency] += facts.amount
        total = self.rates().total(amounts)
        return self.second_person.is_needed(len(held.cases), total.amount if total is not None else None)

    async def _held(
        self,
        connection: AsyncConnection,
        author_id: int,
        group: Group | GroupKey | None,
        chosen: Mapping[int, int],
    ) -> "_Held":
        """Lock the chosen cases as they were seen; raises `GroupChanged`."""
        now = self.verdicts.clock()
        locked = await cases.locked_all(connection, sorted(chosen))
        facts = await group_candidates.facts(connection, sorted(chosen))
        changes = self._changes(author_id, group, chosen, {case.id: case for case in locked}, facts, now)
        if changes or group is None:
            raise GroupChanged(changes)
        key = group.key if isinstance(group, Group) else group
        return _Held(key=key, cases=locked, facts=facts, now=now)

    def _changes(
        self,
        account_id: int,
        group: Group | GroupKey | None,
        chosen: Mapping[int, int],
        locked: Mapping[int, Case],
        facts: Mapping[int, GroupEligibility],
        now: datetime,
    ) -> list[ChangedCase]:
        """Return the chosen cases that are not as they were seen."""
        changes = []
        for case_id, decision_id in sorted(chosen.items()):
            case = locked.get(case_id)
            change = change_of(
                case,
                decision_id=decision_id,
                is_member=case is not None and self.finding.is_member(case, facts[case_id], group),
                account_id=account_id,
                now=now,
            )
            if change is not None:
                changes.append(ChangedCase(case_id=case_id, change=change))
        return changes

    async def _give(
        self,
        connection: AsyncConnection,
        held: "_Held",
        saying: GroupSaying,
        *,
        author_id: int,
        confirmed_by: int | None = None,
    ) -> JudgedGroup:
        judgement, now = Judgement(saying.judgement.value), held.now
        group_id = await case_groups.open_group(
            connection,
            held.key,
            account_id=author_id,
            judgement=judgement,
            now=now,
            confirmed_by=confirmed_by,
        )
        given = [self._given(case, held, author_id, saying, group_id) for case in held.cases]
        await case_groups.give(connection, held.cases, given)
        settled = [each.case_id for each in given if each.settles_at <= now]
        if settled:
            counted = await self.verdicts.settle(connection, settled, now)
            self.verdicts.metrics.verdicts_settled(counted)
        return JudgedGroup(
            group_id=group_id,
            key=held.key,
            judgement=judgement,
            cases=len(given),
            settled=len(settled),
            settles_at=max((each.settles_at for each in given if each.settles_at > now), default=None),
        )

    def _given(
        self, case: Case, held: "_Held", author_id: int, saying: GroupSaying, group_id: int
    ) -> PendingVerdict:
        return PendingVerdict(
            case_id=case.id,
            token=self.verdicts.new_token(),
            account_id=author_id,
            judgement=Judgement(saying.judgement.value),
            reason=saying.reason,
            note=(saying.note or "").strip() or None,
            decision_id=case.decision_id,
            was_escalated=False,
            # The look at all of them is the look at each: figures count a group once.
            milliseconds_to_decide=saying.milliseconds_to_decide,
            hidden_milliseconds=min(saying.hidden_milliseconds, saying.milliseconds_to_decide),
            group_id=group_id,
            judged_at=held.now,
            settles_at=settles_at(held.facts[case.id].respond_by, held.now, self.verdicts.grace),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """Cases of a group, locked as they were seen."""

    key: GroupKey
    cases: Sequence[Case]
    facts: Mapping[int, GroupEligibility]
    now: datetime
