"""What no program should send about policies: always a problem that names the field, and nothing kept."""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.web.middleware import SMALL_BODY_BYTES
from tests.builders import value
from tests.service import Service
from tests.web.api.policies.policy_calls import (
    BEYOND,
    Caller,
    Document,
    a_caller,
    document,
    fields,
    refused,
    told,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

MISSING = object()
STORED = """
SELECT (SELECT count(*) FROM policies) + (SELECT count(*) FROM policy_simulations)
    + (SELECT count(*) FROM policy_events)
"""
WINDOW = {"since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"}
PROMISE = {"set_by": "promise", "promise": {"miss_rate": 0.15}}
BAND = {"amount_from": 500.0, "approve_at_most": -11.0, "decline_at_least": 2.5}
#: What every path that takes a body asks for, the document aside.
BODIES: dict[str, Document] = {
    "/simulate": {"document": {}, "window": WINDOW},
    "/curves": {"document": {}, "window": WINDOW},
    "/changed": {"document": {}, "window": WINDOW, "before": "legit", "after": "unknown", "limit": 10},
    "/propose": {"wish": PROMISE, "base": {}, "window": WINDOW},
    "": {
        "document": {}, "reason": "Less risk.", "window": WINDOW, "parent_id": 1, "wish": PROMISE,
        "answers": {"window_empty": "It is a test.", "bounds_out_of_order": "The same."},
    },
    "/1/simulate": {"window": WINDOW},
    "/1/approve": {"from": 1, "simulation_id": 1, "answers": {"superseded": "A test."}},
    "/1/activate": {
        "from": 1, "reason": "Why.", "at": "2199-01-01T00:00:00Z", "answers": {"superseded": "A test."},
    },
    "/1/shadow": {"from": 1, "state": "simulated"},
    "/1/end-shadow": {"from": 1}, "/1/unschedule": {"from": 1}, "/1/retire": {"from": 1},
    "/rollback": {"from": 1, "to": 2, "reason": "Why."},
}  # fmt: skip
NO_NUMBERS = [float("nan"), float("inf"), float("-inf"), "1.5", "", True, [], {}, 10**400, -(10**400), "\x00"]
NO_TEXTS = [
    "",
    "   ",
    "\x00",
    "a\x00b",
    "a\x1bb",
    "\ud800",
    7,
    None,
    [],
    {},
    "x" * 1001,
    "4000 0012 3456 7899",
]
NO_MOMENTS = [
    "2026-05-01T12:00:00", "2026-05-01", "tomorrow", "", 1714564800, None, [], "1969-12-31T23:59:59Z",
    "2200-01-01T00:00:01Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z",
    "2026-05-01T12:00:00\x00Z",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Door:
    """A manager at the API, what is good to send, and what is kept."""

    manager: Caller
    engine: AsyncEngine
    document: Document

    def body(self, path: str) -> Document:
        """Return a body that this path takes."""
        body = deepcopy(BODIES[path])
        for name in ("document", "base"):
            if name in body:
                body[name] = deepcopy(self.document)
        return body

    async def refused(self, path: str, field: str, wrong: Any) -> list[str]:
        """Post a body with one value wrong, or missing; return the fields that the problem names."""
        body = self.body(path)
        place: Any = body
        *way, name = (int(step) if step.isdigit() else step for step in field.split("."))
        for step in way:
            place = place[step]
        place[name] = wrong
        if wrong is MISSING:
            del place[name]
        before = await value(self.engine, STORED)
        named = fields(await self.manager.post(path, body))
        assert await value(self.engine, STORED) == before
        return named


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(shared_service: Service, shared_engine: AsyncEngine) -> AsyncIterator[Door]:
    manager = await a_caller(shared_service, Role.MANAGER)
    yield Door(
        manager=manager, engine=shared_engine, document=await document(manager, bands=[deepcopy(BAND)])
    )


@pytest.mark.parametrize(
    "path", ["/simulate", "/curves", "/changed", "/propose", "/1/simulate", ""], ids=lambda path: path or "/"
)
async def test_what_is_good_to_send_is_taken(door: Door, path: str) -> None:
    """Else what is refused below might be refused for another reason."""
    body = door.body(path)
    if "wish" in body:
        body["wish"] = {"set_by": "hand"}
    told(await door.manager.post(path, body), 201 if path == "" else 200)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path or "/")
@pytest.mark.parametrize(
    "content",
    [
        *(b"{", b"nonsense", b"\xff\xfe", b"{]", b'{"a": 1,}', b"\x00"),
        *(b'model_version = "2026-11-24a"\napprove_at_most = -9.0\n', b'[costs\nreview = "'),
    ],
    ids=lambda content: repr(content[:12]),
)
async def test_what_is_no_json_is_refused(door: Door, path: str, content: bytes) -> None:
    """TOML, broken or not, is written and not read: programs send JSON."""
    refused(await door.manager.post_text(path, content), 400, "body-unreadable")


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path or "/")
@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'"text"', b"7"])
async def test_what_is_no_json_object_is_refused(door: Door, path: str, content: bytes) -> None:
    assert fields(await door.manager.post_text(path, content)) != []


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path or "/")
async def test_what_is_nested_too_deep_is_refused(door: Door, path: str) -> None:
    refused(await door.manager.post_text(path, b"[" * 20_000), 400)


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path or "/")
async def test_what_is_unknown_is_named(door: Door, path: str) -> None:
    assert await door.refused(path, "colour", 1) == ["colour"]
    for part in BODIES[path]:
        if isinstance(BODIES[path][part], dict) and part != "answers":
            assert await door.refused(path, f"{part}.colour", 1) == [f"{part}.colour"]


@pytest.mark.parametrize(
    "field", ["costs.colour", "staffing.colour", "bands.0.colour", "costs", "staffing", "bands", "bands.0"]
)
async def test_parts_of_a_document_hold_nothing_else(door: Door, field: str) -> None:
    (named, *_) = await door.refused("/simulate", f"document.{field}", "colour")
    assert named == f"document.{field}"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        *(("/simulate", f"document.{name}") for name in ("model_version", "approve_at_most")),
        *(("/simulate", f"document.{name}") for name in ("costs.review", "staffing.analysts")),
        *(("/simulate", f"document.bands.0.{name}") for name in ("amount_from", "decline_at_least")),
        *(("/simulate", name) for name in ("document", "window.since", "window.until")),
        *(("/propose", name) for name in ("wish", "wish.set_by", "wish.promise.miss_rate")),
        *(("", "document"), ("", "reason"), ("/1/approve", "simulation_id")),
    ],
)
async def test_what_is_missing_is_named(door: Door, path: str, field: str) -> None:
    assert await door.refused(path, field, MISSING) == [field]


@pytest.mark.parametrize("wrong", NO_NUMBERS, ids=lambda wrong: repr(wrong)[:12])
@pytest.mark.parametrize(
    "field",
    ["approve_at_most", "novelty_at_most", "audit_share_near", "costs.review", "staffing.minutes_per_review",
     "staffing.analysts", "bands.0.amount_from", "bands.0.decline_at_least"],
)  # fmt: skip
async def test_a_value_that_is_no_number_is_named(door: Door, field: str, wrong: object) -> None:
    assert await door.refused("/simulate", f"document.{field}", wrong) == [f"document.{field}"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("audit_share_approved", 1.1), ("audit_share_declined", -0.1), ("novelty_at_most", 101)),
        *(
            ("spread_at_most", -1),
            ("urgency_tau_minutes", 0),
            ("near_width", -1),
            ("expected_loss_at_most", -1),
        ),
        *(("approve_at_most", -1.1e12), ("decline_at_least", 1e308), ("near_width", 1e308)),
        *(("costs.review", -1), ("costs.overhead", 1e308), ("costs.friction", 1.1e12)),
        *(("costs.detection_rate", 1.01), ("costs.analyst_false_decline_rate", -0.01)),
        *(("staffing.analysts", 10_001), ("staffing.analysts", -1), ("staffing.analysts", 10**30)),
        *(("staffing.analysts", 1.5), ("staffing.minutes_per_review", 0), ("staffing.opens_hour", 25)),
        *(("staffing.minutes_per_review", 5e-324), ("staffing.minutes_per_review", 1.7e308)),
        *(("deadline_fallback", "shrug"), ("model_version", ""), ("model_version", "a\x00b")),
        *(("model_version", "../../etc"), ("model_version", "no-such-model"), ("model_version", 7)),
    ],
)
async def test_a_value_that_nobody_can_mean_is_named(door: Door, field: str, wrong: object) -> None:
    for path in ("/simulate", "/curves", "/changed", ""):
        assert await door.refused(path, f"document.{field}", wrong) == [f"document.{field}"]
    assert await door.refused("/propose", f"base.{field}", wrong) == [f"base.{field}"]


@pytest.mark.parametrize(
    ("field", "bands"),
    [
        ("bands.1.amount_from", [BAND, BAND]),
        ("bands.1.amount_from", [BAND, BAND | {"amount_from": 100.0}]),
        ("bands.0.amount_from", [BAND | {"amount_from": 0.0}]),
        ("bands.0.amount_from", [BAND | {"amount_from": -5.0}]),
        ("bands.0.amount_from", [BAND | {"amount_from": 1e308}]),
        ("bands.0.approve_at_most", [BAND | {"approve_at_most": -1e308}]),
        ("bands", [BAND | {"amount_from": 1.0 + place} for place in range(25)]),
    ],
    ids=["the same twice", "descending", "from zero", "below zero", "too large", "far too low", "too many"],
)
async def test_bands_that_are_no_ladder_are_named(door: Door, field: str, bands: list[Document]) -> None:
    for path in ("/simulate", ""):
        assert await door.refused(path, "document.bands", bands) == [f"document.{field}"]


async def test_the_largest_numbers_there_are_come_to_numbers(door: Door) -> None:
    bounds = {"approve_at_most": -1e12, "decline_at_least": 1e12, "near_width": 1e12, "bands": []}
    largest = door.document | bounds | {"urgency_tau_minutes": 1e12, "expected_loss_at_most": 1e12}
    largest["costs"] = door.document["costs"] | {"review": 1e12, "overhead": 1e12, "friction": 1e12}
    largest["staffing"] = door.document["staffing"] | {"analysts": 10_000, "minutes_per_review": 1e-6}
    answers = {"window_empty": "A test."}
    body: Document = {"document": largest, "reason": "A test.", "answers": answers, "window": WINDOW}
    kept = told(await door.manager.post("", body), 201)
    assert kept["document"] == largest
    for path in ("/curves", "/changed"):
        told(await door.manager.post(path, {"document": largest, "window": WINDOW}))
    for set_by in ("cost", "capacity"):
        found = await door.manager.post("/propose", {"base": largest, "wish": {"set_by": set_by}})
        assert found.status_code in {200, 422}
        assert "NaN" not in found.text
        assert "Infinity" not in found.text


async def test_a_document_of_an_earlier_release_is_read_and_answered_in_todays_names(door: Door) -> None:
    former = {name: value for name, value in door.document.items() if name != "urgency_tau_minutes"}
    body = {"reason": "A test.", "answers": {"window_empty": "A test."}, "window": WINDOW}
    document = former | {"patience_minutes": 45.0}
    kept = told(await door.manager.post("", body | {"document": document}), 201)
    assert kept["document"]["urgency_tau_minutes"] == 45.0
    assert "patience_minutes" not in kept["document"]
    both = await door.manager.post("", body | {"document": document | {"urgency_tau_minutes": 30.0}})
    assert both.status_code == 422
    assert "former name of urgency_tau_minutes" in both.text


@pytest.mark.parametrize("wrong", NO_TEXTS, ids=lambda wrong: repr(wrong)[:12])
async def test_a_reason_that_nobody_can_read_is_named(door: Door, wrong: object) -> None:
    for path in ("", "/1/activate", "/rollback"):
        assert await door.refused(path, "reason", wrong) == ["reason"]
    for path in ("", "/1/approve", "/1/activate"):
        assert await door.refused(path, "answers.superseded", wrong) == ["answers.superseded"]


@pytest.mark.parametrize("wrong", [None, 0, -1, 1.5, "1", True, 2**63, [], {}], ids=repr)
async def test_no_move_goes_without_the_version_it_was_decided_on(door: Door, wrong: object) -> None:
    moves = ("approve", "activate", "shadow", "end-shadow", "unschedule", "retire")
    for path in (*(f"/1/{move}" for move in moves), "/rollback"):
        assert await door.refused(path, "from", wrong) == ["from"]


@pytest.mark.parametrize("path", ["", "/1/approve", "/1/activate"], ids=lambda path: path or "/")
@pytest.mark.parametrize("wrong", [{"no_such_guard": "A test."}, {"": "A test."}, {"\x00": "A test."}])
async def test_an_answer_to_what_nobody_warns_of_is_refused(
    door: Door, path: str, wrong: dict[str, str]
) -> None:
    (named,) = await door.refused(path, "answers", wrong)
    assert named.startswith("answers.")


@pytest.mark.parametrize("wrong", NO_MOMENTS, ids=lambda wrong: repr(wrong)[:24])
@pytest.mark.parametrize("bound", ["since", "until"])
async def test_a_moment_that_is_none_is_named(door: Door, bound: str, wrong: object) -> None:
    for path in ("/simulate", "/propose", "", "/1/simulate"):
        assert await door.refused(path, f"window.{bound}", wrong) == [f"window.{bound}"]
    if wrong is not None:
        assert await door.refused("/1/activate", "at", wrong) == ["at"]


@pytest.mark.parametrize(
    "until", ["2026-05-01T00:00:00Z", "2026-05-01T01:00:00+02:00", "1970-01-01T00:00:00Z"]
)
async def test_a_window_that_ends_before_it_begins_is_named(door: Door, until: str) -> None:
    for path in ("/simulate", "/curves", "/changed", "/propose", "", "/1/simulate"):
        assert await door.refused(path, "window.until", until) == ["window"]


@pytest.mark.parametrize("wrong", [0, -1, BEYOND, 10**30, "1", 1.5, True, float("nan"), []], ids=str)
async def test_an_id_that_is_none_is_named(door: Door, wrong: object) -> None:
    assert await door.refused("", "parent_id", wrong) == ["parent_id"]
    assert await door.refused("/1/approve", "simulation_id", wrong) == ["simulation_id"]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("before", "approved"), ("after", ""), ("after", 1), ("offset", -1), ("offset", BEYOND)),
        *(("offset", "1"), ("offset", True), ("limit", 0), ("limit", 1001), ("limit", 1.5), ("limit", None)),
    ],
)
async def test_a_page_of_changes_that_is_none_is_named(door: Door, field: str, wrong: object) -> None:
    assert await door.refused("/changed", field, wrong) == [field]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("set_by", "luck"), ("method", "bayes"), ("source", "rumours"), ("promise", 0.1), ("promise", [])],
)
async def test_a_wish_that_nobody_can_grant_is_named(door: Door, field: str, wrong: object) -> None:
    for path in ("/propose", ""):
        assert await door.refused(path, f"wish.{field}", wrong) == [f"wish.{field}"]


async def test_a_body_beyond_its_limit_is_too_large(door: Door) -> None:
    large = json.dumps({"document": door.document, "reason": "x" * SMALL_BODY_BYTES})
    refused(await door.manager.post_text("", large), 413)
