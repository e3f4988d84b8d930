"""What the database itself refuses of cases and verdicts, whoever asks."""

import itertools

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.review.case import NEXT_STATES, CaseState
from tests.database.world import World, a_world, accepts, refused

CLOSED = {CaseState.JUDGED, CaseState.CLOSED}
VERDICT = """
INSERT INTO verdicts (case_id, token, account_id, judgement, note, decision_id, policy_id, model_version,
    claimed_at, judged_at, milliseconds_to_decide, corrects_id, reason)
SELECT {case}, {token}, {account}, '{judgement}', {note}, c.decision_id, {policy}, '{model}', now(), now(), 0,
    {corrects}, {reason}
FROM cases c WHERE c.id = {case}
"""


@pytest.fixture
async def world(connection: AsyncConnection) -> World:
    return await a_world(connection)


def moved(world: World, state: CaseState) -> str:
    closed_at = "now()" if state in CLOSED else "NULL"
    return f"UPDATE cases SET state = '{state.value}', closed_at = {closed_at} WHERE id = {world.case}"


def said(
    world: World,
    judgement: str = "fraud",
    *,
    token: str = "",
    note: str = "NULL",
    corrects: str = "NULL",
    reason: str = "NULL",
) -> str:
    return VERDICT.format(
        case=world.case,
        token=token or f"'{world.token}'",
        account=world.author,
        judgement=judgement,
        note=note,
        policy=world.policy,
        model=world.model,
        corrects=corrects,
        reason=reason,
    )


async def in_state(connection: AsyncConnection, world: World, state: CaseState) -> None:
    """Bring the world's case into a state by its shortest way."""
    ways = {CaseState.OPEN: (), CaseState.GIVEN: (CaseState.GIVEN,)}
    for step in ways.get(state, (state,)):
        await connection.execute(text(moved(world, step)))


async def test_the_database_holds_the_table_of_case_states(connection: AsyncConnection, world: World) -> None:
    permitted = set()
    for before, after in itertools.permutations(CaseState, 2):
        savepoint = await connection.begin_nested()
        await in_state(connection, world, before)
        if await accepts(connection, moved(world, after)):
            permitted.add((before, after))
        await savepoint.rollback()
    assert permitted == {(before, after) for before, nexts in NEXT_STATES.items() for after in nexts}


async def test_nothing_is_judged_without_a_verdict(connection: AsyncConnection, world: World) -> None:
    await refused(
        connection,
        moved(world, CaseState.JUDGED),
        because="needs a verdict",
    )
    await connection.execute(text(said(world)))
    await connection.execute(text(moved(world, CaseState.JUDGED)))
    await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


async def test_nothing_is_given_without_a_judgement_in_its_grace(
    connection: AsyncConnection, world: World
) -> None:
    await refused(
        connection,
        moved(world, CaseState.GIVEN),
        because="go together",
    )


@pytest.mark.parametrize(
    "change",
    ["not_for = holder_id + 1", "opened_at = now()", "first_case_id = id", "kind = 'gold'", "amount = 1"],
)
async def test_what_a_case_is_about_never_changes(
    connection: AsyncConnection, world: World, change: str
) -> None:
    changed = change.replace("holder_id + 1", str(world.author))
    await refused(connection, f"UPDATE cases SET {changed} WHERE id = {world.case}", because="never changes")


async def test_one_verdict_counts_and_one_correction_of_each(
    connection: AsyncConnection, world: World
) -> None:
    await connection.execute(text(said(world)))
    await refused(connection, said(world, "legit"), because="uq_verdicts_one_per_case")
    first = await connection.scalar(text("SELECT max(id) FROM verdicts"))
    correction = said(world, "legit", token="NULL", note="'The holder called.'", corrects=str(first))
    await connection.execute(text(correction))
    await refused(connection, correction, because="uq_verdicts_corrects_id")
    standing = f"SELECT judgement FROM standing_verdicts WHERE case_id = {world.case}"
    assert (await connection.execute(text(standing))).scalars().all() == ["legit"]


@pytest.mark.parametrize(
    ("fields", "because"),
    [
        ({"corrects": "1", "token": "NULL"}, "correction_has_reason"),
        ({"corrects": "1", "token": "NULL", "note": "''"}, "correction_has_reason"),
        ({"corrects": "1", "note": "'why'"}, "judged_under_a_claim"),
        ({"token": "NULL"}, "judged_under_a_claim"),
        ({"reason": "'other'"}, "other_has_note"),
        ({"reason": "'whatever'"}, "ck_verdicts_reason"),
    ],
)
async def test_a_verdict_says_under_which_claim_and_why(
    connection: AsyncConnection, world: World, fields: dict[str, str], because: str
) -> None:
    await refused(connection, said(world, **fields), because=because)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("is_reserved = true", "reserved_is_held"),
        ("offered_to = {author}", "offer_is_whole"),
        ("drawn_with = 1.5", "never changes|drawn_with_is_probability"),
        ("holder_id = {author}", "lease_is_whole"),
    ],
)
async def test_a_hold_is_whole(connection: AsyncConnection, world: World, change: str, because: str) -> None:
    free = "holder_id = NULL, lease_token = NULL, lease_expires_at = NULL"
    await connection.execute(text(f"UPDATE cases SET {free} WHERE id = {world.case}"))
    changed = change.format(author=world.author)
    await refused(connection, f"UPDATE cases SET {changed} WHERE id = {world.case}", because=because)


async def test_a_gold_case_has_a_truth_and_a_second_look_a_first(
    connection: AsyncConnection, world: World
) -> None:
    opened = """
    INSERT INTO cases (transaction_id, decision_id, kind, expected_loss, priority_key, fallback, opened_at)
    SELECT transaction_id, decision_id, '{}', 1, 1, 'wait', now() FROM cases WHERE id = {}
    """
    await refused(connection, opened.format("gold", world.case), because="gold_has_truth")
    for kind in ("second", "ruling"):
        await refused(connection, opened.format(kind, world.case), because="review_has_first")
