"""Proposed verdicts on large groups that need a second person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.review import GroupProposalCaseRow, GroupProposalRow
from app.review.case import GroupBasis, ProposalEnd, VerdictReason
from app.review.groups.grouping import GroupKey
from app.review.groups.judgement import GroupSaying
from app.review.outcome import GroundTruth

#: More nobody reads through; the next ones come up when these are decided.
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupProposal:
    """A proposed verdict on a large group, and its cases as its author saw them."""

    id: int
    author_id: int
    author: str
    key: GroupKey
    saying: GroupSaying
    proposed_at: datetime
    #: None while it waits.
    end_state: ProposalEnd | None
    decided_by: str | None
    #: The decision its author saw, by case.
    chosen: Mapping[int, int]


_PROPOSALS = """
SELECT p.*, author.display_name AS author, decider.display_name AS decider,
    (SELECT jsonb_object_agg(c.case_id, c.decision_id) FROM group_proposal_cases c WHERE c.proposal_id = p.id)
        AS chosen
FROM group_proposals p
JOIN accounts author ON author.id = p.account_id
LEFT JOIN accounts decider ON decider.id = p.decided_by
"""
WAITING = text(f"{_PROPOSALS} WHERE p.end_state IS NULL ORDER BY p.id LIMIT :most")
ONE = text(f"{_PROPOSALS} WHERE p.id = :proposal_id")
LOCK = text("SELECT id FROM group_proposals WHERE id = :proposal_id FOR UPDATE")


async def propose(
    connection: AsyncConnection,
    key: GroupKey,
    chosen: Mapping[int, int],
    saying: GroupSaying,
    *,
    account_id: int,
    now: datetime,
) -> int:
    """Store a proposed verdict on a group for a second person, and return its number."""
    statement = insert(GroupProposalRow).values(
        account_id=account_id,
        basis=key.basis,
        value=key.value,
        judgement=saying.judgement,
        reason=saying.reason,
        note=(saying.note or "").strip() or None,
        milliseconds_to_decide=saying.milliseconds_to_decide,
        hidden_milliseconds=saying.hidden_milliseconds,
        proposed_at=now,
    )
    proposal_id: int = (await connection.execute(statement.returning(GroupProposalRow.id))).scalar_one()
    rows = [
        {"proposal_id": proposal_id, "case_id": case_id, "decision_id": decision_id}
        for case_id, decision_id in sorted(chosen.items())
    ]
    await connection.execute(insert(GroupProposalCaseRow), rows)
    return proposal_id


async def waiting(connection: AsyncConnection) -> tuple[GroupProposal, ...]:
    """Return what waits for a second person, the oldest first."""
    rows = await connection.execute(WAITING, {"most": SHOWN})
    return tuple(_proposal(row) for row in rows.mappings())


async def one(connection: AsyncConnection, proposal_id: int, *, lock: bool = False) -> GroupProposal | None:
    """Return a proposal; None: there is none. Locked, nobody else decides it meanwhile."""
    if lock:
        await connection.execute(LOCK, {"proposal_id": proposal_id})
    row = (await connection.execute(ONE, {"proposal_id": proposal_id})).mappings().one_or_none()
    return None if row is None else _proposal(row)


async def end(
    connection: AsyncConnection,
    proposal_id: int,
    how: ProposalEnd,
    *,
    by: int,
    now: datetime,
    group_id: int | None = None,
) -> None:
    """Write how a proposal ended."""
    await connection.execute(
        update(GroupProposalRow)
        .where(GroupProposalRow.id == proposal_id)
        .values(end_state=how, decided_by=by, decided_at=now, group_id=group_id)
    )


def _proposal(row: RowMapping) -> GroupProposal:
    return GroupProposal(
        id=row["id"],
        author_id=row["account_id"],
        author=row["author"],
        key=GroupKey(basis=GroupBasis(row["basis"]), value=row["value"]),
        saying=GroupSaying(
            judgement=GroundTruth(row["judgement"]),
            reason=VerdictReason(row["reason"]),
            note=row["note"],
            milliseconds_to_decide=row["milliseconds_to_decide"],
            hidden_milliseconds=row["hidden_milliseconds"],
        ),
        proposed_at=row["proposed_at"],
        end_state=ProposalEnd(row["end_state"]) if row["end_state"] else None,
        decided_by=row["decider"],
        chosen={int(case_id): decision_id for case_id, decision_id in row["chosen"].items()},
    )
