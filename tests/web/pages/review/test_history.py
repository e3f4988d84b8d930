"""What a card did before a payment is read in words: at its case, among the drivers, and in reasons."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from app.review.access.people import Role
from app.review.reason_codes import Code, ReasonCode
from app.scoring.schema.feature import Value
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_features
from app.web.pages.formatting import THIN
from app.web.pages.review import screen
from app.web.pages.review.history_values import spoken_name, told_of_history
from app.web.pages.review.reasons import reason_views
from tests.builders import ALL_UNKNOWN, with_policy
from tests.conftest import a_service
from tests.own_payments import HISTORY, SCHEMA, train_own_model
from tests.service import NOON, Service

KEPT = KeptHistory(entity="card", partners=("device",), delay_days=1, currency="EUR")
OWN = SCHEMA.replace('["hour"]', '["hour", "weekday"]').replace(
    'amount = "Total"', 'amount = "Total"\nread_of_amount = ["ending"]'
)
FEATURES: dict[str, Any] = {"distance": 12.5, "orders_before": 3, "category": "food", "chip": True}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_own_model(tmp_path_factory.mktemp("history-page"), schema=OWN, more=HISTORY).parent


@pytest_asyncio.fixture
async def shop(database_url: str, models: Path) -> AsyncIterator[Service]:
    async with a_service(database_url, models_dir=models, blind_share=0.0) as service:
        yield service


def body(*, hours: float, amount: str = "20.00", **attributes: str) -> dict[str, Any]:
    return {
        "transaction_id": uuid4().hex,
        "occurred_at": (NOON - timedelta(hours=hours)).isoformat(),
        "amount": amount,
        "currency": "EUR",
        "features": FEATURES,
        "attributes": attributes,
    }


async def page_of(shop: Service, *payments: dict[str, Any]) -> str:
    """Post payments and return the page of the last one's case."""
    for each in payments[:-1]:
        assert (await shop.post(each)).status_code == 200
    await with_policy(shop, **ALL_UNKNOWN)
    case_id = (await shop.post(payments[-1])).json()["case_id"]
    async with await shop.browser(await shop.person(Role.ANALYST)) as browser:
        page = await browser.get("/review", follow_redirects=True)
    assert f'data-case-id="{case_id}"' in page.text
    return " ".join(unescape(page.text).replace(THIN, " ").split())


async def test_a_case_says_what_its_card_did_before(shop: Service) -> None:
    before = [body(hours=hours, card="card-1", device=f"device-{hours}") for hours in (50, 3)]
    page = await page_of(shop, *before, body(hours=0, amount="249.99", card="card-1", device="device-9"))
    story = page.partition('id="story"')[2].partition("</ul>")[0]
    for told in (
        "Card: 1 payment in 24 h, usual under 0.1 a day; the last 3 h before",
        "First time of this card with this device; 2 other devices in 30 days",
    ):
        assert told in story
    assert "card: " not in page


async def test_a_card_that_nobody_saw_before_is_told_so(shop: Service) -> None:
    page = await page_of(shop, body(hours=0, card="card-2", device="device-1"))
    story = page.partition('id="story"')[2].partition("</ul>")[0]
    assert "This card was never seen before" in story


async def test_a_payment_that_names_nothing_says_that_nothing_is_known(shop: Service) -> None:
    page = await page_of(shop, body(hours=0))
    assert "Nothing is known of what came before" in page


def read(**changes: Value) -> dict[str, Value]:
    values: dict[str, Value] = dict.fromkeys((each.name for each in history_features(KEPT)), 0.0)
    return values | {f"card: {name}": value for name, value in changes.items()}


def test_each_thing_read_of_history_has_words() -> None:
    for each in history_features(KEPT):
        spoken = spoken_name(each.name)
        assert "this card" in spoken, spoken
        assert ": " not in spoken, spoken
    assert spoken_name("card: payments, half-life 1 hour") == "Payments of this card, half-life 1 hour"
    assert spoken_name("card: different device in 30 days") == "Different devices of this card in 30 days"
    assert (spoken_name("V14"), spoken_name("a: feature of their own")) == ("V14", "a: feature of their own")


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("hours since the payment before", {}, "2 h 30 min"),
        ("hours since the payment before", {"hours since the payment before": None}, "never seen before"),
        ("days since the first payment", {"hours since the payment before": None}, "never seen before"),
        ("days since the first payment", {"days since the first payment": 7.0}, "7 days or more"),
        ("amount against its own", {"amount against its own": -1.25}, "1.2 SD below"),
        ("payments in 7 days", {"payments in 7 days": 14.0}, "14"),
        ("payments, half-life 1 day", {"payments, half-life 1 day": 1.5}, "1.50"),
        ("mean amount in 7 days", {"payments in 7 days": 2.0, "mean amount in 7 days": 12.5}, "€ 12.50"),
        ("mean amount in 7 days", {}, "no payment"),
        ("fraud share 1 to 8 days ago", {"fraud share 1 to 8 days ago": 0.057142857}, "5.7 %"),
        ("known frauds 1 to 8 days ago", {"known frauds 1 to 8 days ago": 2.0}, "2"),
        ("different device in 30 days", {"different device in 30 days": 64.0}, "64"),
        ("different device in 30 days", {"different device in 30 days": 120.4}, "about 120"),
        ("device is new", {"device is new": 1.0}, "yes"),
        ("device is new", {"device is new": 0.0}, "no"),
        ("device is new", {"device is new": None}, "no device is named"),
    ],
)
def test_values_have_their_units_and_what_is_missing_is_said(
    name: str, values: dict[str, Value], told: str
) -> None:
    seen = {"hours since the payment before": 2.5} | values
    assert told_of_history(f"card: {name}", read(**seen), "EUR").replace(THIN, " ") == told


def test_reasons_name_history_in_words() -> None:
    code = ReasonCode(code=Code.EXTREME_FEATURES, numbers={"card: payments in 1 day": 101.0})
    (reason,) = reason_views((code,), "EUR")
    assert reason.numbers == "Payments of this card in 1 day above all"


async def test_weekday_and_ending_are_shown_as_what_the_payment_says(
    shop: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "SHOWN", 100)
    page = await page_of(shop, body(hours=0, amount="19.95", card="card-3", device="device-1"))
    (row,) = re.findall(r"<tr> <th[^>]*>Amount ends in</th>.*?</tr>", page)
    assert '<td class="n">95</td>' in row
    assert "The first two decimals of the amount." in row
    assert f"{NOON.astimezone(ZoneInfo('Europe/Vienna')):%a %H:%M}" in page
    assert "weekday" not in page
    assert "Payments of this card in 7 days</th>" in page
