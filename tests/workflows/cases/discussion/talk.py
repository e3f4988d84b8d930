"""A case people talk about: drawn blind or not, and judged by whoever holds it."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account
from app.review.case import Judgement
from app.review.outcome import GroundTruth
from app.workflows.cases.discussion.discussions import Discussion, Discussions
from app.workflows.cases.discussion.messages import Messages
from tests.builders import ALL_UNKNOWN, Clock, Desk, a_case, a_desk, run, with_policy
from tests.service import Service


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A case, and what people do on it."""

    case_id: int
    clock: Clock
    desk: Desk
    discussions: Discussions
    messages: Messages

    async def say(self, who: Account, words: str) -> tuple[str, ...]:
        """Write something, a second after what was before."""
        self.clock.passes(seconds=1)
        return await self.discussions.say(who, self.case_id, uuid4(), words)

    async def heard(self, who: Account) -> Discussion:
        """Return what somebody hears."""
        return await self.discussions.of(who, self.case_id)

    async def words(self, who: Account) -> list[str]:
        """Return the comments somebody reads."""
        return [each.words for each in (await self.heard(who)).comments]

    async def unread(self, who: Account) -> int:
        """Return how many messages somebody is told to have."""
        return await self.messages.unread(who)

    async def says_first(self, who: Account) -> None:
        """Let somebody take the case and say what they think before they see what the machine does."""
        file = await self.desk.claims.take(who, self.case_id)
        assert file.case.lease is not None
        await self.desk.verdicts.say_provisionally(
            who, self.case_id, file.case.lease.token, GroundTruth.FRAUD
        )

    async def judges(self, who: Account, judgement: Judgement = Judgement.FRAUD) -> None:
        """Let somebody take the case and judge it for good."""
        self.clock.passes(seconds=1)
        await self.desk.judged(who, await self.desk.claims.take(who, self.case_id), judgement)
        await self.desk.verdicts.settle_due()


async def a_talk(service: Service, engine: AsyncEngine, *, is_blind: bool, **looks: float) -> Talk:
    """Return a case that chance drew so."""
    clock = Clock(service.services.clock())
    await with_policy(service, **ALL_UNKNOWN)
    file = await a_case(service, attributes={"card": uuid4().hex})
    await drawn(engine, file.case.id, is_blind=is_blind)
    return Talk(
        case_id=file.case.id,
        clock=clock,
        desk=a_desk(service, clock, **looks),
        discussions=Discussions(engine=service.services.cases.discussions.engine, clock=clock),
        messages=Messages(engine=service.services.cases.messages.engine, clock=clock),
    )


async def drawn(engine: AsyncEngine, case_id: int, *, is_blind: bool) -> None:
    """Let chance have drawn a case so."""
    await run(engine, "ALTER TABLE blind_draws DISABLE TRIGGER USER")
    await run(
        engine, "UPDATE blind_draws SET is_blind = :drawn WHERE case_id = :id", drawn=is_blind, id=case_id
    )
    await run(engine, "ALTER TABLE blind_draws ENABLE TRIGGER USER")
