"""What the database itself refuses, whoever asks: each statement here is written by hand."""

import itertools

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.triage.policies.state import NEXT_STATES, PolicyState
from tests.builders import register_account, rows, run
from tests.conftest import a_service
from tests.database.world import World, a_world, accepts, drafted, in_state, moved, refused

APPEND_ONLY = (
    "payments", "payment_keys", "feature_lists", "later_decisions", "later_outcomes", "shadow_scores",
    "link_keys", "labels", "claims", "verdicts", "policy_events", "policy_simulations", "shadow_decisions",
    "claim_ends", "provisional_verdicts", "blind_draws", "case_groups", "feed_events",
    "guarantee_events", "drift_events",
    "group_proposal_cases", "currency_rates", "outcome_epochs", "access_events", "job_steps",
    "history_frauds", "history_rebuilds", "comments", "attachments", "list_events", "case_exports",
)  # fmt: skip
KEYS = {
    "history_frauds": "key", "case_exports": "case_id",
    "payment_keys": "key", "later_outcomes": "transaction_id", "link_keys": "is_only", "claims": "token",
    "shadow_decisions": "policy_id", "claim_ends": "token", "provisional_verdicts": "token",
    "blind_draws": "case_id", "group_proposal_cases": "case_id", "outcome_epochs": "epoch",
}  # fmt: skip
NEVER_DELETED = ("policies", "cases", "active_policy", "account_tokens", "jobs", "list_entries")


@pytest.fixture
async def world(connection: AsyncConnection) -> World:
    return await a_world(connection)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
async def test_what_was_written_stays_as_it_is(connection: AsyncConnection, table: str, change: str) -> None:
    column = KEYS.get(table, "id")
    await refused(connection, change.format(table, column, column), because="never changed")


async def test_no_table_of_record_is_ever_emptied(engine: AsyncEngine) -> None:
    """In a database of its own: the attempt alone locks the whole table."""
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        with pytest.raises(DBAPIError, match="never changed"):
            await run(engine, f"TRUNCATE {table} CASCADE")


async def test_every_table_of_facts_is_append_only(connection: AsyncConnection) -> None:
    found = await connection.execute(
        text(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE tgname = 'append_only' AND NOT relispartition"
        )
    )
    assert {row[0] for row in found} == set(APPEND_ONLY)


@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
async def test_no_month_of_payments_is_changed_behind_their_back(
    connection: AsyncConnection, change: str
) -> None:
    """A rule of the whole table does not hold for one who writes to a part of it."""
    parts = await connection.execute(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'payments'::regclass")
    )
    names = list(parts.scalars())
    assert len(names) >= 5
    for part in names:
        await refused(connection, change.format(part), because="never changed")


@pytest.mark.parametrize("view", ["transactions", "decisions", "outcomes"])
@pytest.mark.parametrize(
    "change",
    ["UPDATE {} SET transaction_id = transaction_id", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES"],
)
async def test_what_readers_know_is_not_written_through(
    connection: AsyncConnection, view: str, change: str
) -> None:
    refusal = "never changed|cannot (update|delete from|insert into) view|not-null constraint"
    await refused(connection, change.format(view), because=refusal)


@pytest.mark.parametrize("table", NEVER_DELETED)
async def test_what_others_rely_on_never_vanishes(
    connection: AsyncConnection, world: World, table: str
) -> None:
    assert world.policy
    await refused(connection, f"DELETE FROM {table}", because="never changed")


async def test_the_database_holds_the_table_of_policy_states(
    connection: AsyncConnection, world: World
) -> None:
    """Every pair of states, tried on a policy brought to the first of them."""
    permitted = set()
    for before, after in itertools.permutations(PolicyState, 2):
        savepoint = await connection.begin_nested()
        policy = await in_state(connection, world, before)
        if await accepts(connection, moved(policy, after)):
            permitted.add((before, after))
        await savepoint.rollback()
    assert permitted == {(before, after) for before, nexts in NEXT_STATES.items() for after in nexts}


async def test_a_policy_is_born_a_draft(connection: AsyncConnection, world: World) -> None:
    copy = f"""
    INSERT INTO policies OVERRIDING SYSTEM VALUE
    SELECT (jsonb_populate_record(policies, '{{"id": {world.policy + 1_000_000}}}')).*
    FROM policies WHERE id = {world.policy}
    """
    await refused(connection, copy, because="begins as a draft")


async def test_nobody_approves_their_own_policy(connection: AsyncConnection, world: World) -> None:
    policy = await drafted(connection, world.author, world.model)
    await refused(
        connection,
        f"UPDATE policies SET approved_by = {world.author} WHERE id = {policy}",
        because="approved_by_another",
    )


async def test_a_scheduled_policy_knows_its_time_and_no_other_has_one(
    connection: AsyncConnection, world: World
) -> None:
    policy = await in_state(connection, world, PolicyState.APPROVED)
    await refused(
        connection,
        f"UPDATE policies SET state = 'scheduled' WHERE id = {policy}",
        because="scheduled_has_time",
    )
    await refused(
        connection, f"UPDATE policies SET activates_at = now() WHERE id = {policy}", because="never rewritten"
    )
    await connection.execute(text(moved(policy, PolicyState.SCHEDULED)))
    later = f"UPDATE policies SET activates_at = now() + interval '1 day' WHERE id = {policy}"
    await refused(connection, later, because="never rewritten")


async def test_a_shadow_decides_on_its_own_models_scale(connection: AsyncConnection, world: World) -> None:
    """The foreign key holds the pair: a policy cannot speak for another model, not even in shadow."""
    shadow = "INSERT INTO shadow_decisions VALUES ({}, '{}', {}, NULL, 'legit', 'evidence_legit', now())"
    await refused(
        connection,
        shadow.format(world.policy, f"{world.model}-other", world.transaction),
        because="fk_shadow_decisions_policy_id",
    )
    await connection.execute(text(shadow.format(world.policy, world.model, world.transaction)))


async def test_a_token_is_only_ever_revoked(connection: AsyncConnection, world: World) -> None:
    await connection.execute(
        text(
            "INSERT INTO account_tokens VALUES"
            f" ('{world.model}', {world.author}, 'laptop', now(), now() + interval '1 day', NULL)"
        )
    )
    for change in ("expires_at = now() + interval '9 days'", f"account_id = {world.approver}"):
        await refused(
            connection,
            f"UPDATE account_tokens SET {change} WHERE token_sha256 = '{world.model}'",
            because="only ever revoked",
        )
    revoke = f"UPDATE account_tokens SET revoked_at = {{}} WHERE token_sha256 = '{world.model}'"
    await connection.execute(text(revoke.format("now()")))
    await refused(connection, revoke.format("NULL"), because="only ever revoked")


@pytest.mark.parametrize("column", ["approved_by", "approved_at"])
async def test_an_approval_is_never_rewritten(connection: AsyncConnection, world: World, column: str) -> None:
    third = (await register_account(connection)).id
    value = str(third) if column == "approved_by" else "now()"
    statement = f"UPDATE policies SET {column} = {value} WHERE id = {world.policy}"
    await refused(connection, statement, because="approval is never rewritten")


@pytest.mark.parametrize(
    "change",
    [
        "approve_at_most = -9", "decline_at_least = 9", "novelty_at_most = 1", "audit_share_approved = 0",
        "model_version = 'other'", "author_id = approved_by", "reason = 'another'", "created_at = now()",
        "certificate = '{}'", "deadline_fallback = 'approve'", "costs = '{}'", "bands = '[1]'",
        "warnings = '[1]'", "parent_id = id",
    ],
)  # fmt: skip
async def test_a_policys_content_never_changes(
    connection: AsyncConnection, world: World, change: str
) -> None:
    statement = f"UPDATE policies SET {change} WHERE id = {world.policy}"
    await refused(connection, statement, because="never changes its content")


async def test_a_policy_decides_on_the_scale_of_its_own_model_only(
    connection: AsyncConnection, world: World
) -> None:
    statement = f"UPDATE active_policy SET model_version = '{world.model}-other'"
    await refused(connection, statement, because="fk_active_policy")


async def test_the_active_pair_needs_an_active_policy(connection: AsyncConnection, world: World) -> None:
    draft = await drafted(connection, world.author, world.model)
    await refused(
        connection, f"UPDATE active_policy SET policy_id = {draft}", because="needs a policy in state active"
    )


async def test_the_active_policy_retires_only_when_another_takes_over(
    connection: AsyncConnection, world: World
) -> None:
    statement = f"UPDATE policies SET state = 'retired' WHERE id = {world.policy}"
    await refused(connection, statement, because="needs a policy in state active")


async def test_there_is_one_active_policy(connection: AsyncConnection, world: World) -> None:
    other = await in_state(connection, world, PolicyState.APPROVED)
    statement = f"UPDATE policies SET state = 'active' WHERE id = {other}"
    await refused(connection, statement, because="uq_policies_one_active")


async def test_a_transaction_has_one_open_case(connection: AsyncConnection, world: World) -> None:
    copy = (
        "INSERT INTO cases"
        " (transaction_id, decision_id, kind, expected_loss, priority_key, fallback, opened_at)"
        " SELECT transaction_id, decision_id, 'audit', 1, 1, 'wait', now()"
        f" FROM cases WHERE id = {world.case}"
    )
    await refused(connection, copy, because="uq_cases_one_open")
    await connection.execute(text(f"UPDATE cases SET state = 'escalated' WHERE id = {world.case}"))
    await refused(connection, copy, because="uq_cases_one_open")


async def test_a_case_has_one_final_verdict(connection: AsyncConnection, world: World) -> None:
    await connection.execute(text(_verdict(world, "escalate")))
    await connection.execute(text(_verdict(world, "legit")))
    await connection.execute(text(_verdict(world, "escalate")))
    await refused(connection, _verdict(world, "fraud"), because="uq_verdicts_one_per_case")


@pytest.mark.parametrize("over", ["judged", "closed"])
async def test_a_case_that_is_over_stays_over(connection: AsyncConnection, world: World, over: str) -> None:
    end = f"UPDATE cases SET state = '{over}', closed_at = now() WHERE id = {world.case}"
    await connection.execute(text(end))
    again = f"UPDATE cases SET state = 'open', closed_at = NULL WHERE id = {world.case}"
    await refused(connection, again, because="stays as it is")


@pytest.mark.parametrize("label", ["fraud", "legit"])
async def test_without_a_score_nothing_is_decided(
    connection: AsyncConnection, world: World, label: str
) -> None:
    later = (
        "INSERT INTO later_decisions"
        " (transaction_id, attempt, policy_id, label, reason, label_propensity, decided_at)"
        f" VALUES ({world.transaction}, 2, {world.policy}, '{label}', 'evidence_{label}', 1, now())"
    )
    for statement in (later, _payment(world, label=f"'{label}'", position="1", margin="NULL")):
        await refused(connection, statement, because="no_score_is_unknown")
    assert await accepts(connection, later.replace(f"'{label}'", "'unknown'"))
    assert await accepts(connection, _payment(world, label="'unknown'", position="NULL", margin="NULL"))


@pytest.mark.parametrize(("label", "position"), [("legit", "NULL"), ("fraud", "NULL"), ("unknown", "1")])
async def test_a_payment_has_a_place_among_outcomes_when_the_machine_decided_it(
    connection: AsyncConnection, world: World, label: str, position: str
) -> None:
    statement = _payment(world, label=f"'{label}'", position=position, margin="0.5")
    await refused(connection, statement, because="settled_has_position")
    other = {"NULL": "1", "1": "NULL"}[position]
    assert await accepts(connection, _payment(world, label=f"'{label}'", position=other, margin="0.5"))


async def test_a_payment_is_known_by_one_key(connection: AsyncConnection, world: World) -> None:
    again = (
        "INSERT INTO payment_keys SELECT payment_identity(client_id, transaction_id), id + 1"
        f" FROM payments WHERE id = {world.transaction}"
    )
    await refused(connection, again, because="pk_payment_keys")


@pytest.mark.parametrize("attempt", [1, 2])
async def test_a_later_decision_comes_after_the_first_and_has_its_own_place(
    connection: AsyncConnection, world: World, attempt: int
) -> None:
    later = (
        "INSERT INTO later_decisions"
        " (transaction_id, attempt, policy_id, label, reason, label_propensity, decided_at)"
        f" VALUES ({world.transaction}, {{}}, {world.policy}, 'unknown', 'novel', 1, now())"
    )
    await connection.execute(text(later.format(2)))
    because = "is_later" if attempt == 1 else "uq_later_decisions_transaction_id_attempt"
    await refused(connection, later.format(attempt), because=because)


async def test_an_outcome_is_settled_once(connection: AsyncConnection, world: World) -> None:
    settle = (
        "INSERT INTO later_outcomes (transaction_id, client_id, outcome, source, settled_at)"
        f" SELECT id, client_id, 'legit', 'verdict', now() FROM payments WHERE id = {world.transaction}"
    )
    await connection.execute(text(settle))
    await refused(connection, settle, because="pk_later_outcomes")


async def test_after_a_first_start_the_rules_hold_for_the_service_too(
    engine: AsyncEngine, database_url: str
) -> None:
    async with a_service(database_url):
        pass
    with pytest.raises(DBAPIError, match="needs a policy in state active"):
        await run(engine, "UPDATE policies SET state = 'retired' WHERE state = 'active'")
    assert [row.state for row in await rows(engine, "SELECT state FROM policies")] == ["active"]


def _payment(world: World, *, label: str, position: str, margin: str) -> str:
    """Return a copy of the world's payment with these columns, under a number of its own."""
    return f"""
    INSERT INTO payments SELECT (jsonb_populate_record(payments, to_jsonb(changed))).*
    FROM payments, LATERAL (
        SELECT payments.id + nextval('payment_numbers') AS id, {label} AS label, {position} AS position,
            CAST({margin} AS float8) AS margin
    ) changed
    WHERE payments.id = {world.transaction}
    """


def _verdict(world: World, judgement: str) -> str:
    return (
        "INSERT INTO verdicts (case_id, token, account_id, judgement, decision_id, policy_id, model_version,"
        " claimed_at, judged_at, milliseconds_to_decide)"
        f" SELECT id, '{world.token}', {world.author}, '{judgement}', decision_id, {world.policy},"
        f" '{world.model}', now(), now(), 1 FROM cases WHERE id = {world.case}"
    )
