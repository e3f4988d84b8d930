"""The search says when its index is behind by more than it looks through itself."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.upkeep import indexing
from app.review.access.people import Role
from tests.builders import run
from tests.service import Service


async def test_a_search_that_cannot_see_all_says_so(
    service: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst = await service.person(Role.ANALYST)
    await run(engine, "UPDATE link_progress SET indexed_to = 9223372036854775807, indexed_at = '2026-05-01'")
    for _ in range(3):
        assert (await service.post(service.body())).status_code == 200
    async with await service.browser(analyst) as browser:
        assert "still being indexed" not in (await browser.get("/search?q=8841")).text
        await run(engine, "UPDATE link_progress SET indexed_to = 0")
        assert "still being indexed" not in (await browser.get("/search?q=8841")).text
        monkeypatch.setattr(indexing, "TAIL_ROWS", 2)
        page = (await browser.get("/search?q=8841")).text
    assert "since 1 May 2026" in page
    assert "still being indexed" in page
