"""Addresses of one's own messages: the page, what was read, what a browser may show, and the live number."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.database.cases.discussion.messages import Message
from app.review.discussion.messages import MessageKind, MessageWishes, QuietHours, TimeZoneUnknown
from app.review.keeping.whereabouts import Whereabouts
from app.web.dependencies import (
    CHECKED,
    CurrentVisitor,
    NotAllowed,
    NotLoggedIn,
    OtherAccount,
    Visitor,
    visitor,
)
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame, frame, unread_count
from app.web.pages.rendering import render
from app.web.services import Access, AllServices, Cases, Services
from app.workflows.cases.discussion.messages import MOST_SHOWN, Inbox

router = APIRouter(include_in_schema=False)

#: How soon a browser whose stream ended asks for the next one.
COMES_BACK_MILLISECONDS = 1000
#: What the page says, and what is asked for there.
KINDS: Mapping[MessageKind, str] = {
    MessageKind.MENTION: marked("Somebody mentions me in a comment"),
    MessageKind.ASSIGNED: marked("A case is assigned to me"),
    MessageKind.RETURNED: marked("A case of mine is back"),
    MessageKind.BREACH: marked("A case I answer for passes its due time"),
}
#: Of a case that came back, where it is as that is read.
BACK: Mapping[Whereabouts, str] = {
    Whereabouts.YOURS: marked("Case %(case)s is back with you"),
    Whereabouts.COLLEAGUES: marked("Case %(case)s came back, and is with a colleague now"),
    Whereabouts.FREE: marked("Case %(case)s is back in the queue, for whoever takes it"),
    Whereabouts.AWAITS: marked("Case %(case)s came back, and waits for the customer again"),
    Whereabouts.OVER: marked("Case %(case)s came back, and is decided by now"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message."""

    handle: UUID
    sentence: str
    who: str
    at: str
    moment: str
    #: None: kept from the reader for now.
    words: str | None
    is_unread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesPage:
    """The page: messages, and what the browser may show."""

    frame: Frame
    rows: tuple[MessageView, ...]
    #: There may be older ones than the page has room for.
    is_full: bool
    #: Of those on the page, not read yet.
    unread: tuple[UUID, ...]
    #: Each kind, in words, and whether it is switched on.
    kinds: tuple[tuple[str, str, bool], ...]
    quiet_from: str
    quiet_to: str
    time_zone: str
    problem: str
    told: str


@router.get("/my/messages")
async def my_messages(services: AllServices, visitor: CurrentVisitor, kept: bool = False) -> Response:
    """Show this person's messages: unread ones first, of each the newest first."""
    return await _page(services, visitor, told=worded("Kept.") if kept else "")


@router.post("/my/messages/read", dependencies=CHECKED)
async def read_all(
    cases: Cases,
    visitor: CurrentVisitor,
    handles: Annotated[tuple[UUID, ...], Form(max_length=MOST_SHOWN)],
) -> Response:
    """Keep that the messages that stood there were read."""
    await cases.messages.read_all(visitor.account, handles)
    return RedirectResponse("/my/messages", status_code=303)


@router.post("/my/messages/wishes", dependencies=CHECKED)
async def wish(  # the fields of a form
    services: AllServices,
    visitor: CurrentVisitor,
    kinds: Annotated[tuple[MessageKind, ...], Form()] = (),
    quiet_from: Annotated[str, Form(max_length=8)] = "",
    quiet_to: Annotated[str, Form(max_length=8)] = "",
    time_zone: Annotated[str, Form(max_length=64)] = "UTC",
) -> Response:
    """Keep what this person's browser may show, and when it is quiet."""
    try:
        wanted = MessageWishes(
            kinds=frozenset(kinds), quiet=_quiet(quiet_from, quiet_to), time_zone=time_zone.strip() or "UTC"
        )
    except TimeZoneUnknown:
        problem = worded("There is no such time zone. Write one such as Europe/Berlin, or UTC.")
        return await _page(services, visitor, problem=problem)
    except ValueError:
        problem = worded("Quiet hours need a beginning and an end, such as 22:00 and 07:00, or neither.")
        return await _page(services, visitor, problem=problem)
    await services.cases.messages.wish(visitor.account, wanted)
    return RedirectResponse("/my/messages?kept=true", status_code=303)


@router.post("/my/messages/{handle}/open", dependencies=CHECKED)
async def opened(cases: Cases, visitor: CurrentVisitor, handle: UUID) -> Response:
    """Keep that a message was read, and show its case."""
    case_id = await cases.messages.opened(visitor.account, handle)
    return RedirectResponse(f"/cases/{case_id}#comments", status_code=303)


@router.get("/my/messages/state")
async def state(cases: Cases, visitor: CurrentVisitor) -> Response:
    """Send what pages show of the messages, for browsers that share no stream."""
    return Response(_told(await cases.messages.inbox(visitor.account)), media_type="application/json")


async def stream_slot(cases: Cases, reader: CurrentVisitor) -> AsyncIterator[asyncio.Event]:
    """Give what wakes a stream while it lasts; raises `TooManyStreams`."""
    with cases.messages.news.awake(reader.account.id) as news:
        yield news


@router.get("/my/messages/events", response_class=EventSourceResponse)
async def events(
    request: Request,
    cases: Cases,
    access: Access,
    reader: CurrentVisitor,
    news: Annotated[asyncio.Event, Depends(stream_slot)],
) -> AsyncIterator[ServerSentEvent]:
    """Send the same as it changes, while this person is logged in."""
    yield ServerSentEvent(comment="messages, live", retry=COMES_BACK_MILLISECONDS)

    async def check() -> None:
        await visitor(request)

    with suppress(NotLoggedIn, NotAllowed, OtherAccount):
        followed = cases.messages.followed(reader.account, news)
        async with aclosing(access.revocations.streamed(check, followed)) as inboxes:
            async for inbox in inboxes:
                if inbox is not None:
                    yield ServerSentEvent(event="messages", raw_data=_told(inbox))
                else:
                    yield ServerSentEvent(event="away", raw_data="")


def _told(inbox: Inbox) -> str:
    """Return what a page's script reads; nothing of a payment or of what was written is in it."""
    notified = [
        {"handle": str(each.handle), "sentence": _sentence(each)} for each in reversed(inbox.notified)
    ]
    return orjson.dumps({"unread": unread_count(inbox.unread), "notified": notified}).decode()


async def _page(services: Services, visitor: Visitor, *, problem: str = "", told: str = "") -> Response:
    found, wanted = await services.cases.messages.page(visitor.account)
    around = frame(
        visitor.account,
        visitor.csrf_token,
        title=worded("My messages"),
        here="/my/messages",
        notices=visitor.notices,
    )
    page = messages_page(around, found, wanted, now=services.clock(), problem=problem, told=told)
    return render("discussion/messages.html", page, status=422 if problem else 200)


def messages_page(
    around: Frame,
    found: Sequence[Message],
    wanted: MessageWishes,
    *,
    now: datetime,
    problem: str = "",
    told: str = "",
) -> MessagesPage:
    """Return the page with these messages on it."""
    return MessagesPage(
        frame=around,
        rows=tuple(_row(each, now) for each in found),
        is_full=len(found) >= MOST_SHOWN,
        unread=tuple(each.handle for each in found if each.read_at is None),
        kinds=tuple((kind.value, words, kind in wanted.kinds) for kind, words in KINDS.items()),
        quiet_from=_clock(wanted.quiet.begins) if wanted.quiet is not None else "",
        quiet_to=_clock(wanted.quiet.ends) if wanted.quiet is not None else "",
        time_zone=wanted.time_zone,
        problem=problem,
        told=told,
    )


def _row(message: Message, now: datetime) -> MessageView:
    return MessageView(
        handle=message.handle,
        sentence=_sentence(message),
        who=message.who or "",
        at=formatting.ago(message.told_at, now),
        moment=formatting.moment(message.told_at),
        words=message.words,
        is_unread=message.read_at is None,
    )


def _sentence(message: Message) -> str:
    case = formatting.count(message.case_id)
    match message.kind:
        case MessageKind.MENTION:
            return worded("You were mentioned on case %(case)s", case=case)
        case MessageKind.ASSIGNED:
            return worded("Case %(case)s was assigned to you", case=case)
        case MessageKind.RETURNED:
            return worded(BACK[message.whereabouts], case=case)
        case MessageKind.BREACH:
            return worded("Case %(case)s has passed its due time", case=case)


def _quiet(begins: str, ends: str) -> QuietHours | None:
    """Return quiet hours as they were typed, both empty: none; raises `ValueError`."""
    if not begins.strip() and not ends.strip():
        return None
    return QuietHours(begins=_typed(begins), ends=_typed(ends))


def _typed(clock: str) -> time:
    return datetime.strptime(clock.strip(), "%H:%M").time()  # noqa: DTZ007  # a time of every day


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
