"""Scores and policies as arrays and numbers, everything else defaulted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.scoring.uncertainty import Scores
from app.triage.labels import LABELS, REASONS, STANDINGS, Codes, Decisions, Label, Reason, Standing
from app.triage.policy import Policy

Floats = NDArray[np.float64]


def some_scores(
    evidence: Sequence[float] | Floats,
    *,
    legit: Sequence[float] | Floats | None = None,
    spread: Sequence[float] | Floats | float = 0.5,
    novelty: Sequence[float] | Floats | float = 50.0,
) -> Scores:
    fraud = np.asarray(evidence, dtype=np.float64)

    def column(values: Sequence[float] | Floats | float) -> Floats:
        return np.broadcast_to(np.asarray(values, dtype=np.float64), fraud.shape)

    rest = np.zeros(fraud.shape)
    return Scores(
        evidence_fraud=fraud,
        evidence_legit=None if legit is None else column(legit),
        margin=fraud,
        spread=column(spread),
        interval_low=fraud,
        interval_high=fraud,
        probability=rest,
        entropy=rest,
        expected_entropy=rest,
        mutual_information=rest,
        predictive_variance=rest,
        novelty=column(novelty),
    )


def a_policy(
    *,
    approve_at_most: float = -3.0,
    decline_at_least: float = 2.0,
    approve_legit_at_least: float | None = None,
    decline_legit_at_most: float | None = None,
    spread_at_most: float | None = None,
    novelty_at_most: float | None = None,
) -> Policy:
    return Policy(
        model_version="a-model",
        approve_at_most=approve_at_most,
        decline_at_least=decline_at_least,
        approve_legit_at_least=approve_legit_at_least,
        decline_legit_at_most=decline_legit_at_most,
        spread_at_most=spread_at_most,
        novelty_at_most=novelty_at_most,
    )


def all_standing(standing: Standing, transactions: int) -> Codes:
    return np.full(transactions, STANDINGS.index(standing), dtype=np.int8)


def in_words(decisions: Decisions) -> list[tuple[Label, Reason]]:
    codes = zip(decisions.labels.tolist(), decisions.reasons.tolist(), strict=True)
    return [(LABELS[label], REASONS[reason]) for label, reason in codes]
