"""A case is held while its lease lasts: the same in SQL as in the rule."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.leases import is_held
from tests.builders import NOON


@pytest.mark.parametrize(
    ("ends", "held"),
    [(None, False), (NOON - timedelta(seconds=1), False), (NOON, False), (NOON + timedelta(seconds=1), True)],
)
async def test_a_lease_that_ran_out_or_never_was_holds_nothing(
    connection: AsyncConnection, ends: datetime | None, held: bool
) -> None:
    asked = f"SELECT {is_held('c')} FROM (SELECT CAST(:ends AS timestamptz) AS lease_expires_at) c"
    assert await connection.scalar(text(asked), {"ends": ends, "now": NOON}) is held
