"""What every page keeps: it reads only `page`, misses nothing, and holds no style and no script."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import meta

from app.database.payments.links.linked import Linked
from app.review.case import CaseState
from app.triage.labels import Reason
from app.triage.policies.state import PolicyState
from app.web.pages.access.login import LoginPage
from app.web.pages.frame import Frame
from app.web.pages.help.glossary import glossary
from app.web.pages.help.routes import HelpPage
from app.web.pages.policies.lab.changes import ChangeRow, ChangesPage
from app.web.pages.policies.lab.page import DrawnPage
from app.web.pages.policies.lab.trial import Trial, moved
from app.web.pages.policies.versions.routes import HistoryPage
from app.web.pages.rendering import STATIC, TEMPLATES, environment, error_page, html, static_url
from tests.web.pages.access.access_builders import ACCESS_PAGES
from tests.web.pages.builders import (
    ADA,
    GRACE,
    MARGARET,
    NOON,
    SEEN,
    a_draft,
    a_file,
    a_frame,
    a_review_page,
    a_view,
)
from tests.web.pages.cases.finding_builders import (
    HELD,
    a_found,
    a_queue_page,
    a_record_page,
    a_search_page,
    a_waiting,
)
from tests.web.pages.discussion.discussion_pages import DISCUSSION_PAGES
from tests.web.pages.drift.drift_builders import DRIFT_PAGES
from tests.web.pages.groups.group_builders import GROUP_PAGES
from tests.web.pages.jobs.job_builders import JOB_PAGES
from tests.web.pages.operations.builders import OPERATIONS_PAGES
from tests.web.pages.operations.feed_builders import FEED_PAGES
from tests.web.pages.payments.entity_builders import ENTITY_PAGES
from tests.web.pages.payments.own_builders import OWN_PAGES
from tests.web.pages.payments.payment_builders import PAYMENT_PAGES
from tests.web.pages.policies.lab_builders import a_form, a_lab, a_mistaken_lab, a_version_page, some_pictures
from tests.web.pages.policies.models_builders import MODEL_PAGES
from tests.web.pages.quality.quality_builders import QUALITY_PAGES

NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


def some_changes() -> ChangesPage:
    row = ChangeRow(
        transaction_id="order-9", occurred="1 May", amount="1", evidence="-3.1", before="approved",
        before_tone="legit", after="manual review", after_tone="unknown", rule="score in review range",
        known="fraud", known_tone="fraud",
    )  # fmt: skip
    return ChangesPage(
        frame=a_frame(GRACE), kind="0-1", title="Payments", window="May", total=120, first=51,
        rows=(row, replace(row, known="", known_tone="")), hidden=a_form().hidden(), earlier=0, later=100,
    )  # fmt: skip


PAGES: dict[str, Callable[[], str]] = {
    "review": lambda: html("review/page.html", a_review_page(a_view())),
    "review, blind": lambda: html("review/page.html", a_review_page(a_view(is_blind=True))),
    "review, escalated": lambda: html(
        "review/page.html", a_review_page(a_view(a_file(state=CaseState.ESCALATED)), notice=None, last="")
    ),
    "review, another model": lambda: html(
        "review/page.html", a_review_page(a_view(a_file(model_version="old")))
    ),
    "review, no score": lambda: html(
        "review/page.html",
        a_review_page(
            a_view(a_file(score=None, reason=Reason.MODEL_UNAVAILABLE, respond_by=None, attributes={}))
        ),
    ),
    "review, other features": lambda: html(
        "review/page.html", a_review_page(a_view(a_file(features={"speed": 1.0})))
    ),
    "review, nothing": lambda: html("review/page.html", a_review_page(None)),
    "review, fragment": lambda: html("review/_screen.html", a_review_page(a_view())),
    "queue": lambda: html(
        "queue.html",
        a_queue_page(
            a_waiting(), a_waiting(**HELD), a_waiting(**HELD, is_reserved=True), more="/queue?after=9"
        ),
    ),
    "queue, blind": lambda: html("queue.html", a_queue_page(a_waiting(is_blind=True))),
    "queue, nothing": lambda: html("queue.html", a_queue_page()),
    "queue, filtered": lambda: html("queue.html", a_queue_page(query={"cause": "novel", "amount_from": "x"})),
    "queue, the end": lambda: html("queue.html", a_queue_page(query={"after": "9"})),
    "search": lambda: html("search.html", a_search_page(sought="")),
    "search, nothing": lambda: html("search.html", a_search_page()),
    "search, found": lambda: html(
        "search.html",
        a_search_page(a_found(), a_found(case_id=None, truth=None, decision=None), has_more=True),
    ),
    "record": lambda: html("record.html", a_record_page()),
    "record, for a manager": lambda: html("record.html", a_record_page(GRACE, score=None)),
    "record, hidden": lambda: html(
        "record.html", a_record_page(is_hidden=True, linked=Linked(payments=(), counts={}), attributes={})
    ),
    "lab": lambda: html("thresholds/page.html", a_lab()),
    "lab, read only": lambda: html("thresholds/page.html", a_lab(MARGARET, previous_id=0, message="")),
    "lab, mistaken": lambda: html("thresholds/page.html", a_mistaken_lab()),
    "lab, moved": lambda: html(
        "thresholds/_moved.html", moved(Trial(form=a_form(), tried=None, mistake=None), may_tune=True)
    ),
    "lab, drawn": lambda: html("thresholds/_drawn.html", DrawnPage(pictures=some_pictures())),
    "lab, changes": lambda: html("thresholds/changes.html", some_changes()),
    "version": lambda: html("thresholds/version.html", a_version_page()),
    "version, approved": lambda: html(
        "thresholds/version.html",
        a_version_page(version=a_draft(state=PolicyState.APPROVED, approved_at=NOON)),
    ),
    "version, read only": lambda: html(
        "thresholds/version.html",
        a_version_page(
            MARGARET, differences=(), beside_active=(), foreseen=None, shadow=None, message="", problem=""
        ),
    ),
    "history": lambda: html(
        "thresholds/history.html",
        HistoryPage(frame=a_frame(GRACE), chapters=a_version_page().chapters, older=5),
    ),
    "help": lambda: html("help/page.html", HelpPage(frame=a_frame(), subjects=glossary())),
    **ACCESS_PAGES,
    **DISCUSSION_PAGES,
    **GROUP_PAGES,
    **OPERATIONS_PAGES,
    **PAYMENT_PAGES,
    **ENTITY_PAGES,
    **OWN_PAGES,
    **QUALITY_PAGES,
    **DRIFT_PAGES,
    **FEED_PAGES,
    **MODEL_PAGES,
    **JOB_PAGES,
    "login": lambda: html(
        "login.html", LoginPage(frame=Frame.anonymous("Log in"), name="ada", problem="No.", next="/review")
    ),
    "error": lambda: error_page(404, "Case not found", "There is no such case."),
    "database away": lambda: error_page(503, "Database unavailable", "The database does not answer."),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_reads_only_page(name: str) -> None:
    source = (TEMPLATES / name).read_text()
    said = {"_", "gettext", "ngettext"}
    assert meta.find_undeclared_variables(environment().parse(source)) - said <= {"page"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_misses_nothing_and_obeys_its_content_policy(name: str) -> None:
    page = PAGES[name]()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    # Where somebody put an address to a case, a reader may go there: by their own click, and saying nothing.
    own = re.sub(r'<a href="https://[^"]*"\s+target="_blank"\s+rel="noreferrer noopener">', "", page)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", own)


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_every_label_and_button_belongs_somewhere(name: str) -> None:
    # What a template holds is a document of its own, until it takes the place of what it is like.
    page = re.sub(r"<template.*?</template>", "", PAGES[name](), flags=re.DOTALL)
    ids = re.findall(r"\sid=\"([^\"]+)\"", page)
    assert len(ids) == len(set(ids))
    referred = re.findall(r"\s(?:for|form|popovertarget|aria-labelledby)=\"([^\"]+)\"", page)
    # What is drawn anew stands in the lab's form, which stays.
    outside = {"bench"} if name == "lab, drawn" else set()
    assert set(referred) <= {*ids, *outside}


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_changes_something_carries_its_token(name: str) -> None:
    for form in re.findall(r"<form.*?</form>", PAGES[name](), re.DOTALL):
        # A form that only asks shows its fields in the address.
        if 'method="get"' in form.partition(">")[0]:
            continue
        assert 'name="csrf_token"' in form or 'action="/login"' in form


def test_what_a_client_sent_is_never_markup() -> None:
    page = html(
        "review/page.html", a_review_page(a_view(a_file(attributes={"<b>": "<script>alert(1)</script>"})))
    )
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_every_static_file_a_page_names_is_there() -> None:
    for make in PAGES.values():
        for name in re.findall(r"/static/([\w.]+)\?v=[0-9a-f]{10}\"", make()):
            assert (STATIC / name).is_file()


def test_a_fingerprint_is_that_of_the_file() -> None:
    assert re.fullmatch(r"/static/tokens\.css\?v=[0-9a-f]{10}", static_url("tokens.css"))


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.*")), ids=lambda path: path.name)
def test_no_static_file_reaches_out(path: Path) -> None:
    without_namespace = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|eval\(|innerHTML", without_namespace)


def test_the_places_in_the_header_are_those_of_the_role() -> None:
    assert [link.address for link in a_frame(ADA).links] == ["/review", "/queue", "/linked-cases", "/search"]
    assert [link.address for link in a_frame(GRACE).links] == [
        *("/review", "/queue", "/linked-cases", "/search"),
        *("/escalations", "/operations", "/quality", "/drift", "/thresholds", "/jobs"),
    ]
    assert [link.address for link in a_frame(MARGARET).links] == [
        *("/queue", "/search", "/thresholds", "/jobs", "/people", "/keys")
    ]


def test_the_handles_that_journeys_hold_on_to_are_there() -> None:
    review = PAGES["review"]()
    for handle in ("verdict-fraud", "verdict-legit", "verdict-escalate", "skip", "note"):
        assert f'id="{handle}"' in review
    assert f'data-case-id="{SEEN}"' in review
    lab = PAGES["lab"]()
    for handle in ("bound-approve", "bound-decline", "propose", "reason", "save-draft", "roll-back"):
        assert f'id="{handle}"' in lab


def test_only_a_waiting_database_makes_an_error_page_try_again() -> None:
    assert "http-equiv" in PAGES["database away"]()
    assert "http-equiv" not in PAGES["error"]()
