"""A policy in shadow decides every payment, and changes nothing of what becomes of it."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import lifecycle
from app.database.server.embedded import EmbeddedServer
from app.database.server.session import connect, transaction
from app.review.access.people import Role
from app.review.answer import Answer
from app.triage.policies.state import PolicyState
from tests.builders import (
    ALL_LEGIT,
    ALL_UNKNOWN,
    PatientScorer,
    SilentScorer,
    in_shadow,
    put_scorer,
    rows,
    simulated,
    until,
    value,
    with_policy,
)
from tests.conftest import a_database, a_service
from tests.models import shipped_under
from tests.service import Service
from tests.stored import decided_anew, policy_of
from tests.workflows.watched import NEWER, OLDER, SHADOWED, payments

#: What becomes of payments, by their name: everything but keys and moments.
BECAME = """
SELECT t.transaction_id, d.attempt, d.label, d.reason, d.label_propensity, d.evidence_fraud, d.spread,
    c.kind, c.state, c.expected_loss, c.awaits_model, o.outcome, o.source
FROM transactions t
JOIN decisions d ON d.transaction_id = t.id
LEFT JOIN cases c ON c.transaction_id = t.id
LEFT JOIN outcomes o ON o.transaction_id = t.id
ORDER BY t.transaction_id, d.attempt
"""


@pytest.fixture
def two_databases(postgres: EmbeddedServer) -> Iterator[tuple[str, str]]:
    with a_database(postgres) as one, a_database(postgres) as other:
        yield one, other


async def test_a_shadow_decides_every_payment_by_its_own_bounds(
    service: Service, engine: AsyncEngine
) -> None:
    active = await with_policy(service, novelty_at_most=None)
    shadow = await in_shadow(service, approve_at_most=0.0, decline_at_least=1.0, spread_at_most=3.0)
    await service.services.payments.intake.receive_many(payments(service))
    said = await rows(engine, SHADOWED)
    assert len(said) == 60
    policy = await policy_of(engine, shadow)
    for row in said:
        assert (row.policy_id, row.label, row.reason) == (shadow, *decided_anew(row, policy))
        # One score, one moment: what is compared differs in nothing but the bounds.
        assert (row.score_id, row.decided_at) == (None, row.live_decided_at)
    assert len({row.label for row in said}) == 3
    assert any(row.label != row.live_label for row in said)
    assert await value(engine, "SELECT count(*) FROM payments WHERE margin IS NOT NULL") == 54
    assert await value(engine, "SELECT count(*) FROM shadow_scores") == 0
    assert await rows(engine, "SELECT DISTINCT policy_id FROM decisions") == [(active,)]


async def test_what_becomes_of_a_payment_does_not_depend_on_shadows(
    two_databases: tuple[str, str], tmp_path: Path
) -> None:
    """The same payments and draws, once alone and once watched by three, one of another model."""
    two_models = shipped_under(tmp_path, OLDER, NEWER)
    became = []
    for url, is_watched in zip(two_databases, (False, True), strict=True):
        async with a_service(url, models_dir=two_models, scoring_timeout_ms=60_000) as service:
            await with_policy(service, audit_share_approved=0.3, audit_share_declined=0.3)
            if is_watched:
                await in_shadow(service, **ALL_LEGIT)
                await in_shadow(service, **ALL_UNKNOWN, audit_share_approved=1.0)
                await in_shadow(service, **ALL_LEGIT, model_version=OLDER)
            answers = await service.services.payments.intake.receive_many(payments(service))
            assert all(isinstance(answer, Answer) for answer in answers)
        engine = connect(url)
        became.append(await rows(engine, BECAME))
        assert await value(engine, "SELECT count(*) FROM shadow_decisions") == 180 * is_watched
        await engine.dispose()
    alone, watched = became
    assert alone == watched
    assert {row.kind for row in alone} == {"unknown", "audit", None}


async def test_a_repeat_casts_no_second_shadow(service: Service, engine: AsyncEngine) -> None:
    await in_shadow(service, **ALL_UNKNOWN)
    first = await service.post(body := service.body())
    late = await in_shadow(service, **ALL_LEGIT)
    assert (await service.post(body)).json() == first.json()
    assert await value(engine, "SELECT count(*) FROM shadow_decisions") == 1
    await service.post(service.body())
    assert (
        await value(engine, "SELECT count(*) FROM shadow_decisions WHERE policy_id = :late", late=late) == 1
    )


async def test_a_shadow_that_ended_says_nothing_more(service: Service, engine: AsyncEngine) -> None:
    """Not even of payments that were being scored when it ended."""
    shadow = await in_shadow(service, **ALL_UNKNOWN)
    PatientScorer.asked.clear()
    PatientScorer.let.clear()
    put_scorer(service, PatientScorer)
    posted = asyncio.create_task(service.post(service.body()))
    await asyncio.to_thread(PatientScorer.asked.wait, 10)
    await _move(service, engine, shadow, PolicyState.SIMULATED)
    PatientScorer.let.set()
    assert (await posted).json()["label"] == "legit"
    assert (await service.post(service.body())).json()["label"] == "legit"
    assert await value(engine, "SELECT count(*) FROM shadow_decisions") == 0


async def test_a_shadow_that_another_process_starts_and_ends_is_followed(
    service: Service, engine: AsyncEngine
) -> None:
    shadow = await simulated(service, **ALL_UNKNOWN)
    for state, expected in ((PolicyState.SHADOW, [shadow]), (PolicyState.SIMULATED, [])):
        await _move(service, engine, shadow, state)
        await until(_shadows_are(service, expected), seconds=2)


async def test_without_its_model_a_shadow_of_the_same_model_waits_too(
    service: Service, engine: AsyncEngine
) -> None:
    await in_shadow(service, **ALL_LEGIT)
    put_scorer(service, SilentScorer)
    assert (await service.post(service.body())).json()["reason"] == "model_unavailable"
    said = await rows(engine, "SELECT label, reason, score_id FROM shadow_decisions")
    assert said == [("unknown", "model_unavailable", None)]


def _shadows_are(service: Service, expected: list[int]) -> Callable[[], Any]:
    async def are() -> bool:
        return [each.policy_id for each in service.services.models.serving.shadows] == expected

    return are


async def _move(service: Service, engine: AsyncEngine, policy_id: int, to: PolicyState) -> None:
    """Move a version as another process would: nobody here is told but by the database."""
    manager = await service.person(Role.MANAGER)
    async with transaction(engine) as connection:
        now = service.services.clock()
        await lifecycle.move(connection, policy_id, to, account_id=manager.id, now=now)
