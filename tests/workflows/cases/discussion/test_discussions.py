"""What a team says about a case: said once, told to whom it mentions, and kept from who judges blind."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import SharedTransaction, connect
from app.review.access.people import Account, Role
from app.review.case import CaseNotFound, Judgement
from app.review.discussion.attachments import MOST_OF_A_CASE, Media, TooManyAttachments
from app.review.discussion.messages import MessageKind
from app.workflows.cases.discussion.discussions import AttachmentNotFound
from app.workflows.cases.discussion.messages import MessageNotFound
from tests.builders import rows, run, until_somebody_waits_for_a_lock, value
from tests.review.discussion.test_attachments import FILES
from tests.service import Service
from tests.workflows.cases.discussion.talk import Talk, a_talk

PDF = FILES[Media.PDF]
SECOND = "SELECT id FROM cases WHERE kind = 'second' AND first_case_id = :id"


async def two(service: Service) -> tuple[Account, Account]:
    return await service.person(Role.ANALYST, "ada"), await service.person(Role.ANALYST, "grace")


async def test_who_is_mentioned_is_told_once_and_the_mark_goes_when_they_look(
    service: Service, engine: AsyncEngine
) -> None:
    talk = await a_talk(service, engine, is_blind=False)
    ada, grace = await two(service)
    assert await talk.say(ada, "@grace do you know it? @ada too, @bob") == ("bob",)
    assert await talk.unread(grace) == 1
    assert await talk.unread(ada) == 0, "nobody hears of their own words"
    await talk.say(ada, "One more.")
    heard = await talk.heard(grace)
    assert heard.unread == 2
    (told,), _ = await talk.messages.page(grace)
    assert (told.kind, told.case_id, told.who) == (MessageKind.MENTION, talk.case_id, "Ada")
    assert (told.words or "").startswith("@grace")
    await talk.discussions.seen(grace, talk.case_id, through=heard.newest)
    assert (await talk.heard(grace)).unread == 0
    assert await talk.unread(grace) == 0
    await talk.say(grace, "Yes.")
    assert (await talk.heard(grace)).unread == 0, "one's own words are no news"
    assert (await talk.heard(ada)).unread == 1


async def test_what_is_looked_at_is_what_was_there(service: Service, engine: AsyncEngine) -> None:
    talk = await a_talk(service, engine, is_blind=False)
    ada, grace = await two(service)
    await talk.say(ada, "one")
    first = (await talk.heard(grace)).newest
    await talk.say(ada, "two")
    await talk.discussions.seen(grace, talk.case_id, through=first)
    assert (await talk.heard(grace)).unread == 1
    await talk.discussions.seen(grace, talk.case_id, through=500)
    await talk.discussions.seen(grace, talk.case_id, through=first)
    assert (await talk.heard(grace)).unread == 0, "what was read stays read"
    await talk.say(ada, "three")
    assert (await talk.heard(grace)).unread == 1, "nobody reads ahead"


async def test_a_form_that_comes_twice_says_it_once(service: Service, engine: AsyncEngine) -> None:
    talk = await a_talk(service, engine, is_blind=False)
    ada, grace = await two(service)
    form = uuid4()
    said = await asyncio.gather(
        *(talk.discussions.say(ada, talk.case_id, form, "@grace @nobody") for _ in range(3))
    )
    assert said == [("nobody",)] * 3
    assert await talk.words(grace) == ["@grace @nobody"]
    assert await talk.unread(grace) == 1
    for _ in range(2):
        await talk.discussions.attach_address(ada, talk.case_id, form, "https://a.example")
    assert len((await talk.heard(grace)).attachments) == 1


async def test_a_closed_account_is_not_told(service: Service, engine: AsyncEngine) -> None:
    talk = await a_talk(service, engine, is_blind=False)
    ada, grace = await two(service)
    await run(engine, "UPDATE accounts SET is_active = false WHERE id = :id", id=grace.id)
    assert await talk.say(ada, "@grace") == ("grace",)
    assert await value(engine, "SELECT count(*) FROM messages") == 0


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR, Role.MANAGER])
async def test_before_a_blind_verdict_nobody_who_may_judge_hears_of_it(
    service: Service, engine: AsyncEngine, role: Role
) -> None:
    talk = await a_talk(service, engine, is_blind=True)
    ada, reader = await service.person(Role.SENIOR, "ada"), await service.person(role, "grace")
    await talk.say(ada, "It is fraud, @grace")
    await talk.discussions.attach_file(ada, talk.case_id, uuid4(), name="a.pdf", content=PDF)
    heard = await talk.heard(reader)
    assert (heard.is_hidden, heard.comments, heard.attachments) == (True, (), ())
    assert await talk.unread(reader) == 0
    assert await talk.messages.page(reader) == ([], (await talk.messages.page(ada))[1])
    assert (await talk.messages.inbox(reader)).unread == 0
    (message,) = await rows(engine, "SELECT handle FROM messages")
    with pytest.raises(MessageNotFound):
        await talk.messages.opened(reader, message.handle)
    (file,) = await rows(engine, "SELECT form FROM attachments")
    with pytest.raises(AttachmentNotFound):
        await talk.discussions.file(reader, talk.case_id, file.form)
    await talk.discussions.seen(reader, talk.case_id, through=500)
    await talk.says_first(reader)
    heard = await talk.heard(reader)
    assert (heard.is_hidden, heard.unread, len(heard.attachments)) == (False, 1, 1), "it is new still"
    assert await talk.unread(reader) == 1
    assert (await talk.discussions.file(reader, talk.case_id, file.form)).content == PDF


async def test_who_judges_nothing_hears_all_and_one_reads_ones_own(
    service: Service, engine: AsyncEngine
) -> None:
    talk = await a_talk(service, engine, is_blind=True)
    ada, grace = await two(service)
    auditor = await service.person(Role.AUDITOR)
    await talk.say(ada, "mine")
    await talk.say(grace, "hers")
    assert await talk.words(auditor) == ["mine", "hers"]
    assert await talk.words(ada) == ["mine"]
    await talk.judges(ada)
    assert await talk.words(ada) == ["mine", "hers"]
    assert await talk.words(grace) == ["mine", "hers"]


async def test_to_escalate_says_nothing(service: Service, engine: AsyncEngine) -> None:
    talk = await a_talk(service, engine, is_blind=True)
    ada, senior = await service.person(Role.SENIOR, "ada"), await service.person(Role.SENIOR, "grace")
    await talk.say(senior, "It is fraud.")
    await talk.judges(ada, Judgement.ESCALATE)
    assert (await talk.heard(ada)).is_hidden


async def test_a_second_reviewer_hears_nothing_of_either_case_until_they_have_judged(
    service: Service, engine: AsyncEngine
) -> None:
    talk = await a_talk(service, engine, is_blind=False, share=1.0)
    ada, grace = await two(service)
    senior = await service.person(Role.SENIOR, "barbara")
    await talk.say(ada, "Surely fraud, @grace")
    assert await talk.unread(grace) == 1, "nobody judges it without the machine's opinion yet"
    await talk.judges(ada)
    review = await value(engine, SECOND, id=talk.case_id)
    with pytest.raises(CaseNotFound):
        await talk.heard(grace)
    assert await talk.unread(grace) == 0
    assert await talk.words(ada) == ["Surely fraud, @grace"]
    again = replace(talk, case_id=review)
    await again.say(senior, "I would not know, @grace @ada")
    assert (await again.heard(grace)).is_hidden
    assert await talk.unread(grace) == 0
    assert await talk.unread(ada) == 0, "whose verdict is looked at does not hear that it is"
    await again.judges(grace)
    assert await again.words(grace) == ["I would not know, @grace @ada"]
    assert await talk.unread(grace) == 2
    assert await talk.unread(ada) == 0


async def test_who_writes_while_the_case_goes_to_a_second_review_is_refused(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    """By the lock on the case: without it the comment would stand on a case its author may not read."""
    talk = await a_talk(service, engine, is_blind=False, share=1.0)
    ada, grace = await two(service)
    own = connect(database_url, pool_size=1)
    discussions = replace(talk.discussions, engine=own)
    async with SharedTransaction(talk.desk.verdicts.engine):
        await talk.judges(ada)
        # The second review is opened, and not committed: nobody else sees it yet.
        writing = asyncio.create_task(discussions.say(grace, talk.case_id, uuid4(), "I think so, too."))
        await until_somebody_waits_for_a_lock(engine)
        assert not writing.done()
    with pytest.raises(CaseNotFound):
        await writing
    await own.dispose()
    assert await value(engine, "SELECT count(*) FROM comments") == 0


async def test_of_many_who_attach_at_once_ten_do(
    service: Service, engine: AsyncEngine, database_url: str
) -> None:
    talk = await a_talk(service, engine, is_blind=False)
    ada, _ = await two(service)

    async def attach(number: int) -> bool:
        own = connect(database_url, pool_size=1)
        discussions = replace(talk.discussions, engine=own)
        try:
            await discussions.attach_address(ada, talk.case_id, uuid4(), f"https://a.example/{number}")
        except TooManyAttachments:
            return False
        finally:
            await own.dispose()
        return True

    done = await asyncio.gather(*map(attach, range(MOST_OF_A_CASE + 5)))
    assert sum(done) == MOST_OF_A_CASE
    assert len((await talk.heard(ada)).attachments) == MOST_OF_A_CASE
    file = {"name": "a.pdf", "content": PDF}
    with pytest.raises(TooManyAttachments):
        await talk.discussions.attach_file(ada, talk.case_id, uuid4(), **file)  # type: ignore[arg-type]


async def test_an_address_is_no_file(service: Service, engine: AsyncEngine) -> None:
    talk: Talk = await a_talk(service, engine, is_blind=False)
    ada, _ = await two(service)
    await talk.discussions.attach_address(ada, talk.case_id, uuid4(), "https://a.example")
    (found,) = (await talk.heard(ada)).attachments
    with pytest.raises(AttachmentNotFound):
        await talk.discussions.file(ada, talk.case_id, found.form)


async def test_a_stream_does_not_tell_by_its_moment_of_a_message_that_is_kept_back(
    service: Service, engine: AsyncEngine
) -> None:
    """Red where whoever was told something was sent their count at once, though it was the same."""
    talk = await a_talk(service, engine, is_blind=True)
    ada, grace = await two(service)
    with talk.messages.news.awake(grace.id) as news:
        heard = talk.messages.followed(grace, news)
        assert await anext(heard) is not None
        await talk.say(ada, "Surely fraud, @grace")
        talk.messages.news.tell(grace.id)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(heard), timeout=1.0)
