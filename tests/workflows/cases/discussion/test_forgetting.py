"""What was read long ago goes, what was not read stays."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.workflows.cases.discussion import forgetting
from app.workflows.cases.discussion.forgetting import MessageForgetting
from tests.builders import rows, run
from tests.service import Service
from tests.workflows.cases.discussion.talk import a_talk

LEFT = "SELECT read_at IS NULL AS is_unread FROM messages"


async def test_read_messages_go_after_their_days_some_at_a_time_and_unread_ones_stay(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await a_talk(service, engine, is_blind=False)
    ada = await service.person(Role.ANALYST, "ada")
    await service.person(Role.SENIOR, "grace")
    for _ in range(4):
        await talk.say(ada, "@grace look")
    await run(engine, "UPDATE messages SET read_at = :now WHERE id <> (SELECT max(id) FROM messages)",
        now=talk.clock())  # fmt: skip
    monkeypatch.setattr(forgetting, "MOST_AT_ONCE", 2)
    forgets = MessageForgetting(engine=engine, clock=talk.clock, kept=timedelta(days=90))
    left = []
    for days in (90, 1, 1, 1, 1):
        await forgets.forget()
        left.append(len(await rows(engine, LEFT)))
        talk.clock.passes(days=days)
    assert left == [4, 4, 2, 1, 1]
    assert await rows(engine, LEFT) == [(True,)]
