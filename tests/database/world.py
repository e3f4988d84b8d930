"""A small world on one connection: people, a model, an active policy, a case somebody holds."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import people, policies, policy_life
from app.database.storing import store_batch
from app.database.transactions import SCORE_COLUMNS, Context, Decided
from app.review.case import CaseKind
from app.scoring.transaction import Transaction
from app.triage.labels import Label, Reason
from app.triage.policy import Fallback, Policy
from app.triage.policy_state import PolicyState
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
        await policy_life.move(connection, policy, state, account_id=approver, now=NOON)
    await policy_life.activate(connection, policy, account_id=approver, now=NOON)
    client = await people.add_client(connection, name=model, key_sha256=model * 2, now=NOON)
    context = Context(policy_id=policy, model_version=model, fallback=Fallback.WAIT, device="cpu", now=NOON)
    (stored,) = await store_batch(connection, [_decided(client)], context)
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
        priority_key=1.0,
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
