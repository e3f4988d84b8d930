"""No page says a thing in words of our own where the trade has a plain one."""

import re
from html import unescape

import pytest

from tests.service import Service
from tests.web.pages.test_pages_contract import PAGES
from tests.words import NOT_ALONE, our_own, stored_reasons

LABELS = re.compile(r"<(h1|h2|th|dt|summary|legend|caption|button|a)\b[^>]*>(.*?)</\1>", re.DOTALL)


def words_of(markup: str) -> str:
    """Return what is read of it, also by those who hear the page."""
    heard = " ".join(re.findall(r"(?:title|aria-label|placeholder)=\"([^\"]*)\"", markup))
    seen = re.sub(r"<[^>]+>", " ", re.sub(r"<(script|title)\b.*?</\1>", " ", markup, flags=re.DOTALL))
    return " ".join(unescape(f"{seen} {heard}").split()).lower()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_the_words_of_the_trade(name: str) -> None:
    assert our_own(words_of(PAGES[name]())) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_gives_no_reason_as_it_is_stored(name: str) -> None:
    assert stored_reasons(words_of(PAGES[name]())) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_label_of_one_word_is_the_word_of_the_trade(name: str) -> None:
    labels = {words_of(inside) for _, inside in LABELS.findall(PAGES[name]())}
    assert labels & NOT_ALONE == set()


async def test_the_description_of_the_api_speaks_the_words_of_the_trade(service: Service) -> None:
    document = (await service.client.get("/openapi.json")).json()

    def sentences(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [
                str(part[key])
                for key in ("title", "summary", "description")
                if isinstance(part.get(key), str)
            ]
            return own + [each for value in part.values() for each in sentences(value)]
        return [each for value in part for each in sentences(value)] if isinstance(part, list) else []

    found = sentences(document)
    assert len(found) > 100
    assert {each: our_own(each.lower()) for each in found if our_own(each.lower())} == {}


def test_a_word_of_our_own_would_be_found() -> None:
    assert our_own(words_of('<p title="Their number">Fresh <b>eyes</b></p>')) == [
        "fresh eyes",
        "their number",
    ]
    assert stored_reasons(words_of("<p>The model declined it: large exposure</p>")) == ["large exposure"]
