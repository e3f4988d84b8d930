"""Scores and policies as arrays and numbers, everything else defaulted."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.uncertainty import Scores
from app.triage.deciding import decide
from app.triage.labels import LABELS, REASONS, STANDINGS, Codes, Decisions, Label, Reason, Standing
from app.triage.policies.policy import Policy


def some_scores(
    evidence: Sequence[float] | Floats,
    *,
    legit: Sequence[float] | Floats | None = None,
    spread: Sequence[float] | Floats | float = 0.5,
    novelty: Sequence[float] | Floats | float = 50.0,
    information: Sequence[float] | Floats | float = 0.0,
) -> Scores:
    fraud = np.asarray(evidence, dtype=np.float64)

    def column(values: Sequence[float] | Floats | float) -> Floats:
        return np.broadcast_to(np.asarray(values, dtype=np.float64), fraud.shape)

    rest = np.zeros(fraud.shape)
    with np.errstate(over="ignore"):
        probability = np.where(np.isfinite(fraud), 1 / (1 + np.exp(-fraud)), np.nan)
    return Scores(
        evidence_fraud=fraud,
        evidence_legit=None if legit is None else column(legit),
        margin=fraud,
        spread=column(spread),
        interval_low=fraud,
        interval_high=fraud,
        probability=probability,
        entropy=rest,
        expected_entropy=rest,
        mutual_information=column(information),
        predictive_variance=rest,
        novelty=column(novelty),
    )


def a_policy(**changes: Any) -> Policy:
    values: dict[str, Any] = {"model_version": "a-model", "approve_at_most": -3.0, "decline_at_least": 2.0}
    return Policy(**(values | changes))


def all_standing(standing: Standing, transactions: int) -> Codes:
    return np.full(transactions, STANDINGS.index(standing), dtype=np.int8)


def in_words(decisions: Decisions) -> list[tuple[Label, Reason]]:
    codes = zip(decisions.labels.tolist(), decisions.reasons.tolist(), strict=True)
    return [(LABELS[label], REASONS[reason]) for label, reason in codes]


def decided(scores: Scores, policy: Policy, amounts: Sequence[float] | Floats | float = 10.0) -> Decisions:
    """Decide scored transactions, all of one amount unless told otherwise."""
    size = scores.evidence_fraud.size
    columns = np.broadcast_to(np.asarray(amounts, dtype=np.float64), (size,))
    return decide(scores, all_standing(Standing.SCORED, size), columns, policy)
