"""Fifty people at two thousand cases, whose statements fail, who die holding cases and come back late."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.cases import CaseFile
from app.database.server.session import DatabaseUnavailable, connect
from app.review.access.people import Account, Role
from app.review.case import CaseAlreadyJudged, Judgement, LeaseLost, NothingToUndo
from app.workflows.cases.judgements import VerdictInput
from tests.builders import FOREIGN, Desk, a_desk, a_transaction, rows, until, value
from tests.service import Service

CLIENTS, CASES = 50, 2_000
LEASE_SECONDS, UNDO_SECONDS = 3.0, 0.3
#: Of all statements so many fail, and of all commits, whose answer never comes.
STATEMENTS_FAIL, COMMITS_FAIL = 0.004, 0.004
#: What an analyst does with a case, and how often.
SKIPS, DIES, DAWDLES, UNDOES, HAS_NEXT_READY = 0.03, 0.02, 0.003, 0.02, 0.4
#: So many never come back.
DIE_FOR_GOOD = 5

pytestmark = pytest.mark.slow


@dataclass
class Watch:
    """Who was served which case until when; the witness of collisions."""

    until: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    collisions: list[int] = field(default_factory=list)
    served: int = 0

    def serves(self, account: Account, file: CaseFile, now: datetime) -> None:
        lease = file.case.lease
        assert lease is not None
        holder, expires_at = self.until.get(file.case.id, (account.id, now))
        if holder != account.id and expires_at > now:
            self.collisions.append(file.case.id)
        self.until[file.case.id] = (account.id, lease.expires_at)
        self.served += 1

    def lets_go(self, case_id: int) -> None:
        self.until.pop(case_id, None)


class Failing:
    """An engine on which now and then a statement fails before it is sent, or a commit's answer is lost."""

    def __init__(self, url: str, draws: np.random.Generator) -> None:
        self.engine = connect(url, pool_size=1)
        self._draws = draws
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._statement)
        event.listen(self.engine.sync_engine, "commit", self._commit)

    def _statement(self, *_: object) -> None:
        if self._draws.random() < STATEMENTS_FAIL:
            raise OSError("the statement was lost")

    def _commit(self, *_: object) -> None:
        if self._draws.random() < COMMITS_FAIL:
            raise OSError("the commit was lost")


@dataclass
class Client:
    """One analyst at work, until all is judged or they die."""

    account: Account
    desk: Desk
    watch: Watch
    draws: np.random.Generator
    url: str
    dies_after: int
    is_done: asyncio.Event
    last: int | None = None

    async def work(self) -> None:
        failing = Failing(self.url, self.draws)
        self._sit_at(failing.engine)
        while not self.is_done.is_set() and self.dies_after > 0:
            self.dies_after -= 1
            try:
                await self._one()
            except DatabaseUnavailable:
                await asyncio.sleep(0.01)
            except (LeaseLost, CaseAlreadyJudged, NothingToUndo):
                continue
            if self.draws.random() < DIES:
                await failing.engine.dispose()
                await asyncio.sleep(float(self.draws.random()))
                failing = Failing(self.url, self.draws)
                self._sit_at(failing.engine)
        await failing.engine.dispose()

    def _sit_at(self, engine: AsyncEngine) -> None:
        self.desk = Desk(
            claims=replace(self.desk.claims, engine=engine),
            verdicts=replace(self.desk.verdicts, engine=engine),
        )

    async def _one(self) -> None:
        file = await self.desk.claims.current_or_next(self.account)
        if file is None or file.case.lease is None:
            await asyncio.sleep(0.05)
            return
        self.watch.serves(self.account, file, datetime.now(UTC))
        if self.draws.random() < HAS_NEXT_READY:
            await self.desk.claims.have_next_ready(self.account)
        await asyncio.sleep(float(self.draws.exponential(0.01)))
        if self.dies_after == 0:
            return
        if self.draws.random() < DAWDLES:
            await asyncio.sleep(LEASE_SECONDS)
        await self._end(file)

    async def _end(self, file: CaseFile) -> None:
        assert file.case.lease is not None
        token = file.case.lease.token
        if self.draws.random() < SKIPS:
            self.watch.lets_go(file.case.id)
            await self.desk.claims.release(self.account, file.case.id, token, reason="too little")
            return
        judgement = Judgement.FRAUD if self.draws.random() < 0.5 else Judgement.LEGIT
        await self.desk.verdicts.judge(self.account, file.case.id, token, VerdictInput(judgement=judgement))
        self.watch.lets_go(file.case.id)
        if self.draws.random() < UNDOES:
            await self.desk.verdicts.undo(self.account, file.case.id)


async def test_each_case_is_judged_once_none_is_lost_and_none_served_twice(
    service: Service, database_url: str, engine: AsyncEngine
) -> None:
    await fill(service)
    watch, is_done = Watch(), asyncio.Event()
    clients = [await a_client(service, database_url, watch, is_done, number) for number in range(CLIENTS)]
    tasks = [asyncio.create_task(client.work()) for client in clients]
    settling = asyncio.create_task(settle(clients[0].desk, is_done))

    async def all_judged() -> bool:
        count: int = await value(engine, "SELECT count(*) FROM cases WHERE state = 'judged'")
        return count == CASES

    await until(all_judged, seconds=240)
    is_done.set()
    await asyncio.gather(*tasks, settling)
    assert watch.collisions == []
    assert await rows(engine, "SELECT state, count(*) FROM cases GROUP BY state") == [("judged", CASES)]
    assert await value(engine, "SELECT count(*) FROM verdicts") == CASES
    assert await value(engine, "SELECT count(DISTINCT case_id) FROM verdicts") == CASES
    assert await value(engine, "SELECT count(*) FROM outcomes WHERE source = 'verdict'") == CASES
    assert await value(engine, "SELECT count(*) FROM pending_verdicts") == 0
    assert await value(engine, "SELECT count(*) FROM cases WHERE holder_id IS NOT NULL") == 0
    assert await value(engine, NOT_ENDED) == 0
    assert await value(engine, DEAD_HELD) > 0
    ended = {row.how: row.count for row in await rows(engine, ENDS)}
    assert ended["judged"] == CASES
    assert {"expired", "skipped", "undone"} <= ended.keys()


#: Every hold on a case ended; and what those who never came back held was judged by others.
NOT_ENDED = "SELECT count(*) FROM claims WHERE token NOT IN (SELECT token FROM claim_ends)"
ENDS = "SELECT how, count(*) FROM claim_ends GROUP BY how"
DEAD_HELD = """
SELECT count(*) FROM claims JOIN claim_ends USING (token) JOIN verdicts USING (case_id)
WHERE how = 'expired' AND verdicts.account_id <> claims.account_id
"""


async def fill(service: Service) -> None:
    for _ in range(4):
        batch = [a_transaction(service, currency=FOREIGN) for _ in range(CASES // 4)]
        await service.services.payments.intake.receive_many(batch)


async def a_client(service: Service, url: str, watch: Watch, is_done: asyncio.Event, number: int) -> Client:
    desk = a_desk(
        service,
        service.services.clock,
        lease_seconds=LEASE_SECONDS,
        undo_seconds=UNDO_SECONDS,
    )
    return Client(
        account=await service.person(Role.ANALYST),
        desk=desk,
        watch=watch,
        draws=np.random.default_rng(number),
        url=url,
        dies_after=20 if number < DIE_FOR_GOOD else 1_000_000,
        is_done=is_done,
    )


async def settle(desk: Desk, is_done: asyncio.Event) -> None:
    """What every replica does, twice a second; here one does it, on an engine of its own."""
    while not is_done.is_set():
        try:
            await desk.verdicts.settle_due()
        except DatabaseUnavailable:
            continue
        await asyncio.sleep(0.1)
