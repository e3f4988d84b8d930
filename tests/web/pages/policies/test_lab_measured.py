"""What was measured of people, beside what is typed of them in the lab: offered, never applied by itself."""

import re
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.server.session import transaction
from app.review.access.people import Role
from tests.judged import Judged
from tests.service import Service
from tests.web.pages.submitting import controls, submitted

DETECTION = "costs.detection_rate"
FOUND = "costs.detection_rate/control_cases"


@pytest_asyncio.fixture
async def lab(service: Service, engine: AsyncEngine) -> httpx.AsyncClient:
    """Return a manager's browser, where people found 28 of 40 frauds, and declined 1 of 10 legits."""
    async with transaction(engine) as connection:
        judged = Judged(connection=connection)
        ada = await judged.person("Ada")
        for place in range(40):
            await judged.gold(ada, "legit" if place < 12 else "fraud", "fraud", at=utc_now())
        for place in range(10):
            await judged.gold(ada, "legit" if place else "fraud", "legit", at=utc_now())
    return await service.browser(await service.person(Role.MANAGER))


async def press(browser: httpx.AsyncClient, page: str, key: str, **typed: str) -> httpx.Response:
    """Press a button that uses a measured value."""
    content = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode([*submitted(page, **typed), ("measured", key)])
    return await browser.post("/thresholds/measured", content=body, headers=content)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page))).replace("\u202f", " ")


async def test_measured_values_stand_beside_typed_ones_and_change_nothing(lab: httpx.AsyncClient) -> None:
    page = (await lab.get("/thresholds")).text
    assert dict(submitted(page))[DETECTION] == "90"
    assert "Control cases: 70 %, between 53 % and 83 % (40 verdicts)." in words(page)
    assert "Control cases: 10 %, between 0.25 % and 45 % (10 verdicts). Too few to use: 30 needed." in words(
        page
    )
    offered = [each.value for each in controls(page) if each.name == "measured"]
    assert offered == [FOUND]


async def test_a_press_types_the_measured_value_and_keeps_what_else_was_typed(lab: httpx.AsyncClient) -> None:
    page = (await lab.get("/thresholds")).text
    filled = await press(lab, page, FOUND, **{"costs.review": "4.5"})
    assert filled.status_code == 200, filled.text
    fields = dict(submitted(filled.text))
    assert (fields[DETECTION], fields["costs.review"]) == ("70", "4.5")
    assert dict(submitted((await lab.get("/thresholds")).text))[DETECTION] == "90"


async def test_what_is_not_offered_is_refused(lab: httpx.AsyncClient) -> None:
    page = (await lab.get("/thresholds")).text
    refused = await press(lab, page, "costs.analyst_false_decline_rate/control_cases")
    assert refused.status_code == 422
    assert "not measured any more" in refused.text
    assert dict(submitted(refused.text))["costs.analyst_false_decline_rate"] == "5"


async def test_a_typed_value_outside_the_interval_has_to_be_answered(lab: httpx.AsyncClient) -> None:
    page = (await lab.get("/thresholds")).text
    assert "90 % is typed, 53 % to 83 % is measured on 40 verdicts (control cases)" in words(page)
    assert "answer.measured_otherwise" in {each.name for each in controls(page)}
    filled = await press(lab, page, FOUND)
    assert "answer.measured_otherwise" not in {each.name for each in controls(filled.text)}
