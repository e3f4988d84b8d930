"""What a caller hears of a row: its decision, what the first of its id heard, or a refusal."""

from dataclasses import replace

from app.database.payments.transactions import Context, Decided, Stored
from app.review.answer import Answer, TransactionConflict
from app.scoring.transaction import Transaction
from app.triage.labels import Reason

#: Answer, or what went wrong.
Heard = Answer | Exception


class BacklogFull(Exception):
    """The model, or your feed, cannot be relied on, and people have as many such cases as they can take."""


def fills_backlog(row: Decided) -> bool:
    """Whether a row is one of those that come in a flood when a part fails, and are bounded for it."""
    return row.awaits_model or row.reason is Reason.UNUSUAL_FEED


def follows_from(
    later: Transaction, first: Transaction, heard: Answer | Exception
) -> Answer | Exception | None:
    """Return what a later row of the same id hears; None when only the database can tell."""
    if later.body_sha256 == first.body_sha256:
        return replace(heard, is_repeat=True) if isinstance(heard, Answer) else heard
    return TransactionConflict(later.transaction_id) if isinstance(heard, Answer) else None


def answer_to(row: Decided, keys: Stored, context: Context) -> Answer:
    """Return the answer to a row that was written."""
    if keys.decision_id is None:
        raise ValueError("this row was not written")
    return Answer(
        transaction_id=row.transaction.transaction_id,
        decision_id=keys.decision_id,
        label=row.label,
        reason=row.reason,
        score=row.score,
        model_version=context.model_version,
        policy_version=context.policy_id,
        case_id=keys.case_id,
        decided_at=context.now,
    )
