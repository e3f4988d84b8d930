"""What was said about a case, and messages, for pages to show."""

from datetime import UTC, datetime
from uuid import UUID

from app.database.cases.discussion.attachments import Attachment
from app.database.cases.discussion.comments import Comment
from app.review.access.people import Account
from app.review.discussion.attachments import Media
from app.web.pages.discussion.view import NOTHING_TO_SAY, DiscussionView, Place, Reply, discussion_view
from app.workflows.cases.discussion.discussions import Discussion

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)

SOME_DISCUSSION = Discussion(
    case_id=412,
    is_hidden=False,
    says_hidden=False,
    comments=(
        Comment(place=1, account_id=1, who="Ada", said_at=NOON, words="@grace do you know it?", is_new=False),
        Comment(place=2, account_id=2, who="Grace", said_at=NOON, words="Yes.\nCall them.", is_new=True),
    ),
    attachments=(
        Attachment(
            form=UUID(int=1), account_id=1, who="Ada", added_at=NOON, address="https://tickets.example/7",
            name=None, media=None, size_bytes=None,
        ),
        Attachment(
            form=UUID(int=2), account_id=2, who="Grace", added_at=NOON, address=None, name="receipt.pdf",
            media=Media.PDF, size_bytes=3000,
        ),
    ),
)  # fmt: skip
HIDDEN_DISCUSSION = Discussion(case_id=412, is_hidden=True, says_hidden=True, comments=(), attachments=())


def a_discussion(
    account: Account, *, place: Place = Place.CASE, is_hidden: bool = False, reply: Reply = NOTHING_TO_SAY
) -> DiscussionView:
    return discussion_view(
        HIDDEN_DISCUSSION if is_hidden else SOME_DISCUSSION,
        account,
        place=place,
        csrf_token="csrf",
        form=UUID(int=7),
        now=NOON,
        reply=reply,
    )
