"""What colleagues said and wrote of a case, and from whom it is kept for now."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases.cases import CaseFile
from app.database.cases.discussion import comments
from app.review import blindness
from app.review.access.people import Account


async def hides_discussion(connection: AsyncConnection, account: Account, file: CaseFile) -> bool:
    """Whether comments and attachments of colleagues are kept from this account."""
    could_be_hidden = blindness.hides_discussion(
        account, file.case.kind, file.case.state, is_blind=is_blind(file), has_said=False
    )
    return could_be_hidden and not await comments.has_said_theirs(connection, file.case.id, account.id)


async def hides_words(connection: AsyncConnection, account: Account, file: CaseFile) -> bool:
    """Whether reasons and notes of colleagues are kept from this account."""
    could_be_hidden = blindness.hides_words(
        account,
        file.case.state,
        is_blind=is_blind(file),
        has_score=file.score is not None,
        has_said=False,
    )
    return could_be_hidden and not await comments.has_said_theirs(connection, file.case.id, account.id)


async def hides_note(connection: AsyncConnection, account: Account, file: CaseFile) -> bool:
    """Whether what was written on a case and not judged yet is a colleague's, and kept from this account."""
    return file.note_by not in {None, account.id} and await hides_words(connection, account, file)


def is_blind(file: CaseFile) -> bool:
    """Whether a case is judged blind."""
    return blindness.is_blind(
        file.case.kind, file.label, has_score=file.score is not None, drawn=file.drawn_blind
    )
