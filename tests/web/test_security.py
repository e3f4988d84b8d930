"""Doors: every form is the visitor's own, every page is for those it is for, every header is set."""

import asyncio
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncEngine

from app.main import create_app
from app.review.access.people import Role
from app.settings import Settings
from app.web.dependencies import same_origin, verify_csrf
from tests.builders import an_unknown, csrf_token, rows, value
from tests.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Posts that have no session yet, and are kept to their own site by other means.
OUTSIDE = {"/login", "/login/{token}"}
PASSWORD = "correct horse battery staple"


@pytest.fixture
def service(shared_service: Service) -> Service:
    """One for all: each test brings its own people."""
    return shared_service


@pytest.fixture
def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    return shared_engine


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of every router the application includes."""
    for included in app.routes:
        router = getattr(included, "original_router", None)
        for route in router.routes if router is not None else [included]:
            if isinstance(route, APIRoute):
                yield route


def form_routes() -> list[APIRoute]:
    app = create_app(Settings(), "postgresql+asyncpg:///nowhere")
    return [
        route
        for route in routes(app)
        if "POST" in (route.methods or ()) and not route.path.startswith("/v1/")
    ]


def dependencies(route: APIRoute) -> set[object]:
    return {dependant.call for dependant in route.dependant.dependencies}


def filled(route: APIRoute) -> str:
    return re.sub(r"\{[^}]*\}", "1", route.path)


FORMS = {route.path: route for route in form_routes()}


async def test_the_walk_finds_the_forms() -> None:
    assert {"/login", "/logout", "/review/{case_id}/verdict", "/thresholds/drafts"} <= FORMS.keys()


@pytest.mark.parametrize("path", FORMS)
async def test_every_form_is_checked_for_forgery(path: str) -> None:
    guard = same_origin if path in OUTSIDE else verify_csrf
    assert guard in dependencies(FORMS[path])


@pytest.mark.parametrize("path", sorted(FORMS.keys() - OUTSIDE))
async def test_a_forged_form_is_refused(service: Service, path: str) -> None:
    browser = await service.browser(await service.person(Role.MANAGER))
    other = await service.browser(await service.person(Role.MANAGER))
    address = filled(FORMS[path])
    fields = {"token": str(uuid4()), "judgement": "fraud"}
    stolen = await csrf_token(service, other)
    for forged in (
        {},
        {"csrf_token": ""},
        {"csrf_token": "guess"},
        {"csrf_token": "ü"},
    ):
        answer = await browser.post(address, data=fields | forged)
        assert answer.status_code == 403, (forged, answer.text)
        assert "did not come from your own page" in answer.text
    answer = await browser.post(address, data=fields | {"csrf_token": stolen})
    assert answer.status_code == 409
    assert "Another account has logged in in this browser" in answer.text
    assert (await browser.get("/queue")).status_code == 200  # and nobody was logged out


@pytest.mark.parametrize("path", sorted(FORMS.keys() - OUTSIDE))
async def test_a_stranger_is_shown_the_door(service: Service, path: str) -> None:
    answer = await service.client.post(filled(FORMS[path]), data={"csrf_token": "x"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/")


@pytest.mark.parametrize("path", ["/", "/review", "/review/fragment", "/queue", "/thresholds"])
@pytest.mark.parametrize("cookie", [None, "", "guess", "x" * 5000])
async def test_a_page_is_for_those_who_logged_in(service: Service, path: str, cookie: str | None) -> None:
    headers = {} if cookie is None else {"Cookie": f"{service.cookie}={cookie}"}
    answer = await service.client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/login?next={path}")


ALLOWED = {
    "/queue": set(Role) - {Role.SYSTEM},
    "/review": {Role.ANALYST, Role.SENIOR, Role.MANAGER},
    "/review/fragment": {Role.ANALYST, Role.SENIOR, Role.MANAGER},
    "/operations": {Role.SENIOR, Role.MANAGER, Role.AUDITOR},
    "/thresholds": {Role.MANAGER, Role.AUDITOR, Role.ADMIN},
    "/models": {Role.MANAGER, Role.AUDITOR, Role.ADMIN},
    "/people": {Role.ADMIN},
    "/keys": {Role.ADMIN},
}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
async def test_each_role_sees_its_pages_and_no_others(service: Service, role: Role) -> None:
    browser = await service.browser(await service.person(role))
    for path, roles in ALLOWED.items():
        answer = await browser.get(path)
        assert answer.status_code == (200 if role in roles else 403), path
    home = await browser.get("/")
    assert home.status_code == 303
    assert (await browser.get(home.headers["Location"])).status_code == 200


@pytest.mark.parametrize(
    ("role", "path"),
    [
        *((role, "/thresholds/drafts") for role in (Role.ANALYST, Role.SENIOR, Role.AUDITOR, Role.ADMIN)),
        *((role, "/thresholds/simulate") for role in (Role.ANALYST, Role.SENIOR)),
        *(
            (role, f"/thresholds/versions/1/{move}")
            for role in (Role.ANALYST, Role.SENIOR, Role.AUDITOR, Role.ADMIN)
            for move in ("approve", "activate", "schedule", "shadow", "retire")
        ),
        *((role, "/thresholds/rollback") for role in (Role.ANALYST, Role.AUDITOR)),
        *((role, "/review/1/verdict") for role in (Role.AUDITOR, Role.ADMIN)),
        *((role, "/review/1/release") for role in (Role.AUDITOR, Role.ADMIN)),
        *((role, "/review/1/heartbeat") for role in (Role.AUDITOR, Role.ADMIN)),
    ],
)
async def test_no_role_does_what_is_not_its_own(
    service: Service, engine: AsyncEngine, role: Role, path: str
) -> None:
    browser = await service.browser(await service.person(role))
    fields = {"csrf_token": await csrf_token(service, browser), "token": str(uuid4()), "judgement": "fraud"}
    done = "SELECT (SELECT count(*) FROM policy_events) + (SELECT count(*) FROM verdicts)"
    before = await value(engine, done)
    assert (await browser.post(path, data=fields)).status_code == 403
    assert await value(engine, done) == before


@pytest.mark.parametrize("path", ["/login", "/queue", "/no-such-page", "/review/1/verdict", "/healthz"])
async def test_every_page_forbids_what_it_does_not_need(service: Service, path: str) -> None:
    answer = await service.client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    for directive in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ):
        assert directive in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("number", ["99999999999999999999", str(2**63), "0", "-1", "x"])
@pytest.mark.parametrize(
    "path",
    [
        "/review/{}/verdict",
        "/review/{}/release",
        "/review/{}/heartbeat",
        "/thresholds/versions/{}/activate",
        "/thresholds/versions/{}/retire",
    ],
)
async def test_a_number_that_is_no_number_of_ours_is_no_disaster(
    service: Service, path: str, number: str
) -> None:
    browser = await service.browser(await service.person(Role.MANAGER))
    fields = {"csrf_token": await csrf_token(service, browser), "token": str(uuid4()), "judgement": "fraud"}
    answer = await browser.post(path.format(number), data=fields)
    assert 400 <= answer.status_code < 500, answer.text


async def test_a_note_no_column_can_hold_is_refused_and_the_case_stays_theirs(
    service: Service, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    analyst = await service.person(Role.ANALYST)
    file = await service.services.cases.claims.current_or_next(analyst)
    assert file is not None
    assert file.case.lease is not None
    browser = await service.browser(analyst)
    fields = {
        "csrf_token": await csrf_token(service, browser),
        "token": str(file.case.lease.token),
        "judgement": "fraud",
    }
    address = f"/review/{file.case.id}/verdict"
    answer = await browser.post(address, data=fields | {"note": "a\x00b"})
    assert answer.status_code == 422
    found = await rows(engine, f"SELECT state, holder_id FROM cases WHERE id = {file.case.id}")
    assert found == [("open", analyst.id)]
    assert (await browser.post(address, data=fields | {"note": "x" * 2001})).status_code == 422
    assert (await browser.post(address, data=fields | {"note": "<b>stolen</b>"})).status_code == 303
    kept = await value(engine, f"SELECT note FROM verdicts WHERE case_id = {file.case.id}")
    assert kept == "<b>stolen</b>"


async def test_a_form_pressed_twice_at_once_is_one_verdict(service: Service, engine: AsyncEngine) -> None:
    await an_unknown(service)
    analyst = await service.person(Role.ANALYST)
    file = await service.services.cases.claims.current_or_next(analyst)
    assert file is not None
    assert file.case.lease is not None
    browser = await service.browser(analyst)
    fields = {
        "csrf_token": await csrf_token(service, browser),
        "token": str(file.case.lease.token),
        "judgement": "fraud",
    }
    pressed = await asyncio.gather(
        *(browser.post(f"/review/{file.case.id}/verdict", data=fields) for _ in range(4))
    )
    assert {answer.status_code for answer in pressed} == {303}
    assert len({answer.headers["location"] for answer in pressed}) == 1
    assert await value(engine, f"SELECT count(*) FROM verdicts WHERE case_id = {file.case.id}") == 1
