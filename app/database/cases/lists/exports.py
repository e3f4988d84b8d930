"""That a case was taken out of the house as a file: by whom, when, and of what content."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.tables.views import CaseExportRow


async def note(
    connection: AsyncConnection, case_id: int, *, account_id: int, sha256: str, now: datetime
) -> None:
    """Write it; somebody who takes the same content again did so the first time."""
    values = {"case_id": case_id, "account_id": account_id, "content_sha256": sha256, "exported_at": now}
    await connection.execute(upsert(CaseExportRow).values(values).on_conflict_do_nothing())
