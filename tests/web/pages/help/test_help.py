"""The glossary: one source for the help page and for the document, with every term explained."""

import re
from html import unescape

import pytest

from app.review.access.languages import Language
from app.review.access.people import Role
from app.web.pages.help.glossary import Term, glossary, slug
from tests.service import Service
from tests.web.pages.help.glossary_document import DOCUMENT, document
from tests.web.pages.test_pages_contract import PAGES
from tests.words import our_own

#: What pages, the API and documents say without explaining it there.
NEEDED = (
    "Transaction", "Features", "Score", "Evidence", "Spread", "Ambiguity", "Unfamiliarity", "Novelty",
    "Decision", "Label", "Policy", "Certificate", "Case", "Reserved", "Verdict", "Ground truth", "Coverage",
    "Review rate", "Miss rate", "False-decline rate", "Residual risk", "Capacity",
    "Review", "Operations", "Linked cases", "Escalations", "Reason for review", "Score in review range",
    "Model uncertain", "Conflicting evidence", "Insufficient training data", "Unlike known payments",
    "Model range", "Impact", "Uncertainty", "Value", "Percentile", "Main score drivers",
    "Most unusual values", "Similar resolved payments", "Confirmed as", "Similarity", "Blind review",
    "Transaction ID", "Client", "Outcome sent", "Rank", "Assignee", "Priority", "Pending",
    "Insufficient information", "Conflict of interest", "Decided", "Undone", "Archive", "Re-run simulation",
    "Reassign", "Release", "Guarantee", "Manual thresholds", "Residual risk acceptance",
    "Justification required", "Save draft", "95th-percentile wait", "Manual review", "Automated",
    "Invalid value", "Second review", "Control case", "Due", "Deadline",
)  # fmt: skip
TERMS = [term for subject in glossary() for term in subject.terms]


def test_the_document_is_made_from_the_glossary() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_every_term_of_the_product_is_explained_once() -> None:
    names = [term.name for term in TERMS]
    assert set(NEEDED) - set(names) == set()
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: slug(term.name))
def test_a_term_takes_one_or_two_plain_sentences(term: Term) -> None:
    assert 1 <= len(re.findall(r"[.?](?= |$)", term.means)) <= 2
    assert term.means.endswith(".")
    assert not term.unit.endswith(".")
    assert our_own(f"{term.name} {term.means}".lower()) == []


@pytest.mark.parametrize("language", [each for each in Language if each is not Language.ENGLISH])
def test_another_language_explains_the_same_terms(language: Language) -> None:
    there = glossary(language)
    assert [(each.of, each.anchor) for each in there] == [(each.title, each.anchor) for each in glossary()]
    terms = [term for subject in there for term in subject.terms]
    assert [(term.of, bool(term.unit)) for term in terms] == [(term.name, bool(term.unit)) for term in TERMS]
    assert len({term.name for term in terms}) == len(terms)
    for term in terms:
        assert term.means.endswith(".")
        assert term.means not in {each.means for each in TERMS}


async def test_the_help_page_speaks_its_readers_language(service: Service) -> None:
    browser = await service.browser(await service.person(Role.ANALYST))
    answer = await browser.get("/help", headers={"Accept-Language": "de"})
    assert re.search(r'<div id="term-blind-review">\s*<dt>Blindprüfung</dt>', answer.text)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
async def test_the_help_page_explains_every_term_to_every_role(service: Service, role: Role) -> None:
    browser = await service.browser(await service.person(role))
    answer = await browser.get("/help")
    assert answer.status_code == 200
    told = dict(re.findall(r'<div id="(term-[a-z0-9-]+)">\s*<dt>([^<]*)</dt>', answer.text))
    assert {anchor: unescape(name) for anchor, name in told.items()} == {
        term.anchor: term.name for term in TERMS
    }
    links = re.findall(r'<a href="#([a-z-]+)">', answer.text)
    assert links == [subject.anchor for subject in glossary()]
    assert all(f'<h2 id="{anchor}">' in answer.text for anchor in links)


async def test_every_page_leads_to_the_help(service: Service) -> None:
    browser = await service.browser(await service.person(Role.SENIOR))
    for place in ("/review", "/queue", "/operations", "/quality", "/help"):
        assert re.search(r'<a id="open-help"[^>]*href="/help"', (await browser.get(place)).text), place


async def test_nobody_reads_the_help_without_logging_in(service: Service) -> None:
    answer = await service.client.get("/help")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/help")


def test_the_keys_of_the_review_page_lead_to_the_help() -> None:
    panel = PAGES["review"]().split('id="help"')[1]
    assert '<a href="/help"' in panel
