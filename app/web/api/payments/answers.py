"""The answer to one payment, as bytes: the same whichever way the payment came in."""

from typing import Any

import orjson

from app.review.answer import Answer
from app.web.api.payments.responses import ScoreOut

REPLAYED = "Idempotent-Replayed"
_SCORE = tuple(ScoreOut.model_fields)


def document_of(answer: Answer) -> dict[str, Any]:
    """Return what `AnswerOut` describes; its values were made by us and need no second check."""
    score = answer.score
    return {
        "transaction_id": answer.transaction_id,
        "decision_id": answer.decision_id,
        "label": answer.label,
        "reason": answer.reason,
        "score": None if score is None else {name: score[name] for name in _SCORE},
        "model_version": answer.model_version,
        "policy_version": answer.policy_version,
        "case_id": answer.case_id,
        "decided_at": answer.decided_at,
    }


def body_of(answer: Answer) -> bytes:
    """Return the answer as it goes out."""
    return orjson.dumps(document_of(answer), option=orjson.OPT_UTC_Z)
