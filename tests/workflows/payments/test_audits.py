"""Audits by doubt, in a real service: the logged chance, and a draw that can be repeated."""

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.history.keys import audit_secret
from app.database.server.session import transaction
from app.triage.audits.draw import drawn
from tests.builders import ALL_LEGIT, rows, with_policy
from tests.service import Service
from tests.workflows.policies.looked_back import post_payments

DECIDED = """
SELECT p.client_id, p.transaction_id, p.amount, p.probability, p.label_propensity,
    c.id IS NOT NULL AS is_drawn
FROM payments p LEFT JOIN cases c ON c.transaction_id = p.id AND c.kind = 'audit'
WHERE p.label = 'legit' ORDER BY p.id
"""


async def test_audits_are_drawn_by_doubt_and_by_the_secret(service: Service, engine: AsyncEngine) -> None:
    await with_policy(
        service, **ALL_LEGIT, audit_by_doubt=0.02, audit_share_approved=0.01, expected_loss_at_most=None
    )
    await post_payments(service, 300)
    decided = await rows(engine, DECIDED)
    assert len(decided) > 200
    overhead = service.services.models.serving.pair.policy.costs.overhead
    for row in decided:
        doubt = (row.probability * (1 - row.probability)) ** 0.5 * (float(row.amount) + overhead)
        assert row.label_propensity == pytest.approx(min(1.0, max(0.01, 0.02 * doubt)))
    chances = np.array([row.label_propensity for row in decided])
    assert (chances == 0.01).any()
    assert (chances > 0.05).any()
    async with transaction(engine) as connection:
        secret = await audit_secret(connection)
    again = drawn([f"{row.client_id}\0{row.transaction_id}" for row in decided], chances, secret)
    assert again.tolist() == [row.is_drawn for row in decided]
    assert again.any()


async def test_other_policies_draw_as_they_did(service: Service, engine: AsyncEngine) -> None:
    await with_policy(service, **ALL_LEGIT, audit_share_approved=0.3, expected_loss_at_most=None)
    await post_payments(service, 200)
    decided = await rows(engine, DECIDED)
    assert {row.label_propensity for row in decided} == {0.3}
    assert 20 < sum(row.is_drawn for row in decided) < 120
