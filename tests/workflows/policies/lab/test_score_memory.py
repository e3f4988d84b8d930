"""What is held in memory is what the database holds, whatever happened in between."""

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import transaction
from app.review.access.people import Role
from app.review.case import Judgement
from app.scoring.uncertainty import Scores
from app.triage.labels import LABELS, STANDINGS, Label, Standing
from app.triage.simulation.window import FRAUD_TRUTH, LEGIT_TRUTH, NO_TRUTH, Window
from app.workflows.cases.judgements import VerdictInput
from app.workflows.policies.lab.score_memory import EPOCH, ReplayWindow, ScoreMemory
from tests.builders import FOREIGN, NOON, SilentScorer, a_transaction, rows, run, scored_by, value
from tests.payments_written import written
from tests.service import Service

FAR = NOON + timedelta(days=3650)


def model_of(service: Service) -> str:
    return service.services.models.serving.pair.model.version


async def everything(memory: ScoreMemory, service: Service) -> ReplayWindow:
    return await memory.window(model_of(service), EPOCH, FAR)


def columns(window: Window) -> dict[str, np.ndarray]:
    own = {field.name: getattr(window, field.name) for field in fields(window) if field.name != "scores"}
    scores = {field.name: getattr(window.scores, field.name) for field in fields(Scores)}
    return {name: value for name, value in (own | scores).items() if isinstance(value, np.ndarray)}


def assert_equal(held: ReplayWindow, fresh: ReplayWindow) -> None:
    assert columns(held.window).keys() == columns(fresh.window).keys()
    for name, column in columns(fresh.window).items():
        np.testing.assert_array_equal(columns(held.window)[name], column, err_msg=name)
    assert held.other_models == fresh.other_models


async def post(service: Service, count: int, *, seed: int = 0, **changes: Any) -> list[str]:
    draws = np.random.default_rng(seed)
    names = service.services.models.serving.pair.model.schema.names
    batch = [
        a_transaction(
            service,
            features=dict(zip(names, draws.normal(scale=3, size=len(names)).round(3).tolist(), strict=True)),
            amount=f"{draws.exponential(80):.2f}",
            **changes,
        )
        for _ in range(count)
    ]
    await service.services.payments.intake.receive_many(batch)
    return [each.transaction_id for each in batch]


async def report(engine: AsyncEngine, transaction_id: str, label: str, **columns: Any) -> None:
    values = {"source": "audit", "propensity": None, "at": NOON, "recorded_at": None} | columns
    await run(
        engine,
        "INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at, propensity)"
        " SELECT id, :label, :source, :at, :at, COALESCE(:recorded_at, now()), :propensity"
        " FROM transactions WHERE transaction_id = :transaction_id",
        transaction_id=transaction_id,
        label=label,
        **values,
    )


async def test_a_first_load_holds_every_decision_as_it_was_stored(
    service: Service, engine: AsyncEngine
) -> None:
    await post(service, 40)
    await post(service, 5, currency=FOREIGN)
    async with scored_by(service, SilentScorer):
        await post(service, 3)
        held = await everything(ScoreMemory(engine, clock=service.services.clock), service)
        stored = await rows(
            engine,
            "SELECT d.*, t.amount, extract(epoch FROM d.decided_at)::float8 AS epoch FROM decisions d"
            " JOIN transactions t ON t.id = d.transaction_id"
            " ORDER BY d.decided_at, d.transaction_id",
        )
    window = held.window
    assert window.keys.tolist() == [row.transaction_id for row in stored]
    assert window.decided_at.tolist() == [row.epoch for row in stored]
    assert window.amounts.tolist() == [float(row.amount) for row in stored]
    assert [LABELS[code].value for code in window.labels] == [row.label for row in stored]
    assert window.propensities.tolist() == [row.label_propensity for row in stored]
    for name in ("evidence_fraud", "novelty", "probability", "mutual_information", "spread"):
        told = getattr(window.scores, name)
        assert [None if np.isnan(value) else value for value in told] == [
            getattr(row, name) for row in stored
        ]
    standings = [STANDINGS[code] for code in window.standings]
    assert standings.count(Standing.CURRENCY_UNSUPPORTED) == 5
    assert standings.count(Standing.MODEL_UNAVAILABLE) == 3
    assert (window.truths == NO_TRUTH).all()
    assert all(column.flags.c_contiguous for column in columns(window).values())


async def test_following_comes_to_what_a_fresh_load_holds(service: Service, engine: AsyncEngine) -> None:
    """Payments, reports, verdicts and second thoughts in between, each followed as it comes."""
    clock = service.services.clock
    memory = ScoreMemory(engine, clock=clock)
    analyst = await service.person(Role.ANALYST)
    for step in range(6):
        ids = await post(service, 12, seed=step)
        await post(service, 2, seed=step, currency=FOREIGN)
        await report(engine, ids[0], "fraud", propensity=1.0)
        await report(engine, ids[1], "legit", source="chargeback")
        if step % 2:
            await report(engine, ids[0], "legit", at=NOON + timedelta(days=1))
        file = await service.services.cases.claims.current_or_next(analyst)
        if file is not None and file.case.lease is not None:
            await service.services.cases.verdicts.judge(
                analyst, file.case.id, file.case.lease.token, VerdictInput(judgement=Judgement.FRAUD)
            )
        held = await everything(memory, service)
        assert_equal(held, await everything(ScoreMemory(engine, clock=clock), service))
    assert held.window.size == 6 * 14
    assert set(held.window.truths.tolist()) == {NO_TRUTH, LEGIT_TRUTH, FRAUD_TRUTH}


async def test_a_decision_that_commits_late_is_found(service: Service, engine: AsyncEngine) -> None:
    """Dated before others that were read meanwhile, committed after them."""
    await post(service, 4)
    memory = ScoreMemory(engine, clock=service.services.clock)
    first = await value(engine, "SELECT min(received_at) FROM payments")
    async with engine.connect() as late:
        await written(
            late, {"late": Decimal(7)}, at=first - timedelta(milliseconds=1), label="legit", is_scored=True
        )
        await post(service, 4, seed=1)
        before = await everything(memory, service)
        assert before.window.size == 8
        kept = {name: column.copy() for name, column in columns(before.window).items()}
        await late.commit()
        await report(engine, "late", "fraud", propensity=1.0)
        after = await everything(memory, service)
        assert after.window.size == 9
        assert_equal(after, await everything(ScoreMemory(engine, clock=service.services.clock), service))
        for name, column in kept.items():
            np.testing.assert_array_equal(columns(before.window)[name], column)


async def test_what_was_handed_out_stays_as_it_was(service: Service, engine: AsyncEngine) -> None:
    ids = await post(service, 6)
    memory = ScoreMemory(engine, clock=service.services.clock)
    before = await everything(memory, service)
    kept = {name: column.copy() for name, column in columns(before.window).items()}
    await post(service, 6, seed=1)
    await report(engine, ids[2], "fraud", propensity=1.0)
    after = await everything(memory, service)
    assert (after.window.size, (after.window.truths == FRAUD_TRUTH).sum()) == (12, 1)
    for name, column in kept.items():
        np.testing.assert_array_equal(columns(before.window)[name], column)


async def test_a_truth_carries_the_likelier_of_its_chances(service: Service, engine: AsyncEngine) -> None:
    ids = await post(service, 4)
    await report(engine, ids[0], "fraud", propensity=0.2)
    await report(engine, ids[0], "legit", propensity=0.6, at=NOON + timedelta(days=2))
    await report(engine, ids[1], "fraud", source="chargeback")
    window = (await everything(ScoreMemory(engine, clock=service.services.clock), service)).window
    keys = {
        row.transaction_id: row.id
        for row in await rows(engine, "SELECT id, transaction_id FROM transactions")
    }
    places = {name: int(np.flatnonzero(window.keys == keys[name])[0]) for name in ids}
    # The later report counts; either of the two ways would have told.
    assert (window.truths[places[ids[0]]], window.truth_propensities[places[ids[0]]]) == (LEGIT_TRUTH, 0.6)
    assert window.truths[places[ids[1]]] == FRAUD_TRUTH
    assert np.isnan(window.truth_propensities[places[ids[1]]])
    assert window.truths[places[ids[2]]] == NO_TRUTH


async def test_a_window_is_cut_by_time_and_by_what_may_be_held(service: Service, engine: AsyncEngine) -> None:
    await post(service, 30)
    clock = service.services.clock
    whole = await everything(ScoreMemory(engine, clock=clock), service)
    assert whole.held_since is None
    await run(engine, "ALTER TABLE payments DISABLE TRIGGER append_only")
    apart = "interval '1 hour' * ((SELECT max(id) FROM payments) - id)"
    await run(engine, f"UPDATE payments SET received_at = received_at - {apart}")
    few = ScoreMemory(engine, clock=clock, most_rows=10)
    held = await everything(few, service)
    assert held.window.size == 10
    assert held.held_since is not None
    middle = held.window.decided_at[5]
    since = EPOCH + timedelta(seconds=float(middle))
    part = await few.window(model_of(service), since, FAR)
    assert part.window.decided_at.tolist() == held.window.decided_at[5:].tolist()
    assert part.held_since is None
    until = await few.window(model_of(service), EPOCH, since)
    assert until.window.decided_at.tolist() == held.window.decided_at[:5].tolist()


async def test_another_models_decisions_are_counted_and_left_out(
    service: Service, engine: AsyncEngine
) -> None:
    await post(service, 8)
    await post(service, 2, currency=FOREIGN)
    held = await ScoreMemory(engine, clock=service.services.clock).window("another", EPOCH, FAR)
    # Without any score it would have had none either.
    assert (held.window.size, held.other_models) == (2, 8)
    assert {LABELS[code] for code in held.window.labels} == {Label.UNKNOWN}


async def test_an_empty_database_is_an_empty_window(service: Service, engine: AsyncEngine) -> None:
    memory = ScoreMemory(engine, clock=service.services.clock)
    assert (await everything(memory, service)).window.size == 0
    await post(service, 3)
    assert (await everything(memory, service)).window.size == 3
    async with transaction(engine) as connection:
        assert await connection.scalar(text("SELECT count(*) FROM decisions")) == 3
