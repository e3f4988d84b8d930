"""What policies in shadow said, written in the statement of the batch they looked on."""

from collections.abc import Sequence
from typing import Any

from app.database.payments.transactions import SCORE_COLUMNS, Decided

_SCORES = ", ".join(SCORE_COLUMNS)
_SHADOW_SCORES = ", ".join(f"shadow_{name}" for name in SCORE_COLUMNS)
_DECISION_COLUMNS = (
    ("shadow_n", "bigint"),
    ("shadow_policy_id", "bigint"),
    ("shadow_model_version", "text"),
    ("shadow_label", "text"),
    ("shadow_reason", "text"),
)
_SCORE_COLUMNS = (
    ("score_n", "bigint"),
    ("score_model_version", "text"),
    ("score_device", "text"),
    *((f"shadow_{name}", "float8") for name in SCORE_COLUMNS),
)


def _rows(columns: Sequence[tuple[str, str]]) -> str:
    """Return these parameters, arrays of one length, as rows."""
    names = ", ".join(name for name, _ in columns)
    return f"unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in columns)}) AS row({names})"


# Continues the statement of `storing`: `placed` are the rows of the batch that are new,
# which hold the score of the active model themselves. A shadow that ended meanwhile leaves nothing.
INSERT_SHADOWS = f"""
shadow_scored AS (
    INSERT INTO shadow_scores (transaction_id, model_version, device, {_SCORES})
    SELECT placed.payment_id, score_model_version, score_device, {_SHADOW_SCORES}
    FROM {_rows(_SCORE_COLUMNS)} JOIN placed ON placed.n = score_n
    RETURNING id, transaction_id, model_version
),
shadowed AS (
    INSERT INTO shadow_decisions (
        policy_id, model_version, transaction_id, score_id, label, reason, decided_at
    )
    SELECT shadow_policy_id, shadow_model_version, placed.payment_id, own.id, shadow_label,
        shadow_reason, CAST(:now AS timestamptz)
    FROM {_rows(_DECISION_COLUMNS)}
    JOIN placed ON placed.n = shadow_n
    JOIN policies ON policies.id = shadow_policy_id AND policies.state = 'shadow'
    LEFT JOIN shadow_scored own
        ON own.transaction_id = placed.payment_id AND own.model_version = shadow_model_version
)
"""


def shadow_parameters(rows: Sequence[Decided]) -> dict[str, list[Any]]:
    """Return what `INSERT_SHADOWS` takes; two shadows of one model share its score."""
    decisions, scores = [], {}
    for place, row in enumerate(rows, start=1):
        for each in row.shadows:
            decisions.append((place, each.policy_id, each.model_version, each.label.value, each.reason.value))
            if each.score is not None:
                numbers = (each.score[name] for name in SCORE_COLUMNS)
                scores[place, each.model_version] = (place, each.model_version, each.device, *numbers)
    return _arrays(_DECISION_COLUMNS, decisions) | _arrays(_SCORE_COLUMNS, list(scores.values()))


def _arrays(columns: Sequence[tuple[str, str]], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = [name for name, _ in columns]
    if not rows:
        return {name: [] for name in names}
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
