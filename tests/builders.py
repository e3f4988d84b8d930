"""What tests begin with: a moment, people, policies, cases, and models that fail."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.cli.server.place import utc_now
from app.database.cases import cases
from app.database.cases.cases import CaseFile
from app.database.policies import lifecycle, policies
from app.database.server.session import transaction
from app.review.access.people import Account, Role
from app.review.card_numbers.rule import CardNumberRule
from app.review.case import Judgement
from app.scoring.arrays import Floats
from app.scoring.explanation import Explanation
from app.scoring.scorer import Scorer
from app.scoring.transaction import Transaction
from app.scoring.uncertainty import Scores
from app.triage.policies.choices import Fallback
from app.triage.policies.state import PolicyState
from app.web.api.payments.schemas import TransactionIn
from app.workflows.cases.claims import Claims
from app.workflows.cases.judgements import VerdictInput
from app.workflows.cases.verdicts import Verdicts
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

#: A currency no model here has learned: its transactions are unknown, without a policy's help.
FOREIGN = "JPY"


class Clock:
    """A clock that tests set."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **times: float) -> None:
        self.now += timedelta(**times)


async def rows(engine: AsyncEngine, statement: str, **parameters: Any) -> list[Any]:
    async with transaction(engine) as connection:
        return list(await connection.execute(text(statement), parameters))


async def value(engine: AsyncEngine, statement: str, **parameters: Any) -> Any:
    ((found,),) = await rows(engine, statement, **parameters)
    return found


async def run(engine: AsyncEngine, statement: str, **parameters: Any) -> None:
    async with transaction(engine) as connection:
        await connection.execute(text(statement), parameters)


async def driver(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Return a bare connection, for what must stay open while others work."""
    return await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = PATIENCE_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  (what it waits for is in another process)
            await asyncio.sleep(0.02)


async def until_somebody_waits_for_a_lock(engine: AsyncEngine, *, backends: int = 1) -> None:
    async def waits() -> bool:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        count: int = await value(engine, f"{waiting} AND datname = current_database()")
        return count >= backends

    await until(waits)


def a_transaction(service: Service, *, client_id: int = 1, **changes: Any) -> Transaction:
    """Return a transaction as it comes through the door."""
    schema = service.services.models.serving.pair.model.schema
    return TransactionIn.model_validate(service.body(**changes)).checked(
        schema, client_id, NOON, CardNumberRule()
    )


async def an_unknown(service: Service, **changes: Any) -> str:
    """Post a transaction that becomes a case, and return its id."""
    body = service.body(currency=FOREIGN, **changes)
    answer = await service.post(body)
    assert answer.json()["label"] == "unknown", answer.text
    return str(body["transaction_id"])


async def a_case(service: Service, **changes: Any) -> CaseFile:
    """Post a payment, and return the file of the case it becomes."""
    case_id = (await service.post(service.body(**changes))).json()["case_id"]
    async with transaction(service.services.cases.claims.engine) as connection:
        return await cases.file(connection, case_id)


async def with_policy(service: Service, **changes: Any) -> int:
    """Let a policy that one manager drafted and another approved decide; return its id."""
    policy_id = await simulated(service, **changes)
    await approved(service, policy_id)
    approver = await service.person(Role.MANAGER)
    async with transaction(service.services.cases.claims.engine) as connection:
        await lifecycle.activate(connection, policy_id, account_id=approver.id, now=utc_now())
    await service.services.models.serving.refresh()
    return policy_id


async def simulated(service: Service, **changes: Any) -> int:
    """Draft the active policy with these changes, as if it had been simulated; return its id."""
    pair = service.services.models.serving.pair
    author = await service.person(Role.MANAGER)
    async with transaction(service.services.cases.claims.engine) as connection:
        policy_id = await policies.draft(
            connection,
            replace(pair.policy, **changes),
            author_id=author.id,
            reason="A test wants it.",
            parent_id=pair.policy_id,
            certificate=None,
            now=utc_now(),
        )
        await lifecycle.move(
            connection, policy_id, PolicyState.SIMULATED, account_id=author.id, now=utc_now()
        )
    return policy_id


async def approved(service: Service, policy_id: int) -> None:
    """Let a manager who did not draft it approve a version."""
    approver = await service.person(Role.MANAGER)
    async with transaction(service.services.cases.claims.engine) as connection:
        await lifecycle.move(
            connection, policy_id, PolicyState.APPROVED, account_id=approver.id, now=utc_now()
        )


async def in_shadow(service: Service, **changes: Any) -> int:
    """Let the active policy with these changes look on from the shadow; return its id."""
    policy_id = await simulated(service, **changes)
    manager = await service.person(Role.MANAGER)
    async with transaction(service.services.cases.claims.engine) as connection:
        await lifecycle.move(connection, policy_id, PolicyState.SHADOW, account_id=manager.id, now=utc_now())
    await service.services.models.serving.refresh()
    return policy_id


#: Bounds under which nothing, everything approved, everything declined.
ALL_UNKNOWN: Mapping[str, Any] = {"approve_at_most": -1000.0, "decline_at_least": 1000.0}
ALL_LEGIT: Mapping[str, Any] = {
    "approve_at_most": 1000.0,
    "decline_at_least": 1000.0,
    "novelty_at_most": None,
}
DECLINE_AT_DEADLINE: Mapping[str, Any] = {"deadline_fallback": Fallback.DECLINE}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A desk on a clock of the test's own: what is held, and what is said of it."""

    claims: Claims
    verdicts: Verdicts

    async def claimed(self, account: Account) -> CaseFile:
        """Return what lies on this person's desk, or comes there now."""
        file = await self.claims.current_or_next(account)
        assert file is not None
        return file

    async def judged(self, account: Account, file: CaseFile, judgement: Judgement, **more: Any) -> None:
        """Let somebody judge the case they hold."""
        assert file.case.lease is not None
        saying = VerdictInput(judgement=judgement, **more)
        await self.verdicts.judge(account, file.case.id, file.case.lease.token, saying)


def a_desk(
    service: Service,
    clock: Callable[[], datetime],
    *,
    lease_seconds: float = 180,
    undo_seconds: float = 0,
    **looks: Any,
) -> Desk:
    """Return a desk without grace, and without second looks unless told otherwise."""
    duration = timedelta(seconds=lease_seconds)
    judging = service.services.cases.verdicts
    second_looks = replace(
        judging.second_looks, **({"share": 0.0, "high_exposure": inf, "gold_share": 0.0} | looks)
    )
    return Desk(
        claims=replace(service.services.cases.claims, clock=clock, lease_duration=duration),
        verdicts=replace(
            judging,
            clock=clock,
            lease_duration=duration,
            grace=timedelta(seconds=undo_seconds),
            second_looks=second_looks,
        ),
    )


async def register_account(connection: AsyncConnection, role: Role = Role.MANAGER) -> Account:
    name = f"{role.value}-{uuid4().hex[:8]}"
    statement = text(
        "INSERT INTO accounts (name, name_key, display_name, role, created_at)"
        " VALUES (:name, :name, :name, :role, now())"
        " RETURNING id"
    )
    account_id = await connection.scalar(statement, {"name": name, "role": role.value})
    return Account(id=account_id or 0, name=name, display_name=name, role=role)


async def csrf_token(service: Service, browser: httpx.AsyncClient) -> str:
    """Return what proves that this browser's forms are its own."""
    found = await service.services.access.accounts.visitor(browser.cookies[service.cookie])
    assert found is not None
    return found[1]


class SilentScorer(Scorer):
    """A model that raises."""

    def score(self, vectors: Floats) -> Scores:
        raise RuntimeError(f"no answer to {len(vectors)} rows")


class NonsenseScorer(Scorer):
    """A model whose weights went wrong: it answers NaN."""

    def score(self, vectors: Floats) -> Scores:
        return Scores.empty(len(vectors))


class PatientScorer(Scorer):
    """A model that answers only once it is let."""

    asked = threading.Event()
    let = threading.Event()

    def score(self, vectors: Floats) -> Scores:
        self.asked.set()
        if not self.let.wait(timeout=PATIENCE_SECONDS):
            raise TimeoutError
        return super().score(vectors)


class SquintingScorer(Scorer):
    """A model that gives NaN for payments with a first column above 100 deviations."""

    def score(self, vectors: Floats) -> Scores:
        scores = super().score(vectors)
        is_lost = vectors[:, 0] > 100
        return replace(scores, evidence_fraud=np.where(is_lost, np.nan, scores.evidence_fraud))


class WordlessScorer(Scorer):
    """A model that scores, but cannot explain."""

    def explain(self, vector: Floats) -> Explanation:
        raise RuntimeError(f"no words for {vector.shape}")


def put_scorer(service: Service, kind: type[Scorer]) -> None:
    """Let this process score by another kind of scorer, of the same model version."""
    serving = service.services.models.serving
    real = serving.pair.model.scorer
    other = kind(**{field.name: getattr(real, field.name) for field in fields(Scorer)})
    model = replace(serving.pair.model, scorer=other)
    # The background may be about to load the pair anew: it finds the same model.
    serving._shelf._loaded[model.version] = model
    serving._pair = replace(serving.pair, model=model)


@asynccontextmanager
async def scored_by(service: Service, kind: type[Scorer]) -> AsyncIterator[None]:
    """Let another kind of scorer score for a while."""
    pair = service.services.models.serving.pair
    put_scorer(service, kind)
    try:
        yield
    finally:
        service.services.models.serving._shelf._loaded[pair.model.version] = pair.model
        service.services.models.serving._pair = pair
