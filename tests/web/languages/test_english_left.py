"""No English is left on pages of another language: what no catalogue told stands out, wherever it is from.

A living world is read in a language whose every word is marked as told: data, errors and constants that go
past the catalogue are what is left (`english_left.py`).
"""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.review.access.people import Role
from app.review.case import Judgement, VerdictReason
from app.review.lists.entry import EntityKind, NewEntry
from app.triage.labels import Listed
from app.web.pages.rendering import TEMPLATES
from tests.builders import NOON, a_desk
from tests.databases import Databases
from tests.web.languages.english_left import english_in, every_word_told, known, told, untold
from tests.web.languages.untranslated import words_in
from tests.web.test_blind_everywhere import AMOUNTS, World, a_world, addresses, an_evening, blind_cases

PAGES = Path(__file__).parents[3] / "app" / "web" / "pages"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
#: What people and payment services of this world are called, and what they wrote: it is theirs.
THEIRS = frozenset(
    {
        *("shop", "order", "phone", "quokka", "none", "manager", "wide", "https", "sample"),
        # Accounts, a recipe and reasons that were there from the start, as they are stored.
        *("first", "start", "training", "narrow", "and", "taught"),
    }
)
#: Files, streams, answers to programs; and the glossary, a file of its own in each language.
ASIDE = re.compile(
    r"^/help$|\.csv$|/events|/attachments/|/report$|^/v1/|^/openapi|^/healthz|^/readyz|^/static"
)
#: Reasons of versions, as they were stored with them.
STORED = re.compile(r"First policy of model [^\u201c\u201d]+|A test wants it\.")
#: Names of places are the time zone database's.
ZONE = re.compile(r"[A-Z][A-Za-z]+/[A-Z][\w /-]+")
MISTAKES = {
    "/thresholds/simulate": [
        {"spread_at_most": "wide"}, {"spread_at_most": "-1"}, {"lists": "quokka"},
        {"staffing.analysts": "1.5"}, {"since": "quokka"}, {},
        {"bands.0.amount_from": "9", "bands.1.amount_from": "5"},
    ],
    "/lists": [{"kind": "card", "effect": "block", "value": "quokka", "reason": "", "lasts": "7"}],
    "/my/settings": [{"key.fraud": "l", "key.legit": "l"}, {"key.fraud": "\u00e4\u00e4"}],
}  # fmt: skip


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.lent() as lent:
        yield lent


async def lived_in(world: World) -> None:
    """Let people decide, talk, list and give back, so that pages have something to say."""
    await an_evening(world)
    ada = await world.service.person(Role.ANALYST, "ada")
    grace = await world.service.person(Role.MANAGER, "grace")
    desk = a_desk(world.service, world.clock, share=1.0)
    answers: list[tuple[Judgement, dict[str, Any]]] = [
        (Judgement.FRAUD, {"reason": VerdictReason.MERCHANT_RISK}), (Judgement.LEGIT, {"note": "quokka"}),
        (Judgement.ESCALATE, {"note": "quokka"}),
    ]  # fmt: skip
    hidden = set((await blind_cases(world)).values())
    for _ in AMOUNTS:
        if not answers:
            break
        file = await desk.claims.current_or_next(ada)
        assert file is not None
        assert file.case.lease is not None
        if file.case.id in hidden:
            await desk.claims.release(ada, file.case.id, file.case.lease.token, reason="other")
            continue
        judgement, more = answers.pop()
        await desk.judged(ada, file, judgement, **more)
        await world.service.services.cases.discussions.say(grace, file.case.id, uuid4(), "@ada quokka")
    world.clock.passes(minutes=1)
    await world.service.services.cases.entity_lists.add(
        grace,
        NewEntry(
            kind=EntityKind.DEVICE,
            value="phone",
            effect=Listed.BLOCK,
            reason="quokka",
            expires_at=NOON + timedelta(days=9),
        ),
    )


async def read(browser: httpx.AsyncClient, address: str) -> str:
    """Return a page as it is read; empty where there is none."""
    answer = await browser.get(address)
    assert answer.status_code < 500, (address, answer.text)
    return answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""


async def mistaken(browser: httpx.AsyncClient) -> list[str]:
    """Return the pages that answer what cannot be meant."""
    page = await read(browser, "/thresholds")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    found = []
    for address, forms in MISTAKES.items():
        for form in forms:
            answer = await browser.post(address, data={"csrf_token": token, **form})
            assert 400 <= answer.status_code < 500 or answer.status_code == 200, (address, form, answer.text)
            found.append(answer.text)
    return found


@pytest.mark.parametrize("role", [Role.ANALYST, Role.MANAGER, Role.ADMIN])
async def test_every_page_of_a_living_world_is_told_in_its_language(
    url: str, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    left: set[str] = set()
    async with a_world(url) as world:
        await lived_in(world)
        browser = await world.service.browser(await world.service.person(role, "bela"))
        browser.headers["accept-language"] = "de"
        with every_word_told(monkeypatch):
            asked = [each for each in await addresses(world) if not ASIDE.search(each.partition("?")[0])]
            pages = [await read(browser, each) for each in [*asked, "/nowhere", "/cases/77777"]]
            pages += await mistaken(browser) if role is Role.MANAGER else []
    assert sum(map(bool, pages)) > 20
    for page in pages:
        left |= {
            each
            for each in english_in(page, names=THEIRS)
            if untold(STORED.sub("", ZONE.sub("", each))) - THEIRS
        }
    assert sorted(left) == []


def test_what_goes_past_the_catalogue_stands_out() -> None:
    assert "Log in" in known()
    page = f'<p title="{told("Log in")}">{told("Log in")} 12 <bdi>Log in</bdi> <i lang="en">Log in</i></p>'
    assert english_in(page) == []
    assert english_in(f'<p title="Log in">{told("Log in")}<b>pending</b></p>') == ["Log in", "pending"]


def a_table(node: ast.AST) -> list[str]:
    """Return what of a table of words is not marked, where something of it is."""
    if not isinstance(node, ast.Dict):
        return []
    are_marked = [isinstance(each, ast.Call) and ast.unparse(each.func) == "marked" for each in node.values]
    plain = [each.value for each in node.values if isinstance(each, ast.Constant)]
    return [each for each in plain if any(are_marked) and isinstance(each, str) and words_in(each)]


def test_a_table_of_words_is_marked_as_a_whole() -> None:
    found = {
        f"{path.name}: {word}"
        for path in PAGES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for word in a_table(node)
    }
    assert found <= {"card.py: AUROC"}
    assert a_table(ast.parse("{1: marked('one'), 2: 'two'}").body[0].value) == ["two"]  # type: ignore[attr-defined]


_TAKES = re.compile(r"_\(\s*(?:'[^']*'|\"[^\"]*\")")
_SENTENCE = re.compile(r"[\"']([A-Za-z0-9][^\"'{}|]*[ ][^\"'{}|]*)[\"']")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_keeps_for_later_is_told_as_well(name: str) -> None:
    """Words in the blocks of a template: what it walks through, sets aside, or puts into a sentence."""
    source = (TEMPLATES / name).read_text()
    blocks = re.findall(r"\{%-?\s*((?:for|set|with|trans)\b.*?)-?%\}", source, re.DOTALL)
    assert [found for each in blocks for found in _SENTENCE.findall(_TAKES.sub("", each))] == []


def test_words_kept_for_later_would_be_found() -> None:
    assert _SENTENCE.findall('for days, name in ((1, "24 hours"), (7, _))') == ["24 hours"]
