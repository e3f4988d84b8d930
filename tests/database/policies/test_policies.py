"""A version is read as it was written, whatever its policy says."""

from dataclasses import replace

from hypothesis import given, settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.policies import lifecycle, policies
from app.triage.certificate import Certificate
from app.triage.costs import Costs
from app.triage.guard_rails import AnsweredWarning, Guard
from app.triage.policies.choices import Fallback
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState
from app.triage.staffing import Staffing
from tests.builders import NOON
from tests.database.world import a_world
from tests.triage.builders import a_policy
from tests.triage.test_deciding import policies as any_policies


def some_policies(count: int) -> list[Policy]:
    """Return policies of every kind: with and without bands and gates, bounds in order and crossed."""
    found: list[Policy] = []

    @settings(max_examples=count, derandomize=True, database=None)
    @given(any_policies())
    def collect(policy: Policy) -> None:
        found.append(policy)

    collect()
    return found


async def test_a_policy_comes_back_from_its_row(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    full = a_policy(
        audit_share_approved=0.1,
        audit_share_declined=1.0,
        audit_share_near=0.0,
        deadline_fallback=Fallback.DECLINE,
        urgency_tau_minutes=1.5,
        costs=Costs(
            review=1.25, overhead=0.1, friction=3.0, detection_rate=0.5, analyst_false_decline_rate=0.0
        ),
        staffing=Staffing(analysts=7, minutes_per_review=0.1, opens_hour=0, closes_hour=24),
    )
    for each in [full, *some_policies(60)]:
        policy = replace(each, model_version=world.model)
        policy_id = await _drafted(connection, world.author, policy)
        assert (await policies.by_id(connection, policy_id)).policy == policy


async def test_what_belongs_to_a_version_comes_back_with_it(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    certificate = Certificate(
        method="a method", miss_rate_at_most=0.05, confidence=0.95, frauds=59, rows_sha256="0" * 64, order=1
    )
    warning = AnsweredWarning(
        guard=Guard.OVER_CAPACITY, sentence="Too many cases.", answer="Two colleagues come on Monday."
    )
    policy_id = await policies.draft(
        connection,
        a_policy(model_version=world.model),
        author_id=world.author,
        reason="Because.",
        parent_id=world.policy,
        certificate=certificate,
        warnings=[warning],
        now=NOON,
    )
    version = await policies.by_id(connection, policy_id)
    assert (version.certificate, version.warnings, version.parent_id) == (
        certificate,
        (warning,),
        world.policy,
    )
    assert (version.state, version.created_at, version.reason) == (PolicyState.DRAFT, NOON, "Because.")
    assert (version.author_id, version.approver_id, version.approved_by, version.approved_at) == (
        world.author, None, None, None,
    )  # fmt: skip
    assert (version.activates_at, (await policies.by_id(connection, world.policy)).certificate) == (
        None,
        None,
    )


async def test_a_certificate_of_an_earlier_release_is_still_read(connection: AsyncConnection) -> None:
    """With the fields certificates had then, and no others."""
    world = await a_world(connection)
    old = (
        '{"method": "m", "miss_rate_at_most": 0.15, "confidence": 0.95, "frauds": 88, "order": 8,'
        ' "rows_sha256": "79", "assumption": "the coming weeks resemble the calibration data"}'
    )
    policy_id = await connection.scalar(
        text(
            "INSERT INTO policies (model_version, state, approve_at_most, decline_at_least, bands, costs,"
            " staffing, audit_share_approved, audit_share_declined, audit_share_near, near_width,"
            " deadline_fallback, urgency_tau_minutes, certificate, warnings, reason, author_id, created_at)"
            " SELECT model_version, 'draft', approve_at_most, decline_at_least, bands, costs, staffing, 0, 0,"
            " 0, 0, 'wait', 30, CAST(:old AS jsonb), '[]', 'Old.', author_id, now()"
            " FROM policies WHERE id = :policy RETURNING id"
        ),
        {"old": old, "policy": world.policy},
    )
    certificate = (await policies.by_id(connection, policy_id)).certificate
    assert certificate is not None
    assert (certificate.miss_rate_at_most, certificate.frauds, certificate.order) == (0.15, 88, 8)


async def test_versions_are_paged_from_the_newest(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    policy = a_policy(model_version=world.model)
    ids = [await _drafted(connection, world.author, policy) for _ in range(5)]
    page = await policies.newest(connection, limit=2)
    assert [each.id for each in page] == [ids[4], ids[3]]
    page = await policies.newest(connection, limit=2, before_id=page[-1].id)
    assert [each.id for each in page] == [ids[2], ids[1]]


async def test_shadows_are_those_in_shadow_now(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    before = await policies.deciding_ids(connection)
    first, second = [
        await _drafted(connection, world.author, a_policy(model_version=world.model)) for _ in range(2)
    ]
    for policy_id in (first, second):
        for state in (PolicyState.SIMULATED, PolicyState.SHADOW):
            await lifecycle.move(connection, policy_id, state, account_id=world.author, now=NOON)
    assert before == (world.policy, ())
    assert await policies.deciding_ids(connection) == (world.policy, (first, second))
    await lifecycle.move(connection, first, PolicyState.SIMULATED, account_id=world.author, now=NOON)
    assert [each.id for each in await policies.shadows(connection)] == [second]


async def _drafted(connection: AsyncConnection, author_id: int, policy: Policy) -> int:
    return await policies.draft(
        connection,
        policy,
        author_id=author_id,
        reason="Because.",
        parent_id=None,
        certificate=None,
        now=NOON,
    )
