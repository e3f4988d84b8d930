"""The pages of comments and messages, as the contract of all pages examines them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from app.database.cases.discussion.messages import Message
from app.review.discussion.messages import MessageKind, MessageWishes
from app.review.keeping.whereabouts import Whereabouts
from app.web.pages.discussion.comments import DiscussionPage
from app.web.pages.discussion.messages import MessagesPage, messages_page
from app.web.pages.discussion.view import Reply
from app.web.pages.rendering import html
from tests.web.pages.builders import ADA, MARGARET, NOON, a_frame
from tests.web.pages.discussion.discussion_builders import a_discussion


def a_message(
    kind: MessageKind,
    *,
    number: int = 1,
    is_read: bool = False,
    who: str | None = "Ada",
    whereabouts: Whereabouts = Whereabouts.YOURS,
) -> Message:
    told_at = NOON - timedelta(minutes=number)
    return Message(
        handle=UUID(int=number), kind=kind, case_id=412, told_at=told_at, read_at=NOON if is_read else None,
        words="Do you know it?" if kind is MessageKind.MENTION else "", who=who,
        whereabouts=whereabouts,
    )  # fmt: skip


def a_messages_page(
    *messages: Message, wishes: MessageWishes | None = None, problem: str = ""
) -> MessagesPage:
    return messages_page(
        a_frame(here="/my/messages"), messages, wishes or MessageWishes(), now=NOON, problem=problem
    )


def a_comments_page(reply: Reply) -> DiscussionPage:
    return DiscussionPage(
        frame=a_frame(),
        case_id=412,
        number="412",
        back="/cases/412",
        discussion=a_discussion(ADA, reply=reply),
    )


EVERY_KIND = tuple(
    a_message(kind, number=number, is_read=number == 2, who=None if kind is MessageKind.BREACH else "Ada")
    for number, kind in enumerate(MessageKind)
)
DISCUSSION_PAGES: Mapping[str, Callable[[], str]] = {
    "comments": lambda: html("discussion/page.html", a_comments_page(Reply(told="Nobody has this name: bo"))),
    "comments, refused": lambda: html(
        "discussion/_part.html", a_comments_page(Reply(problem="No.", written="4711"))
    ),
    "comments, to read": lambda: html(
        "discussion/_part.html",
        DiscussionPage(
            frame=a_frame(MARGARET), case_id=412, number="412", back="/", discussion=a_discussion(MARGARET)
        ),
    ),
    "messages": lambda: html("discussion/messages.html", a_messages_page(*EVERY_KIND)),
    "messages, none": lambda: html("discussion/messages.html", a_messages_page(problem="No such zone.")),
}
