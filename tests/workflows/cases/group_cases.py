"""Cases that belong together, posted through the door, and a desk that judges groups of them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.case import GroupBasis, VerdictReason
from app.review.groups.grouping import GroupKey
from app.review.groups.judgement import GroupSaying, SecondPerson
from app.review.outcome import GroundTruth
from app.workflows.cases.case_groups import CaseGroups
from tests.builders import FOREIGN, Clock, Desk, a_desk, rows
from tests.service import Service

CARD = GroupKey(basis=GroupBasis.CARD, value="•••• 4711")
ONE_IS_ENOUGH = SecondPerson(from_cases=1000, from_amount=Decimal("1e12"))
NOBODY = {"card": "•••• 0000"}
FRAUD = GroupSaying(
    judgement=GroundTruth.FRAUD,
    reason=VerdictReason.LINKED_FRAUD,
    note="One gang.",
    milliseconds_to_decide=9000,
)
LEGIT = replace(FRAUD, judgement=GroundTruth.LEGIT)


async def some_unknowns(service: Service, several: int, **changes: Any) -> list[int]:
    """Post payments that become cases, on one card unless told otherwise, and return the cases."""
    usual: dict[str, Any] = {"currency": FOREIGN, "attributes": {"card": CARD.value}}
    posted = [(await service.post(service.body(**(usual | changes)))).json() for _ in range(several)]
    assert {each["label"] for each in posted} == {"unknown"}
    return [int(each["case_id"]) for each in posted]


async def as_seen(engine: AsyncEngine, case_ids: list[int]) -> dict[int, int]:
    """Return these cases with the decisions that speak of them now."""
    found = await rows(
        engine, "SELECT id, decision_id FROM cases WHERE id = ANY(CAST(:ids AS bigint[]))", ids=case_ids
    )
    return {row.id: row.decision_id for row in found}


@dataclass(frozen=True, kw_only=True)
class GroupReview:
    """A desk on a clock of the test's own, and the groups judged at it."""

    desk: Desk
    groups: CaseGroups


def a_group_review(
    service: Service,
    clock: Clock,
    *,
    undo_seconds: float = 10,
    second_person: SecondPerson = ONE_IS_ENOUGH,
    **more: Any,
) -> GroupReview:
    """Return a desk with grace, where one person is enough for any group unless told otherwise."""
    desk = a_desk(service, clock, undo_seconds=undo_seconds, **more)
    return GroupReview(
        desk=desk,
        groups=replace(service.services.cases.groups, verdicts=desk.verdicts, second_person=second_person),
    )
