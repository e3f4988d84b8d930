"""What a team says about a case: read by whoever may, written on, and looked at."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.access import accounts
from app.database.cases import cases, timeline
from app.database.cases.cases import CaseFile
from app.database.cases.discussion import attachments, comments, messages
from app.database.cases.discussion.attachments import Attachment, StoredFile
from app.database.cases.discussion.comments import Comment
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.case import CaseNotFound
from app.review.discussion.attachments import checked_address, checked_file
from app.review.discussion.comments import checked_comment, mentions
from app.review.discussion.messages import MessageKind
from app.workflows.cases.discussion.hiding import hides_discussion, is_blind
from app.workflows.cases.discussion.messages import tell


class AttachmentNotFound(Exception):
    """There is no such file on this case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussion:
    """What was said about a case, and what was put to it, as one reader may hear of it."""

    case_id: int
    #: What others said, and whether they did, is kept from the reader until they have said what they think.
    is_hidden: bool
    #: Whether that may be told: not where it would tell what the case is for.
    says_hidden: bool
    comments: tuple[Comment, ...]
    attachments: tuple[Attachment, ...]

    @property
    def unread(self) -> int:
        """How many comments of colleagues the reader has not looked at."""
        return sum(comment.is_new for comment in self.comments)

    def known_until(self, moment: datetime, account: Account) -> "Discussion":
        """Return it without what colleagues said from a moment on: who looks again may not hear of that."""
        return replace(
            self,
            comments=tuple(
                each for each in self.comments if each.said_at < moment or each.account_id == account.id
            ),
            attachments=tuple(
                each for each in self.attachments if each.added_at < moment or each.account_id == account.id
            ),
        )

    @property
    def newest(self) -> int:
        """The last comment's place; 0: there is none, or it would tell of some that are kept back."""
        return self.comments[-1].place if self.comments and not self.is_hidden else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussions:
    """Reads and writes comments and attachments."""

    engine: AsyncEngine
    clock: Callable[[], datetime]

    async def of(self, account: Account, case_id: int) -> Discussion:
        """Return what was said about a case; raises `CaseNotFound` where it may not be read."""
        async with transaction(self.engine) as connection:
            return await discussion_of(connection, account, await _readable(connection, account, case_id))

    async def of_held(self, account: Account, file: CaseFile) -> Discussion:
        """Return what was said about the case somebody holds, as they may hear of it."""
        async with transaction(self.engine) as connection:
            return await discussion_of(connection, account, file)

    async def say(self, account: Account, case_id: int, form: UUID, words: str) -> tuple[str, ...]:
        """Write a comment, tell whom it mentions, and return the names in it that nobody here has.

        A form that comes twice says nothing new. Raises `CaseNotFound`, `CommentUnclear`, `CardNumberWritten`
        and `TooManyComments`.
        """
        words = checked_comment(words)
        async with transaction(self.engine) as connection:
            # Locked, so that whoever may not read it any more when this is written does not write on it.
            await cases.locked(connection, case_id)
            await _readable(connection, account, case_id)
            now = self.clock()
            found = mentions(words, await accounts.accounts(connection))
            key = await comments.add(
                connection, case_id, account_id=account.id, form=form, words=words, now=now
            )
            if key is not None:
                await tell(
                    connection,
                    found.known,
                    MessageKind.MENTION,
                    case_id=case_id,
                    by=account.id,
                    now=now,
                    comment_id=key,
                )
        return found.unknown

    async def seen(self, account: Account, case_id: int, *, through: int) -> None:
        """Keep that somebody looked at the comments on a case, and at what mentioned them there.

        Nothing where the case may not be read, or what was said is kept from them.
        """
        async with transaction(self.engine) as connection:
            try:
                file = await _readable(connection, account, case_id)
            except CaseNotFound:
                return
            found = await discussion_of(connection, account, file)
            through = min(through, found.newest)
            if found.is_hidden or through == 0:
                return
            await comments.mark_read(connection, case_id, account.id, through=through)
            await messages.mark_mentions_read(
                connection, account.id, case_id, through=through, now=self.clock()
            )

    async def attach_address(self, account: Account, case_id: int, form: UUID, address: str) -> None:
        """Put an https address to a case; nobody fetches it.

        Raises `CaseNotFound`, `AttachmentRefused`, `CardNumberWritten` and `TooManyAttachments`.
        """
        address = checked_address(address)
        async with transaction(self.engine) as connection:
            await cases.locked(connection, case_id)
            await _readable(connection, account, case_id)
            await attachments.add(
                connection, case_id, account_id=account.id, form=form, now=self.clock(), address=address
            )

    async def attach_file(
        self, account: Account, case_id: int, form: UUID, *, name: str, content: bytes
    ) -> None:
        """Put a small file to a case; raises as `attach_address`."""
        name, media = checked_file(name, content)
        file = StoredFile(account_id=account.id, name=name, media=media, content=content)
        async with transaction(self.engine) as connection:
            await cases.locked(connection, case_id)
            await _readable(connection, account, case_id)
            await attachments.add(
                connection, case_id, account_id=account.id, form=form, now=self.clock(), file=file
            )

    async def file(self, account: Account, case_id: int, form: UUID) -> StoredFile:
        """Return a file of a case; raises `CaseNotFound` and `AttachmentNotFound`."""
        async with transaction(self.engine) as connection:
            read = await _readable(connection, account, case_id)
            found = await attachments.file(connection, case_id, form)
            is_hidden = await hides_discussion(connection, account, read)
        if found is None or (is_hidden and found.account_id != account.id):
            raise AttachmentNotFound
        return found


async def discussion_of(connection: AsyncConnection, account: Account, file: CaseFile) -> Discussion:
    """Return what was said about a case that this account may read: of a blind one only what they said."""
    is_hidden = await hides_discussion(connection, account, file)
    case_id = file.case.id
    said = await comments.of_case(connection, case_id, account_id=account.id, only_own=is_hidden)
    put = await attachments.of_case(connection, case_id, account_id=account.id, only_own=is_hidden)
    return Discussion(
        case_id=case_id,
        is_hidden=is_hidden,
        says_hidden=is_hidden and is_blind(file),
        comments=tuple(said),
        attachments=tuple(put),
    )


async def _readable(connection: AsyncConnection, account: Account, case_id: int) -> CaseFile:
    if not await timeline.may_be_read(connection, case_id, reader_id=reader_of(account)):
        raise CaseNotFound
    return await cases.file(connection, case_id)
