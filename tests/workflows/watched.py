"""Payments that shadows look on, and what they said of them."""

from decimal import Decimal

import numpy as np

from app.database.payments.transactions import SCORE_COLUMNS
from app.scoring.transaction import Transaction
from tests.builders import FOREIGN, a_transaction
from tests.service import Service

#: Versions of a model; the newer one decides on a new database.
OLDER, NEWER = "2026-01-01a", "2026-01-02a"
#: What a shadow decided by: the score of its own model, which is the payment's where that was active.
_SCORES = ", ".join(
    f"CASE WHEN s.model_version = d.model_version THEN d.{name} ELSE x.{name} END AS {name}"
    for name in SCORE_COLUMNS
)
SHADOWED = f"""
SELECT s.policy_id, s.model_version, s.label, s.reason, s.decided_at, s.score_id, d.label AS live_label,
    d.decided_at AS live_decided_at, t.currency, t.amount, {_SCORES}
FROM shadow_decisions s
JOIN transactions t ON t.id = s.transaction_id
JOIN decisions d ON d.transaction_id = t.id AND d.attempt = 1
LEFT JOIN shadow_scores x ON x.id = s.score_id
ORDER BY s.transaction_id, s.policy_id
"""


def payments(service: Service, count: int = 60) -> list[Transaction]:
    """Return payments of all kinds, some in a currency no model knows; the same ones each time."""
    draws = np.random.default_rng(3)
    names = service.services.models.serving.pair.model.schema.names
    return [
        a_transaction(
            service,
            transaction_id=f"payment-{number:03}",
            features=dict(
                zip(names, draws.normal(scale=4.0, size=len(names)).round(3).tolist(), strict=True)
            ),
            amount=Decimal(number + 1),
            currency=FOREIGN if number % 10 == 0 else "EUR",
        )
        for number in range(count)
    ]
