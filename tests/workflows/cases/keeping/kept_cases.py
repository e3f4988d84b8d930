"""A desk with assignments and waits on a clock of the test's own, and what the database holds of both."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.cases import CaseFile
from app.database.cases.keeping import assignments
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.keeping.assignment import Assignment
from app.workflows.cases.keeping.assigning import Assigning
from app.workflows.cases.keeping.waiting import Waiting
from tests.builders import Clock, Desk, a_desk, an_unknown, rows
from tests.service import Service

ASSIGNMENTS = "SELECT how, ended_by, end_reason FROM case_assignments ORDER BY id"
WAITS = "SELECT how, ended_by FROM case_waits ORDER BY id"
KEPT = "SELECT assigned_to, assigned_until, waits_until, offered_to FROM cases WHERE id = :id"
FREE = "SELECT id FROM cases WHERE state = 'open' ORDER BY priority_key DESC, id"


@dataclass(frozen=True, kw_only=True)
class Office:
    """What a team does with cases, and its clock."""

    desk: Desk
    assigning: Assigning
    waiting: Waiting
    clock: Clock

    async def next_for(self, account: Account) -> int | None:
        """Return the case this person looks at, or is given now."""
        file = await self.desk.claims.current_or_next(account)
        return file.case.id if file is not None else None

    async def running(self, case_id: int) -> Assignment | None:
        """Return whose a case is."""
        async with transaction(self.assigning.engine) as connection:
            return await assignments.running(connection, case_id)

    async def waits(self, account: Account, file: CaseFile, *, hours: float = 2) -> datetime:
        """Let the case this person holds wait, and return until when."""
        assert file.case.lease is not None
        until = self.clock() + timedelta(hours=hours)
        await self.waiting.wait(
            account, file.case.id, file.case.lease.token, until=until, reason="asked by mail"
        )
        return until


def an_office(service: Service, **desk: float) -> Office:
    # Behind the moment at which its cases open.
    clock, cases = Clock(service.services.clock() + timedelta(minutes=1)), service.services.cases
    return Office(
        desk=a_desk(service, clock, **desk),
        assigning=replace(cases.assigning, clock=clock),
        waiting=replace(cases.waiting, clock=clock),
        clock=clock,
    )


async def some_cases(service: Service, engine: AsyncEngine, count: int = 2) -> list[int]:
    """Open cases, the most urgent first."""
    for place in range(count):
        await an_unknown(service, amount=f"{900 - 100 * place}.00")
    return [row.id for row in await rows(engine, FREE)]
