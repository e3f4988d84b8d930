"""What was learned keeps the chance with which it would have been learned."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.payments import labels
from app.database.payments.labels import TruthReport
from app.review.outcome import Report
from tests.builders import NOON
from tests.database.world import a_world

KEPT = text("SELECT source, propensity FROM labels ORDER BY id")


async def _told(connection: AsyncConnection, *reports: tuple[str, float | None]) -> set[int]:
    client_id = await connection.scalar(text("SELECT max(client_id) FROM transactions"))
    return await labels.append(
        connection,
        client_id or 0,
        [
            TruthReport(
                transaction_id="order-1",
                label=Report.FRAUD,
                source=source,
                occurred_at=NOON,
                learned_at=NOON,
                propensity=propensity,
            )
            for source, propensity in reports
        ],
        NOON,
    )


async def test_a_report_keeps_its_propensity(connection: AsyncConnection) -> None:
    await a_world(connection)
    await _told(connection, ("full list", 1.0), ("sample", 0.25), ("chargeback", None))
    kept = [tuple(row) for row in await connection.execute(KEPT)]
    assert kept == [("full list", 1.0), ("sample", 0.25), ("chargeback", None)]


async def test_the_same_report_twice_is_one_row_whatever_its_propensity(connection: AsyncConnection) -> None:
    await a_world(connection)
    assert await _told(connection, ("sample", 0.25), ("sample", 0.5)) == {0, 1}
    assert await _told(connection, ("sample", None)) == {0}
    assert [tuple(row) for row in await connection.execute(KEPT)] == [("sample", 0.25)]


@pytest.mark.parametrize("impossible", [0.0, -0.1, 1.1, float("nan")])
async def test_a_propensity_is_a_probability_above_zero(
    connection: AsyncConnection, impossible: float
) -> None:
    await a_world(connection)
    with pytest.raises(DBAPIError, match="propensity_is_probability"):
        await _told(connection, ("sample", impossible))
