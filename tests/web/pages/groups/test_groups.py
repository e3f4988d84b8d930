"""Linked cases over HTTP: look, choose, judge, undo; and nothing anybody sends makes them fall over."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.review.case import GroupBasis
from app.review.groups.grouping import GroupKey
from app.review.groups.judgement import GroupGone
from app.web.dependencies import LARGEST_KEY
from app.web.pages.groups.naming import address_of, key_of
from tests.builders import Clock, csrf_token, rows, value
from tests.service import Service
from tests.workflows.cases.group_cases import CARD, a_group_review, some_unknowns

ADDRESS = address_of(CARD)
STATES = "SELECT state, count(*) FROM cases GROUP BY state ORDER BY state"


@pytest.fixture
async def browser(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """An analyst's browser, at a service where groups can be undone."""
    table = a_group_review(service, Clock(service.services.clock()))
    cases = replace(service.services.cases, groups=table.groups)
    service.app.state.services = replace(service.services, cases=cases, clock=table.groups.verdicts.clock)
    async with await service.browser(await service.person(Role.ANALYST)) as browser:
        yield browser


def chosen_on(page: str) -> list[str]:
    return re.findall(r'name="chosen"\s+value="([^"]+)"\s+checked', page)


async def fields(service: Service, browser: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Return the form as the page fills it, and as somebody confirms it."""
    page = (await browser.get(f"{ADDRESS}?all=true")).text
    usual: dict[str, Any] = {
        "csrf_token": await csrf_token(service, browser),
        "since": re.findall(r'name="since" value="(\d+)"', page)[0] if 'name="since"' in page else "0",
        "chosen": chosen_on(page),
        "judgement": "fraud",
        "reason": "linked_fraud",
        "note": "One gang.",
        "confirmed": "true",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


async def test_a_group_is_found_looked_at_judged_and_undone(
    service: Service, browser: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    case_ids = await some_unknowns(service, 4)
    listed = (await browser.get("/linked-cases")).text
    assert f'href="{ADDRESS}"' in listed
    assert CARD.value in listed
    assert chosen_on((await browser.get(ADDRESS)).text) == [], "nothing is chosen beforehand"
    assert len(chosen_on((await browser.get(f"{ADDRESS}?all=true")).text)) == 4
    done = await browser.post(ADDRESS, data=await fields(service, browser), follow_redirects=True)
    assert f"4 cases decided fraud at once: card {CARD.value}." in done.text
    assert await rows(engine, STATES) == [("given", 4)]
    undo = re.findall(r'action="(/linked-cases/undo/\d+)"', done.text)[0]
    back = await browser.post(undo, data={"csrf_token": await csrf_token(service, browser)})
    assert back.status_code == 200
    assert "Undone: 4 cases are in the queue again." in back.text
    assert 'value="One gang."' in back.text
    assert await rows(engine, STATES) == [("open", 4)]
    assert {int(each.split("-")[0]) for each in chosen_on(back.text)} == set(case_ids)
    again = await browser.post(undo, data={"csrf_token": await csrf_token(service, browser)})
    assert (again.status_code, "too late" in again.text) == (409, True)


async def test_a_case_left_out_stays_in_the_queue(
    service: Service, browser: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    left_out, *_ = await some_unknowns(service, 4)
    form = await fields(service, browser)
    form["chosen"] = [each for each in form["chosen"] if not each.startswith(f"{left_out}-")]
    assert (await browser.post(ADDRESS, data=form)).status_code == 303
    assert await rows(engine, STATES) == [("given", 3), ("open", 1)]
    assert await value(engine, "SELECT id FROM cases WHERE state = 'open'") == left_out


async def test_what_a_colleague_took_is_named_and_nothing_is_judged_nor_lost(
    service: Service, browser: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await some_unknowns(service, 5)
    form = await fields(service, browser, note="Keep <me>.")
    left_out = form["chosen"].pop()
    table = a_group_review(service, Clock(service.services.clock()))
    taken = await table.desk.claimed(await service.person(Role.ANALYST))
    form["chosen"] = sorted(
        {*form["chosen"], left_out}, key=lambda each: each.startswith(f"{taken.case.id}-")
    )
    unticked = form["chosen"].pop(0)
    answer = await browser.post(ADDRESS, data=form)
    assert answer.status_code == 409
    assert f"Case {taken.case.id}: somebody has it reserved." in answer.text
    assert "Keep &lt;me&gt;." in answer.text
    assert set(chosen_on(answer.text)) == {
        each for each in form["chosen"] if not each.startswith(f"{taken.case.id}-")
    }
    assert f'value="{unticked}"' in answer.text
    assert await rows(engine, STATES) == [("open", 5)]


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"confirmed": None}, 422, "Tick that you mean all"),
        ({"reason": None}, 422, "Choose a reason"),
        ({"reason": ""}, 422, ""),
        ({"reason": "other", "note": " "}, 422, "needs a note"),
        ({"chosen": None}, 422, "Choose at least one case"),
        ({"judgement": "escalate"}, 422, ""),
        ({"judgement": None}, 422, ""),
        ({"chosen": ["1"]}, 422, ""),
        ({"chosen": ["0-0"]}, 422, ""),
        ({"chosen": ["-1--1"]}, 422, ""),
        ({"chosen": ["\x00"]}, 422, ""),
        ({"chosen": ["9999999999999999999-9999999999999999999"]}, 409, "there is no such case"),
        ({"chosen": [f"{n}-{n}" for n in range(1, 10_001)]}, 413, ""),
        ({"chosen": [f"{n}-{n}" for n in range(1, 1500)]}, 400, ""),
        ({"chosen": [f"{n}-{n}" for n in range(1, 500)]}, 422, ""),
        ({"chosen": [f"{n}-{n}" for n in range(1, 61)]}, 422, "no more than fifty"),
        ({"since": "-1"}, 422, ""),
        ({"since": f"{LARGEST_KEY + 1}"}, 422, ""),
        ({"hidden_milliseconds": "86400001"}, 422, ""),
        ({"note": "x" * 2001}, 422, ""),
        ({"note": "a\x00b"}, 422, ""),
    ],
)
async def test_what_nobody_should_send_is_refused(
    service: Service,
    browser: httpx.AsyncClient,
    engine: AsyncEngine,
    changes: dict[str, Any],
    status: int,
    told: str,
) -> None:
    await some_unknowns(service, 3)
    answer = await browser.post(ADDRESS, data=await fields(service, browser, **changes))
    assert answer.status_code == status, answer.text
    assert told in answer.text
    assert await rows(engine, STATES) == [("open", 3)]
    assert await value(engine, "SELECT count(*) FROM case_groups") == 0


async def test_a_case_sent_twice_is_judged_once(
    service: Service, browser: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await some_unknowns(service, 3)
    form = await fields(service, browser)
    form["chosen"] *= 2
    assert (await browser.post(ADDRESS, data=form)).status_code == 303
    assert await value(engine, "SELECT count(*) FROM pending_verdicts") == 3


async def test_cases_of_another_card_are_refused(service: Service, browser: httpx.AsyncClient) -> None:
    await some_unknowns(service, 3)
    others = await some_unknowns(service, 3, attributes={"card": "another"})
    other = address_of(GroupKey(basis=GroupBasis.CARD, value="another"))
    elsewhere = (await browser.get(f"{other}?all=true")).text
    answer = await browser.post(ADDRESS, data=await fields(service, browser, chosen=chosen_on(elsewhere)))
    assert answer.status_code == 409
    assert all(f"Case {each}: it does not belong to this group." in answer.text for each in others)


async def test_a_colleagues_group_is_neither_told_nor_undone(
    service: Service, browser: httpx.AsyncClient
) -> None:
    await some_unknowns(service, 3)
    done = await browser.post(ADDRESS, data=await fields(service, browser))
    group_id = done.headers["Location"].partition("done=")[2]
    async with await service.browser(await service.person(Role.MANAGER)) as other:
        assert "judged fraud" not in (await other.get(f"/linked-cases?done={group_id}")).text
        token = {"csrf_token": await csrf_token(service, other)}
        assert (await other.post(f"/linked-cases/undo/{group_id}", data=token)).status_code == 409


@pytest.mark.parametrize(
    "address",
    [
        *(
            "/linked-cases/card/bm9uZQ",
            "/linked-cases/alike/1",
            "/linked-cases/alike/x",
            "/linked-cases/alike/%00",
        ),
        *(
            "/linked-cases/card/a",
            "/linked-cases/card/%FF",
            "/linked-cases/nothing/bm9uZQ",
            "/linked-cases/card/_w",
        ),
        f"/linked-cases/ip/{'QUFB' * 1000}",
    ],
)
async def test_where_no_group_is_a_look_leads_to_the_list_and_a_word_to_nothing(
    service: Service, browser: httpx.AsyncClient, address: str
) -> None:
    looked = await browser.get(address, follow_redirects=True)
    assert looked.status_code == 200
    assert "no longer there" in looked.text
    form = await fields(service, browser, chosen=["1-1"])
    assert (await browser.post(address, data=form)).status_code in {404, 409}


@pytest.mark.parametrize("query", ["basis=x", "done=0", f"done={LARGEST_KEY + 1}", "done=x", "gone=x"])
async def test_a_strange_question_is_refused(browser: httpx.AsyncClient, query: str) -> None:
    assert (await browser.get(f"/linked-cases?{query}")).status_code == 422


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
async def test_who_does_not_judge_sees_no_groups(service: Service, role: Role) -> None:
    async with await service.browser(await service.person(role)) as browser:
        assert (await browser.get("/linked-cases")).status_code == 403
        assert (await browser.get(ADDRESS)).status_code == 403
        token = {"csrf_token": await csrf_token(service, browser), "judgement": "fraud"}
        assert (await browser.post(ADDRESS, data=token)).status_code == 403


@given(st.sampled_from(list(GroupBasis)[:4]), st.text(st.characters(codec="utf-8"), min_size=1, max_size=256))
def test_an_address_leads_to_its_group_whatever_the_value_holds(basis: GroupBasis, value: str) -> None:
    key = GroupKey(basis=basis, value=value)
    address = address_of(key)
    assert re.fullmatch(r"/linked-cases/[a-z]+/[A-Za-z0-9_-]+", address)
    assert key_of(*address.split("/")[2:]) == key


@given(st.text(), st.text())
def test_any_address_is_a_group_or_none(basis: str, value: str) -> None:
    try:
        key_of(basis, value)
    except GroupGone:
        return
    assert basis in set(GroupBasis)
