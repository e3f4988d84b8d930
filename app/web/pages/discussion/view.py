"""What was said about a case, as pages show it beside the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.database.cases.discussion.attachments import Attachment
from app.database.cases.discussion.comments import Comment
from app.review.access.people import Ability, Account
from app.review.discussion.attachments import Media
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.workflows.cases.discussion.discussions import Discussion

MEDIA: Mapping[Media, str] = {
    Media.PDF: "PDF",
    Media.PNG: "PNG picture",
    Media.JPEG: "JPEG picture",
    Media.TEXT: "text",
}


class Place(StrEnum):
    """From which page somebody writes: they come back to it."""

    REVIEW = "review"
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of something sent; empty where nothing is to be said."""

    #: What did not go as asked, and what had been written.
    problem: str = ""
    written: str = ""
    #: What is to be known of what did.
    told: str = ""


NOTHING_TO_SAY = Reply()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """One comment."""

    who: str
    at: str
    moment: str
    words: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """An address, or a file that can be kept."""

    who: str
    at: str
    moment: str
    name: str
    address: str
    is_file: bool
    #: Of a file: kind and size.
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscussionView:
    """All of it, with what its forms need."""

    case_id: int
    place: Place
    csrf_token: str
    #: Of the forms that are shown: one that is sent twice does nothing the second time.
    form: UUID
    #: What colleagues said is kept from the reader, and that may be told.
    is_hidden: bool
    may_write: bool
    comments: tuple[CommentView, ...]
    attachments: tuple[AttachmentView, ...]
    #: How many comments and attachments there are, and how many comments are new; empty: none.
    several: str
    unread: str
    newest: int
    reply: Reply


def discussion_view(
    discussion: Discussion,
    account: Account,
    *,
    place: Place,
    csrf_token: str,
    form: UUID,
    now: datetime,
    reply: Reply = NOTHING_TO_SAY,
) -> DiscussionView:
    """Return what was said as this person may hear of it; they write where they may judge."""
    several = len(discussion.comments) + len(discussion.attachments)
    return DiscussionView(
        case_id=discussion.case_id,
        place=place,
        csrf_token=csrf_token,
        form=form,
        is_hidden=discussion.says_hidden,
        may_write=account.may(Ability.JUDGE),
        comments=tuple(_comment(each, now) for each in discussion.comments),
        attachments=tuple(_attachment(each, discussion.case_id, now) for each in discussion.attachments),
        several=formatting.count(several) if several else "",
        unread=worded("%(unread)s new", unread=discussion.unread) if discussion.unread else "",
        newest=discussion.newest,
        reply=reply,
    )


def _comment(comment: Comment, now: datetime) -> CommentView:
    return CommentView(
        who=comment.who,
        at=formatting.ago(comment.said_at, now),
        moment=formatting.moment(comment.said_at),
        words=comment.words,
        is_new=comment.is_new,
    )


def _attachment(attachment: Attachment, case_id: int, now: datetime) -> AttachmentView:
    is_file = attachment.address is None
    return AttachmentView(
        who=attachment.who,
        at=formatting.ago(attachment.added_at, now),
        moment=formatting.moment(attachment.added_at),
        name=attachment.address or attachment.name or "",
        address=attachment.address or f"/cases/{case_id}/attachments/{attachment.form}",
        is_file=is_file,
        about=_about(attachment) if is_file else "",
    )


def _about(attachment: Attachment) -> str:
    kind = MEDIA[attachment.media] if attachment.media is not None else ""
    return worded("%(kind)s, %(value)s KiB", kind=kind, value=-(-(attachment.size_bytes or 0) // 1024))
