"""What was simulated is kept as it was computed, and the newest of it is what is signed."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.policies import simulations
from app.database.policies.simulations import SimulationRecord
from app.triage.guard_rails import Guard, GuardWarning
from tests.builders import NOON
from tests.database.world import a_world, drafted

RECORD = SimulationRecord(
    window_start=NOON - timedelta(days=7),
    window_end=NOON,
    decisions=12_000,
    result={"before": {"reviews_per_day": 41.5}, "after": {"reviews_per_day": None}, "moves": []},
    statement={"sentences": ["Frauds approved unseen: about 1.5 a day."], "miss_rate": {"low": 0.01}},
    warnings=(GuardWarning(guard=Guard.OVER_CAPACITY, sentence="Too many cases."),),
)


async def test_the_newest_simulation_of_a_version_comes_back_whole(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    policy_id, other = [await drafted(connection, world.author, world.model) for _ in range(2)]
    later = NOON + timedelta(hours=1)
    newer = replace(RECORD, decisions=12_500, statement=None, warnings=())
    await simulations.add(connection, policy_id, RECORD, account_id=world.author, now=NOON)
    first = await simulations.newest(connection, policy_id)
    await simulations.add(connection, policy_id, newer, account_id=world.approver, now=later)
    second = await simulations.newest(connection, policy_id)
    assert first is not None
    assert second is not None
    names = {
        row.id: row.display_name
        for row in await connection.execute(text("SELECT id, display_name FROM accounts"))
    }
    assert (first.policy_id, first.record, first.computed_at) == (policy_id, RECORD, NOON)
    assert (second.record, second.computed_at) == (newer, later)
    assert [each.computed_by for each in (first, second)] == [names[world.author], names[world.approver]]
    assert first.id < second.id
    assert await simulations.newest(connection, other) is None
