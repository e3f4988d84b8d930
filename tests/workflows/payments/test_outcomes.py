"""The way back: outcomes in the order of their commits, none skipped, and news when one is settled."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.outcomes import IN_ORDER, START, Outcome, OutcomeCursor, Position
from app.main import end_streams
from app.review.access.people import Role
from app.review.answer import TransactionNotFound
from app.review.case import Judgement
from app.workflows.cases.judgements import VerdictInput
from app.workflows.payments import transaction_status
from tests.builders import (
    ALL_LEGIT,
    DECLINE_AT_DEADLINE,
    SilentScorer,
    a_transaction,
    an_unknown,
    driver,
    rows,
    run,
    scored_by,
    until,
    value,
    with_policy,
)
from tests.patience import PATIENCE_SECONDS
from tests.service import Service

NAIVE = """
SELECT t.transaction_id, o.outcome, o.source, o.settled_at, o.epoch, o.xact, o.transaction_id AS key
FROM outcomes o JOIN transactions t ON t.id = o.transaction_id
WHERE o.client_id = :client_id AND o.transaction_id > :key ORDER BY o.transaction_id LIMIT :limit
"""
SETTLED = """
INSERT INTO later_outcomes (transaction_id, client_id, outcome, source, settled_at)
VALUES ({}, 1, 'legit', 'verdict', now())
"""

BEGINNING = OutcomeCursor(epoch=None, xact=0, key=0)


async def read_on(engine: AsyncEngine, statement: str, position: Position) -> list[Position]:
    """Return the positions a reader finds behind a position."""
    epoch, xact, key = position
    parameters = {"epoch": epoch, "xact": xact, "key": key}
    found = await rows(engine, statement, client_id=1, limit=100, **parameters)
    return [(row.epoch, row.xact, row.key) for row in found]


@pytest.mark.parametrize(("statement", "skipped"), [(IN_ORDER.text, 0), (NAIVE, 1)], ids=["ours", "naive"])
async def test_a_row_that_commits_late_is_not_skipped(
    service: Service, database_url: str, engine: AsyncEngine, statement: str, skipped: int
) -> None:
    """One settles the first transaction's outcome and is slow to commit; meanwhile the second is read.

    A reader that goes by the transactions' keys never sees the first one: that is the oracle's red.
    """
    for _ in range(2):
        await an_unknown(service)
    first, second = [row.id for row in await rows(engine, "SELECT id FROM payments ORDER BY id")]
    slow = await driver(database_url)
    late = slow.transaction()
    await late.start()
    await slow.execute(SETTLED.format(first))
    await run(engine, SETTLED.format(second))
    seen = await read_on(engine, statement, START)
    await late.commit()
    await slow.close()

    async def reads_on() -> bool:
        seen.extend(await read_on(engine, statement, seen[-1] if seen else START))
        return len(seen) == 2 - skipped

    await until(reads_on)
    assert len(set(seen)) == len(seen)
    # Nothing more comes: what was skipped is lost.
    assert await read_on(engine, statement, seen[-1]) == []


async def test_a_reader_under_writers_hears_everything_once_and_in_order(
    service: Service, engine: AsyncEngine
) -> None:
    heard: list[Outcome] = []

    async def read_to_the_end() -> None:
        while len(heard) < 300:
            epoch, xact, key = heard[-1].position if heard else START
            after = OutcomeCursor(epoch=epoch, xact=xact, key=key)
            heard.extend(await service.services.payments.transaction_status.outcomes(1, after=after, limit=7))

    receive = service.services.payments.intake.receive
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(read_to_the_end(), *(receive(a_transaction(service)) for _ in range(300)))
    assert len({outcome.transaction_id for outcome in heard}) == 300
    assert [outcome.position for outcome in heard] == sorted(outcome.position for outcome in heard)
    assert await value(engine, "SELECT count(*) FROM outcomes") == 300


async def test_a_client_hears_of_its_own_outcomes_only(service: Service) -> None:
    await service.post(service.body())

    async def mine_is_told() -> bool:
        return (
            len(await service.services.payments.transaction_status.outcomes(1, after=BEGINNING, limit=10))
            == 1
        )

    # Told once no older writer is under way on the whole server: here, another test's.
    await until(mine_is_told)
    assert await service.services.payments.transaction_status.outcomes(2, after=BEGINNING, limit=10) == []
    with pytest.raises(TransactionNotFound):
        await service.services.payments.transaction_status.history(2, "whatever")


class Ticks:
    """A monotonic clock that tests set."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    """The clock by which waits for outcomes end: it stands still unless a test moves it."""
    ticks = Ticks()
    monkeypatch.setattr(transaction_status, "time", ticks)
    return ticks


async def waiting_for(service: Service, name: str, *, wait: float = 60) -> "asyncio.Task[dict[str, object]]":
    """Begin to wait for an outcome, and return once the service knows that somebody waits."""

    async def ask() -> dict[str, object]:
        return dict((await service.get(f"/v1/transactions/{name}", wait=wait)).json())

    news = service.services.payments.transaction_status.news
    before = sum(map(len, news._waiting.values()))
    asked = asyncio.create_task(ask())

    async def is_waiting() -> bool:
        return sum(map(len, news._waiting.values())) > before

    await until(is_waiting)
    return asked


async def test_a_verdict_wakes_those_who_wait(service: Service) -> None:
    name = await an_unknown(service)
    waiters: Sequence[asyncio.Task[dict[str, object]]] = [await waiting_for(service, name) for _ in range(3)]
    analyst = await service.person(Role.ANALYST)
    file = await service.services.cases.claims.current_or_next(analyst)
    assert file is not None
    assert file.case.lease is not None
    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        await service.services.cases.verdicts.judge(
            analyst, file.case.id, file.case.lease.token, VerdictInput(judgement=Judgement.FRAUD)
        )
        heard = [await waiter for waiter in waiters]
    assert {(each["outcome"], each["outcome_source"]) for each in heard} == {("fraud", "verdict")}
    assert not service.services.payments.transaction_status.news._waiting


async def test_a_deadline_wakes_those_who_wait(service: Service) -> None:
    await with_policy(service, **DECLINE_AT_DEADLINE)
    due = service.services.clock() + timedelta(hours=1)
    name = await an_unknown(service, respond_by=due.isoformat())
    waiter = await waiting_for(service, name)
    assert await replace(service.services.cases.verdicts, clock=lambda: due).settle_deadlines() == 1
    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        heard = await waiter
    assert (heard["outcome"], heard["outcome_source"]) == ("fraud", "deadline")


async def test_a_model_that_comes_back_wakes_those_who_wait(service: Service) -> None:
    """The machine decides late, and its answer is news to whoever was told `pending`."""
    await with_policy(service, **ALL_LEGIT)
    async with scored_by(service, SilentScorer):
        body = service.body()
        await service.post(body)
        waiter = await waiting_for(service, body["transaction_id"])
    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        heard = await waiter
    assert (heard["outcome"], heard["outcome_source"]) == ("legit", "machine")


async def test_a_false_alarm_ends_no_wait(service: Service, ticks: Ticks) -> None:
    waiter = await waiting_for(service, await an_unknown(service))
    news = service.services.payments.transaction_status.news
    ((woken,),) = news._waiting.values()
    for _ in range(2):  # the second one is heard by who went on waiting after the first
        news.tell_all()

        async def is_heard() -> bool:
            return not woken.is_set()

        await until(is_heard)
    assert not waiter.done()
    ticks.seconds += 60
    news.tell_all()
    assert (await waiter)["outcome"] == "pending"


async def test_a_service_that_stops_answers_who_waits_with_what_is_true(service: Service) -> None:
    waiter = await waiting_for(service, await an_unknown(service), wait=60)
    end_streams(service.app)
    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        assert (await waiter)["outcome"] == "pending"


@pytest.mark.usefixtures("ticks")
async def test_at_its_end_a_wait_answers_what_is_true_then(service: Service, engine: AsyncEngine) -> None:
    """The news was lost on its way: the answer is not older than the wait for it."""
    waiter = await waiting_for(service, await an_unknown(service), wait=0.2)
    await run(engine, "ALTER TABLE later_outcomes DISABLE TRIGGER told")
    await run(engine, SETTLED.format(await value(engine, "SELECT id FROM payments")))
    assert (await waiter)["outcome"] == "legit"


async def test_a_wait_ends_pending_when_nothing_is_settled(service: Service) -> None:
    name = await an_unknown(service)
    began = asyncio.get_running_loop().time()
    heard = (await service.get(f"/v1/transactions/{name}", wait=0.3)).json()
    assert (heard["outcome"], heard["settled_at"]) == ("pending", None)
    assert asyncio.get_running_loop().time() - began > 0.25


async def test_what_is_settled_is_answered_without_waiting(service: Service) -> None:
    body = service.body()
    await service.post(body)
    async with asyncio.timeout(PATIENCE_SECONDS / 2):
        heard = (await service.get(f"/v1/transactions/{body['transaction_id']}", wait=60)).json()
    assert heard["outcome"] == "legit"
