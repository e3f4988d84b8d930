"""What the last payments held, for models that may have to decide the next ones."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_RECENT = text("SELECT features::text AS features FROM transactions ORDER BY id DESC LIMIT :most")


async def recent_features(connection: AsyncConnection, *, most: int) -> list[Mapping[str, Any]]:
    """Return the features of the last payments, the newest first."""
    found = await connection.execute(_RECENT, {"most": most})
    return [orjson.loads(row.features) for row in found]
