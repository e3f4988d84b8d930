"""A small world on one connection: people, a model, an active policy, a case somebody holds."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.access import accounts
from app.database.payments.intake.feature_lists import FeatureLists
from app.database.payments.intake.storing import store_batch
from app.database.payments.lists import in_force
from app.database.payments.transactions import SCORE_COLUMNS, Context, Decided
from app.database.policies import lifecycle, policies
from app.review.case import CaseKind
from app.scoring.transaction import Transaction
from app.triage.labels import Label, Reason
from app.triage.policies.choices import Fallback
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState
from tests.builders import NOON, register_account


@dataclass(frozen=True, kw_only=True)
class World:
    """Two managers, two models, an active policy, and one case somebody holds."""

    model: str
    author: int
    approver: int
    policy: int
    case: int
    transaction: int
    token: str


async def a_world(connection: AsyncConnection) -> World:
    author = (await register_account(connection)).id
    approver = (await register_account(connection)).id
    # Other tests write to this database at the same time: names must not meet.
    model = uuid4().hex
    for version in (model, f"{model}-other"):
        await policies.register_model(connection, version=version, sha256=version, card={}, now=NOON)
    policy = await drafted(connection, author, model)
    for state in (PolicyState.SIMULATED, PolicyState.APPROVED):
        await lifecycle.move(connection, policy, state, account_id=approver, now=NOON)
    await lifecycle.activate(connection, policy, account_id=approver, now=NOON)
    client = await accounts.add_client(connection, name=model, key_sha256=model * 2, now=NOON)
    context = Context(
        policy_id=policy,
        model_version=model,
        fallback=Fallback.WAIT,
        device="cpu",
        now=NOON,
        lists_version=await in_force.version(connection),
    )
    # The same transaction: its driver's own connection.
    driver: Any = (await connection.get_raw_connection()).driver_connection
    (stored,) = await store_batch(driver, [_decided(client)], context, FeatureLists())
    token = str(uuid4())
    await connection.execute(
        text("INSERT INTO claims VALUES (:token, :case, :account, now())"),
        {"token": token, "case": stored.case_id, "account": author},
    )
    key = await connection.scalar(text("SELECT max(id) FROM transactions"))
    # What a commit would check of all this is checked now, so that a test meets only its own breach.
    await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    await connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    return World(
        model=model,
        author=author,
        approver=approver,
        policy=policy,
        case=stored.case_id or 0,
        transaction=key,
        token=token,
    )


def _decided(client_id: int) -> Decided:
    paid = Transaction(
        client_id=client_id,
        transaction_id="order-1",
        body_sha256=b"\0" * 32,
        occurred_at=NOON,
        amount=Decimal("41.90"),
        currency="EUR",
        features={"V1": 0.5},
        attributes={},
        respond_by=None,
    )
    return Decided(
        transaction=paid,
        score=dict.fromkeys(SCORE_COLUMNS, 0.5),
        label=Label.UNKNOWN,
        reason=Reason.BETWEEN_BOUNDS,
        label_propensity=1.0,
        case=CaseKind.UNKNOWN,
        expected_loss=1.0,
        queue_loss=1.0,
        queue_rate=1.0,
        priority_key=1.0,
        blind=None,
        awaits_model=False,
    )


async def drafted(connection: AsyncConnection, author: int, model: str) -> int:
    policy = Policy(model_version=model, approve_at_most=-3, decline_at_least=2, novelty_at_most=99)
    return await policies.draft(
        connection,
        policy,
        author_id=author,
        reason="Because.",
        parent_id=None,
        certificate=None,
        now=NOON,
    )


WAYS: dict[PolicyState, tuple[PolicyState, ...]] = {
    PolicyState.DRAFT: (),
    PolicyState.SIMULATED: (PolicyState.SIMULATED,),
    PolicyState.SHADOW: (PolicyState.SIMULATED, PolicyState.SHADOW),
    PolicyState.APPROVED: (PolicyState.SIMULATED, PolicyState.APPROVED),
    PolicyState.SCHEDULED: (PolicyState.SIMULATED, PolicyState.APPROVED, PolicyState.SCHEDULED),
    PolicyState.RETIRED: (PolicyState.SIMULATED, PolicyState.APPROVED, PolicyState.RETIRED),
}


async def in_state(connection: AsyncConnection, world: World, state: PolicyState) -> int:
    """Return an approved-by-another policy brought to a state the legal way."""
    if state is PolicyState.ACTIVE:
        return world.policy
    policy = await drafted(connection, world.author, world.model)
    await connection.execute(
        text(f"UPDATE policies SET approved_by = {world.approver}, approved_at = now() WHERE id = {policy}")
    )
    for step in WAYS[state]:
        await connection.execute(text(moved(policy, step)))
    # Only one may be active, and here it is not this one's turn that is asked about.
    await connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    return policy


def moved(policy: int, to: str) -> str:
    activates_at = "now()" if to == PolicyState.SCHEDULED else "NULL"
    return f"UPDATE policies SET state = '{to}', activates_at = {activates_at} WHERE id = {policy}"


async def accepts(connection: AsyncConnection, statement: str) -> bool:
    try:
        async with connection.begin_nested():
            await connection.execute(text(statement))
    except DBAPIError as error:
        # The unique index lets only one be active: the state machine itself said yes.
        return re.search("uq_policies_one_active", str(error)) is not None
    return True


async def refused(connection: AsyncConnection, statement: str, *, because: str) -> None:
    """What commit would check is checked at once."""

    async def committed() -> None:
        async with connection.begin_nested():
            await connection.execute(text(statement))
            await connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    with pytest.raises(DBAPIError, match=because):
        await committed()
