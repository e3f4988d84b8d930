"""Addresses and small files that belong to cases."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.discussion import AttachmentRow
from app.review.discussion.attachments import MOST_OF_A_CASE, Media, TooManyAttachments


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What was put to a case, without its bytes."""

    form: UUID
    account_id: int
    who: str
    added_at: datetime
    #: Either where it is,
    address: str | None
    #: or what it is called, of which kind, and how many bytes it has.
    name: str | None
    media: Media | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file with its bytes."""

    account_id: int
    name: str
    media: Media
    content: bytes


OF_CASE = text("""
SELECT f.form, f.account_id, a.display_name AS who, f.added_at, f.address, f.name, f.media,
    octet_length(f.content) AS size_bytes
FROM attachments f JOIN accounts a ON a.id = f.account_id
WHERE f.case_id = CAST(:case_id AS bigint)
    AND (NOT CAST(:only_own AS boolean) OR f.account_id = CAST(:account_id AS bigint))
ORDER BY f.place
""")

FINGERPRINTS = text("""
SELECT form, encode(sha256(content), 'hex') AS sha256 FROM attachments
WHERE case_id = CAST(:case_id AS bigint) AND content IS NOT NULL
""")


async def of_case(
    connection: AsyncConnection, case_id: int, *, account_id: int, only_own: bool
) -> list[Attachment]:
    """Return what was put to a case, in order."""
    asked = {"case_id": case_id, "account_id": account_id, "only_own": only_own}
    return [_attachment(row) for row in (await connection.execute(OF_CASE, asked)).mappings()]


async def fingerprints(connection: AsyncConnection, case_id: int) -> dict[UUID, str]:
    """Return the SHA-256 (hexadecimal) of each file of a case; all their bytes are read for it."""
    return {row.form: row.sha256 for row in await connection.execute(FINGERPRINTS, {"case_id": case_id})}


async def add(
    connection: AsyncConnection,
    case_id: int,
    *,
    account_id: int,
    form: UUID,
    now: datetime,
    address: str | None = None,
    file: StoredFile | None = None,
) -> None:
    """Put an address or a file to a case that is locked; a form that came before adds nothing.

    Raises `TooManyAttachments`.
    """
    if await connection.scalar(select(AttachmentRow.id).where(AttachmentRow.form == form)) is not None:
        return
    last = await connection.scalar(
        select(func.max(AttachmentRow.place)).where(AttachmentRow.case_id == case_id)
    )
    if (last or 0) >= MOST_OF_A_CASE:
        raise TooManyAttachments
    values = {
        "case_id": case_id, "account_id": account_id, "form": form, "added_at": now, "place": (last or 0) + 1,
        "address": address, "name": file and file.name, "media": file and file.media,
        "content": file and file.content,
    }  # fmt: skip
    await connection.execute(
        upsert(AttachmentRow).values(values).on_conflict_do_nothing(index_elements=["form"])
    )


async def file(connection: AsyncConnection, case_id: int, form: UUID) -> StoredFile | None:
    """Return a file of a case; None: it has no such file."""
    found = await connection.execute(
        select(
            AttachmentRow.account_id, AttachmentRow.name, AttachmentRow.media, AttachmentRow.content
        ).where(
            AttachmentRow.case_id == case_id,
            AttachmentRow.form == form,
            AttachmentRow.content.is_not(None),
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    return StoredFile(
        account_id=row.account_id, name=row.name, media=Media(row.media), content=bytes(row.content)
    )


def _attachment(row: RowMapping) -> Attachment:
    return Attachment(**{**row, "media": Media(row["media"]) if row["media"] is not None else None})
