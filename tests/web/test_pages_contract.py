"""What every page keeps: it reads only `page`, misses nothing, and holds no style and no script."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import meta

from app.review.case import CaseState
from app.review.people import Account
from app.triage.labels import Reason
from app.web.pages.frame import Frame
from app.web.pages.login import LoginPage
from app.web.pages.queue import QueuePage, Row
from app.web.pages.rendering import STATIC, TEMPLATES, environment, error_page, html, static_url
from app.web.pages.simulation_view import simulation_view
from app.web.pages.thresholds_view import Mistake, SimulationPage, thresholds_page
from tests.web.builders import (
    ADA,
    BARBARA,
    GRACE,
    MARGARET,
    SEEN,
    a_desk,
    a_draft,
    a_file,
    a_frame,
    a_simulation,
    a_version,
    a_view,
    an_overview,
)

NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


def a_row(**changes: object) -> Row:
    values = {
        "place": 1, "number": "9", "amount": "1", "cause": "Novel", "waiting_for": "1 s", "expected_loss": "",
        "deadline": "", "held_for": "", "is_mine": False,
    }  # fmt: skip
    return Row(**(values | changes))  # type: ignore[arg-type]


def a_queue_page(*rows: Row) -> QueuePage:
    return QueuePage(
        frame=a_frame(here="/queue"),
        open=60,
        escalated=1,
        held=1,
        awaiting_model=2,
        oldest="1 min",
        rows=rows,
    )


def a_thresholds(reader: Account = BARBARA) -> str:
    seen = simulation_view(a_simulation(), loosens=True)
    overview = an_overview(a_draft(), a_version(), a_version(7, state="retired"))
    page = thresholds_page(
        a_frame(reader, "/thresholds"), reader, overview, simulation=seen, message="Saved."
    )
    return html("thresholds/page.html", page)


PAGES: dict[str, Callable[[], str]] = {
    "desk": lambda: html("desk/page.html", a_desk(a_view())),
    "desk, blind": lambda: html("desk/page.html", a_desk(a_view(is_blind=True))),
    "desk, escalated": lambda: html(
        "desk/page.html", a_desk(a_view(a_file(state=CaseState.ESCALATED)), notice=None, last="")
    ),
    "desk, another model": lambda: html("desk/page.html", a_desk(a_view(a_file(model_version="old")))),
    "desk, no score": lambda: html(
        "desk/page.html",
        a_desk(a_view(a_file(score=None, reason=Reason.MODEL_UNAVAILABLE, respond_by=None, attributes={}))),
    ),
    "desk, other features": lambda: html("desk/page.html", a_desk(a_view(a_file(features={"speed": 1.0})))),
    "desk, nothing": lambda: html("desk/page.html", a_desk(None)),
    "desk, fragment": lambda: html("desk/_screen.html", a_desk(a_view())),
    "queue": lambda: html(
        "queue.html", a_queue_page(a_row(), a_row(held_for="1:00"), a_row(held_for="1:00", is_mine=True))
    ),
    "queue, nothing": lambda: html("queue.html", a_queue_page()),
    "thresholds": a_thresholds,
    "thresholds, read only": lambda: a_thresholds(MARGARET),
    "thresholds, new": lambda: html(
        "thresholds/page.html",
        thresholds_page(
            a_frame(GRACE),
            GRACE,
            an_overview(histogram=(), decisions_in_window=0),
            mistake=Mistake(field="reason", sentence="Say why."),
            problem="It stays.",
        ),
    ),
    "simulation": lambda: html(
        "thresholds/_simulation.html",
        SimulationPage(simulation=simulation_view(a_simulation(known_frauds=0), loosens=False), mistake=None),
    ),
    "login": lambda: html(
        "login.html", LoginPage(frame=Frame.outside("Log in"), name="ada", problem="No.", next="/desk")
    ),
    "error": lambda: error_page(404, "Case not found", "There is no such case."),
    "database away": lambda: error_page(503, "Database unavailable", "The database does not answer."),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_reads_only_page(name: str) -> None:
    source = (TEMPLATES / name).read_text()
    assert meta.find_undeclared_variables(environment().parse(source)) <= {"page"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_misses_nothing_and_obeys_its_content_policy(name: str) -> None:
    page = PAGES[name]()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r"(src|href|action)=\"(https?:)?//", page)


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_every_label_and_button_belongs_somewhere(name: str) -> None:
    page = PAGES[name]()
    ids = re.findall(r"\sid=\"([^\"]+)\"", page)
    assert len(ids) == len(set(ids))
    referred = re.findall(r"\s(?:for|form|popovertarget|aria-labelledby)=\"([^\"]+)\"", page)
    assert set(referred) <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_changes_something_carries_its_token(name: str) -> None:
    for form in re.findall(r"<form.*?</form>", PAGES[name](), re.DOTALL):
        assert 'name="csrf_token"' in form or 'action="/login"' in form


def test_what_a_client_sent_is_never_markup() -> None:
    page = html("desk/page.html", a_desk(a_view(a_file(attributes={"<b>": "<script>alert(1)</script>"}))))
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
    assert [link.address for link in a_frame(ADA).links] == ["/desk", "/queue"]
    assert [link.address for link in a_frame(GRACE).links] == ["/desk", "/queue", "/thresholds"]
    assert [link.address for link in a_frame(MARGARET).links] == ["/queue", "/thresholds"]


def test_the_handles_that_journeys_hold_on_to_are_there() -> None:
    desk = PAGES["desk"]()
    for handle in ("verdict-fraud", "verdict-legit", "verdict-escalate", "release", "note"):
        assert f'id="{handle}"' in desk
    assert f'data-case-id="{SEEN}"' in desk
    thresholds = PAGES["thresholds"]()
    for handle in ('id="bound-approve"', 'id="bound-decline"', 'id="save-draft"', 'data-activate="2"'):
        assert handle in thresholds


def test_only_a_waiting_database_makes_an_error_page_try_again() -> None:
    assert "http-equiv" in PAGES["database away"]()
    assert "http-equiv" not in PAGES["error"]()
