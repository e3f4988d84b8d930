"""Finds linked cases among the most urgent cases that are free and not reviewed blind."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import Model
from app.database.cases import group_candidates
from app.database.cases.group_candidates import GroupCandidate, GroupEligibility
from app.database.server.session import transaction
from app.review.case import Case, CaseKind, GroupBasis
from app.review.groups.grouping import SHARED, Group, GroupKey, OpenCases, groups
from app.review.groups.judgement import GroupGone
from app.scoring.arrays import Floats
from app.workflows.models.serving import Serving

# Among so many of the most urgent cases: reading them takes a blink.
MOST_READ = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundGroups:
    """The groups in the head of the queue at a moment, the most urgent first."""

    now: datetime
    groups: tuple[Group, ...]
    candidates: Mapping[int, GroupCandidate]
    #: More cases wait than were looked at.
    is_head_only: bool

    def group(self, key: GroupKey) -> Group:
        """Return a group; one of cases alike by any of its cases. Raises `GroupGone`."""
        is_alike = key.basis is GroupBasis.ALIKE
        for group in self.groups:
            if group.key.is_same(key) or (
                is_alike and group.key.basis is key.basis and key.value in map(str, group.members)
            ):
                return group
        raise GroupGone

    def alike(self, case_ids: Iterable[int]) -> Group | None:
        """Return the group of cases alike that most of these are in; its first one may be gone by now."""
        wanted = frozenset(case_ids)
        clusters = [group for group in self.groups if group.key.basis is GroupBasis.ALIKE]
        return max(clusters, key=lambda group: len(wanted.intersection(group.members)), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFinder:
    """Reads the head of the queue and builds its groups."""

    engine: AsyncEngine
    serving: Serving

    async def found(self, now: datetime) -> FoundGroups:
        """Return the groups there are."""
        async with transaction(self.engine) as connection:
            head = await group_candidates.head(connection, now, most=MOST_READ)
        return FoundGroups(
            now=now,
            groups=tuple(await asyncio.to_thread(_groups, self.serving.pair.model, head)),
            candidates={each.case_id: each for each in head},
            is_head_only=len(head) == MOST_READ,
        )

    def is_member(self, case: Case, facts: GroupEligibility, group: Group | GroupKey | None) -> bool:
        """Whether a case belongs to a group: it shares the value, or is among those found to be alike.

        What is judged blind belongs to none, and a merchant alone makes none.
        """
        if group is None or case.kind is not CaseKind.UNKNOWN or facts.is_blind:
            return False
        if isinstance(group, Group):
            return case.id in group.members
        own = GroupKey(basis=group.basis, value=facts.attributes.get(group.basis.value, ""))
        return group.basis in SHARED and own.is_same(group)


def _groups(model: Model, candidates: Sequence[GroupCandidate]) -> list[Group]:
    return groups(
        OpenCases(
            case_ids=[each.case_id for each in candidates],
            priority_keys=[each.priority_key for each in candidates],
            amounts=[each.amount for each in candidates],
            currencies=[each.currency for each in candidates],
            expected_losses=[each.expected_loss for each in candidates],
            opened_at=[each.opened_at for each in candidates],
            attributes=[each.attributes for each in candidates],
            vectors=_vectors(model, candidates),
        )
    )


def _vectors(model: Model, candidates: Sequence[GroupCandidate]) -> Floats:
    """Return the payments on the model's scale; NaN where it knows neither features nor currency."""
    vectors = np.full((len(candidates), len(model.schema.columns)), np.nan)
    parsed = [orjson.loads(each.features_json) for each in candidates]
    fitting = [
        row
        for row, each in enumerate(candidates)
        if model.schema.knows_currency(each.currency) and not model.schema.problems_of_stored(parsed[row])
    ]
    vectors[fitting] = model.schema.vectorize(
        [parsed[row] for row in fitting],
        [float(candidates[row].amount) for row in fitting],
        [candidates[row].occurred_at for row in fitting],
    )
    return vectors
