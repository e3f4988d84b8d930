"""Acting on cases chosen from a list: all of them as they were seen, or none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases, claims
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.case import Case, CaseNotFound, ClaimEnd, GroupBasis
from app.review.groups.grouping import Group
from app.review.queue.selection import (
    Refusal,
    RefusedCase,
    SeenRow,
    SelectionStale,
    is_released,
    judging_refusal,
    release_refusal,
)
from app.review.timeline import Happening
from app.workflows.cases.case_groups import CaseGroups
from app.workflows.cases.lookup import CaseLookup

#: What happened to the case since: who did that is told.
SINCE = frozenset({Refusal.DECIDED, Refusal.ESCALATED, Refusal.TAKEN, Refusal.KEPT, Refusal.NO_LONGER_MINE})
#: What is said of a case, or taken of it, makes it nobody's and decides nothing.
BESIDE = frozenset({Happening.COMMENTED, Happening.ATTACHED, Happening.EXPORTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selections:
    """Makes a group of chosen cases where the rules of groups allow it, and gives cases back."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    groups: CaseGroups
    lookup: CaseLookup

    async def group_of(self, account: Account, chosen: Mapping[int, SeenRow]) -> Group:
        """Return the group that all chosen cases belong to, for its own page to confirm; nothing is decided.

        Raises `SelectionStale` with why each case cannot be in one, and the group the others are in.
        """
        found = await self.groups.found()
        async with transaction(self.engine) as connection:
            now = self.clock()
            seen = {case.id: case for case in await cases.locked_all(connection, list(chosen))}
        refused = {
            case_id: refusal
            for case_id, row in chosen.items()
            if (refusal := judging_refusal(seen.get(case_id), row, account_id=account.id, now=now))
        }
        standing = frozenset(chosen) - frozenset(refused)
        group = max(found.groups, key=lambda each: _fit(each, standing), default=None)
        together = standing.intersection(group.case_ids) if group is not None else frozenset()
        refused |= dict.fromkeys(standing - together, Refusal.APART)
        if refused or group is None:
            fits = group if together else None
            raise SelectionStale(await self._told(account, refused), fits=fits)
        return group

    async def release(self, account: Account, chosen: Mapping[int, SeenRow]) -> int:
        """Give the chosen cases back to the queue and return how many; what went back already stays there.

        Raises `SelectionStale`: then none went back.
        """
        async with transaction(self.engine) as connection:
            # Numbers rise in `chosen`: the order in which all who lock cases lock them.
            locked = {case.id: case for case in await cases.locked_all(connection, list(chosen))}
            now = self.clock()
            refused = {
                case_id: refusal
                for case_id, row in chosen.items()
                if (refusal := release_refusal(locked.get(case_id), row, account_id=account.id, now=now))
            }
            if not refused:
                for case in locked.values():
                    await _release(connection, case, account, now)
        if refused:
            raise SelectionStale(await self._told(account, refused))
        return len(chosen)

    async def _told(self, account: Account, refused: Mapping[int, Refusal]) -> list[RefusedCase]:
        """Return the refusals as this account may hear them: what it may not read is not there."""
        told = []
        for case_id, refusal in sorted(refused.items()):
            try:
                record = await self.lookup.record(account, case_id)
            except CaseNotFound:
                told.append(RefusedCase(case_id=case_id, refusal=Refusal.GONE))
                continue
            by_somebody = [
                event for event in record.events if event.who is not None and event.what not in BESIDE
            ]
            last = by_somebody[-1] if refusal in SINCE and by_somebody else None
            told.append(RefusedCase(case_id=case_id, refusal=refusal, last=last))
        return told


def _fit(group: Group, case_ids: frozenset[int]) -> tuple[int, bool]:
    """Return how well a group holds cases: how many, and by what everybody can see before likeness."""
    return len(case_ids.intersection(group.case_ids)), group.key.basis is not GroupBasis.ALIKE


async def _release(connection: AsyncConnection, case: Case, account: Account, now: datetime) -> None:
    if case.lease is None or is_released(case, account_id=account.id):
        return
    token = case.lease.token
    await cases.save(connection, case.released(token, account, now))
    # What was ready and never looked at was no part of the case's life.
    how = ClaimEnd.UNOPENED if case.is_reserved else ClaimEnd.RELEASED
    await claims.end(connection, token, how, now=now, by=account.id)
