"""What a colleague wrote on a case is there again once its judge has said what they think."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import rows
from tests.service import Service
from tests.workflows.cases.discussion.talk import Talk, a_talk

NOTE = "SELECT note FROM case_drafts"


async def a_note(talk: Talk, service: Service) -> None:
    """Let bob leave a note on the case."""
    bob = await service.person(Role.ANALYST, "bob")
    file = await talk.desk.claims.take(bob, talk.case_id)
    assert file.case.lease is not None
    token = file.case.lease.token
    await talk.desk.claims.save_draft(bob, talk.case_id, token, note="a ring", reason=None)
    await talk.desk.claims.release(bob, talk.case_id, token)


async def test_a_note_that_was_not_shown_is_not_lost_and_is_shown_after_the_first_verdict(
    service: Service, engine: AsyncEngine
) -> None:
    talk = await a_talk(service, engine, is_blind=True)
    await a_note(talk, service)
    ada, claims = await service.person(Role.ANALYST, "ada"), talk.desk.claims
    file = await claims.take(ada, talk.case_id)
    assert (await claims.readable(ada, file)).note == ""
    assert file.case.lease is not None
    token = file.case.lease.token
    await claims.save_draft(ada, talk.case_id, token, note=" ", reason=None)
    assert await rows(engine, NOTE) == [("a ring",)]
    await talk.says_first(ada)
    assert (await claims.readable(ada, await talk.desk.claimed(ada))).note == "a ring"
    await claims.save_draft(ada, talk.case_id, token, note="", reason=None)
    assert await rows(engine, NOTE) == [("",)], "what was shown may be emptied"


async def test_a_note_on_an_open_case_is_shown_at_once(service: Service, engine: AsyncEngine) -> None:
    talk = await a_talk(service, engine, is_blind=False)
    await a_note(talk, service)
    ada = await service.person(Role.ANALYST, "ada")
    file = await talk.desk.claims.take(ada, talk.case_id)
    assert (await talk.desk.claims.readable(ada, file)).note == "a ring"
