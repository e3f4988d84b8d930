"""A case's timeline: all of its own life, nothing of its payment's other cases."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases.timeline import timeline
from app.review.timeline import Happening, while_live
from app.triage.labels import Label
from tests.builders import NOON
from tests.database.payments.stored_payments import case_of, judged, paid, said
from tests.database.world import World, a_world

LATER = NOON + timedelta(hours=1)


async def held(
    connection: AsyncConnection, world: World, case_id: int, how: str, *, reason: str | None = None
) -> None:
    """Let somebody hold a case for a minute, and end that somehow."""
    values = {
        "token": uuid4(), "case_id": case_id, "account": world.author, "how": how, "reason": reason,
        "from": NOON, "until": NOON + timedelta(minutes=1),
    }  # fmt: skip
    await connection.execute(
        text(
            "INSERT INTO claims (token, case_id, account_id, claimed_at)"
            " VALUES (:token, :case_id, :account, :from)"
        ),
        values,
    )
    await connection.execute(
        text("INSERT INTO claim_ends (token, how, reason, ended_at) VALUES (:token, :how, :reason, :until)"),
        values,
    )


async def test_a_case_tells_its_life_in_order(connection: AsyncConnection) -> None:
    world = await a_world(connection)
    (key,) = await paid(connection, world, label="unknown")
    case_id = await case_of(connection, key, state="judged")
    await held(connection, world, case_id, "skipped", reason="Not my language.")
    await held(connection, world, case_id, "unopened")
    await said(connection, case_id, world.approver, "legit", at=LATER, note="Called her.")
    events = await timeline(connection, case_id, NOON)
    assert [event.what for event in events] == [
        Happening.RECEIVED,
        Happening.DECIDED,
        Happening.OPENED,
        Happening.CLAIMED,
        Happening.SKIPPED,
        Happening.CLAIMED,
        Happening.JUDGED,
    ]
    assert (events[1].label, events[1].policy_id) == (Label.UNKNOWN, world.policy)
    assert events[4].words == "Not my language."
    assert events[6].words == "Called her."


async def test_a_second_look_tells_what_any_unknown_case_would(connection: AsyncConnection) -> None:
    """Neither that somebody judged it, nor when its payment came, nor what the machine had said."""
    world = await a_world(connection)
    (key,) = await paid(connection, world, label="legit")
    first = await judged(connection, key, world.author)
    second = await case_of(connection, key, kind="second", first=first, at=LATER)
    events = await timeline(connection, second, NOON)
    decision_id = await connection.scalar(text(f"SELECT decision_id FROM cases WHERE id = {second}"))
    told = while_live(events, opened_at=LATER, decision_id=decision_id or 0)
    assert [(event.what, event.at) for event in told] == [
        (Happening.RECEIVED, LATER),
        (Happening.DECIDED, LATER),
        (Happening.OPENED, LATER),
    ]
    assert {(event.policy_id, event.label, event.rule) for event in told} == {(None, None, None)}
