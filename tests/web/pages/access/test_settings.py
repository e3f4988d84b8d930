"""Everybody sets language, clock and keys for themselves; what cannot be kept is said at its field."""

import re

import pytest
from httpx import AsyncClient

from app.review.access.hotkeys import Move
from app.review.access.people import Role
from tests.service import Service


@pytest.fixture
async def ada(service: Service) -> AsyncClient:
    return await service.browser(await service.person(Role.ANALYST))


KEYS = {
    "fraud": "F",
    "legit": "L",
    "escalate": "E",
    "skip": "S",
    "undo": "Z",
    "note": "N",
    "comment": "C",
    "help": "?",
}


async def keep(browser: AsyncClient, **changes: str | None) -> str:
    """Send the form and return the page that follows."""
    page = (await browser.get("/my/settings")).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "language": "", "zone": "", "keys_on": "true"}
    form |= {f"key.{move}": key for move, key in KEYS.items()}
    sent = {name: value for name, value in (form | changes).items() if value is not None}
    return (await browser.post("/my/settings", data=sent, follow_redirects=True)).text


async def test_what_is_chosen_is_kept(ada: AsyncClient) -> None:
    page = await keep(ada, language="de", zone="Europe/Berlin", **{"key.fraud": "b"})
    assert '<html lang="de"' in page
    assert "Gespeichert." in page
    assert 'data-zone="Europe/Berlin"' in page
    assert re.search(r'<option value="Europe/Berlin"\s+selected>', page)
    assert re.search(r'name="key.fraud"\s+value="B"', page)
    assert "&#34;fraud&#34;: &#34;b&#34;" in page
    # Back to what everybody has.
    page = await keep(ada)
    assert '<html lang="en"' in page
    assert 'data-zone="UTC"' in page


async def test_keys_are_switched_off(ada: AsyncClient) -> None:
    page = await keep(ada, keys_on=None)
    assert 'data-keys=""' in page
    assert "aria-keyshortcuts" not in page


async def test_one_key_for_two_moves_is_refused_and_nothing_is_kept(ada: AsyncClient) -> None:
    page = await keep(ada, language="de", **{"key.skip": "f"})
    assert "F cannot do both: \u201cFraud\u201d and \u201cSkip\u201d. Nothing was saved." in page
    assert len(re.findall('aria-invalid="true"', page)) == 2
    assert '<html lang="en"' in (await ada.get("/my/settings")).text


@pytest.mark.parametrize("typed", ["1", "\u00e4", "xy"])
async def test_what_is_no_key_is_refused_at_its_field(ada: AsyncClient, typed: str) -> None:
    page = await keep(ada, **{"key.undo": typed})
    assert "The key for \u201cUndo\u201d must be one letter" in page
    assert re.search(r'name="key.undo"[^>]*aria-invalid="true"', page)


async def test_what_no_form_of_ours_sends_is_nothing(ada: AsyncClient) -> None:
    page = await keep(ada, language="tlh", zone="../etc/passwd")
    assert '<html lang="en"' in page
    assert 'data-zone="UTC"' in page


async def test_the_browser_speaks_until_somebody_chooses(ada: AsyncClient) -> None:
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    ada.cookies.set("tertium_zone", "Asia/Tokyo")
    page = (await ada.get("/my/settings", headers=german)).text
    assert '<html lang="de"' in page
    assert 'data-zone="Asia/Tokyo"' in page
    await keep(ada, language="en", zone="America/New_York")
    page = (await ada.get("/my/settings", headers=german)).text
    assert '<html lang="en"' in page
    assert 'data-zone="America/New_York"' in page


async def test_the_login_speaks_the_browsers_language_and_programs_hear_english(service: Service) -> None:
    german = {"Accept-Language": "de"}
    door = (await service.client.get("/login", headers=german)).text
    refused = await service.client.get("/v1/model", headers=german | {"X-API-Key": "nobody's"})
    assert "Anmelden" in door
    assert '<html lang="de"' in door
    assert refused.json()["detail"] == "The API key is missing or unknown."


def test_every_move_has_its_field() -> None:
    assert set(KEYS) == {move.value for move in Move}
