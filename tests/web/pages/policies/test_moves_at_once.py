"""Two managers move policies at the same moment: of two moves on one ground exactly one is made."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import combinations_with_replacement

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import lifecycle
from app.database.server.session import transaction
from app.review.access.people import Role
from tests.builders import until, value
from tests.service import Service
from tests.web.api.policies.policy_calls import Caller, Document, a_caller, active, refused, told
from tests.web.pages.policies.two_managers import EMPTY, UNDOES, Two

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATER = "2199-12-31T23:59:59Z"
ANSWERS = EMPTY | UNDOES
#: The moves there are from each state.
MOVES = {
    "simulated": ("approve", "shadow", "retire"),
    "shadow": ("approve", "end-shadow", "retire"),
    "approved": ("activate", "schedule", "retire"),
    "scheduled": ("activate", "unschedule", "retire"),
}
#: What lets another version decide than the one that did.
LETS_DECIDE = ("activate", "roll back", "activate another")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(shared_service: Service) -> AsyncIterator[Two]:
    found = Two(
        author=await a_caller(shared_service, Role.MANAGER, "grace"),
        second=await a_caller(shared_service, Role.MANAGER, "barbara"),
    )
    await found.activated()
    yield found


@asynccontextmanager
async def nobody_else_moves(engine: AsyncEngine) -> AsyncIterator[None]:
    """Hold the lock of all moves from a connection of its own."""
    async with transaction(engine) as connection:
        await lifecycle.lock_moves(connection)
        yield


async def at_once(engine: AsyncEngine, *moves: Awaitable[httpx.Response]) -> list[httpx.Response]:
    """Let all moves begin while none can go on, then let them go."""

    async def all_wait() -> bool:
        waiting = await value(
            engine,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        return bool(waiting >= len(moves))

    async with nobody_else_moves(engine):
        begun = [asyncio.ensure_future(move) for move in moves]
        await until(all_wait)
    return list(await asyncio.gather(*begun))


async def standing(two: Two, state: str) -> Document:
    """Return a version that stands there."""
    version = await two.draft()
    if state == "shadow":
        return told(await two.move(two.author, version, "shadow"))  # type: ignore[no-any-return]
    if state == "simulated":
        return version
    version = await two.sign(version)
    if state == "scheduled":
        return told(await two.activate(two.author, version, at=LATER, answers=ANSWERS))  # type: ignore[no-any-return]
    return version


def body_of(move: str, ground: int, version: Document) -> Document:
    body: Document = {"from": ground, "state": version["state"]}
    if move == "approve":
        body |= {"simulation_id": version["newest_simulation"]["id"], "answers": ANSWERS}
    if move in {"activate", "schedule"}:
        body |= {"reason": "It is time.", "answers": ANSWERS}
    if move == "schedule":
        body |= {"at": LATER}
    return body


async def sent(who: Caller, move: str, ground: int, version: Document) -> httpx.Response:
    path = "activate" if move == "schedule" else move
    return await who.post(f"/{version['id']}/{path}", body_of(move, ground, version))


def one_won(answers: list[httpx.Response], names: tuple[str, str]) -> None:
    """Check that one move was made, and that the other one's maker reads who made it, and when."""
    assert sorted(answer.status_code for answer in answers) == [200, 409], [each.text for each in answers]
    (lost,) = (answer for answer in answers if answer.status_code == 409)
    problem = refused(lost, 409, "ground-changed")
    winner = names[0] if answers[1] is lost else names[1]
    assert problem["detail"].startswith(f"{winner} ")
    assert problem["last_move"]["account"] == winner
    assert problem["last_move"]["happened_at"]


PAIRS = [
    (state, one, other)
    for state, moves in MOVES.items()
    for one, other in combinations_with_replacement(moves, 2)
]


@pytest.mark.parametrize(("state", "one", "other"), PAIRS)
async def test_of_two_moves_of_one_version_one_is_made(
    two: Two, shared_service: Service, shared_engine: AsyncEngine, state: str, one: str, other: str
) -> None:
    version = await standing(two, state)
    ground = (await active(two.author))["id"]
    third = await a_caller(shared_service, Role.MANAGER)
    answers = await at_once(
        shared_engine, sent(two.second, one, ground, version), sent(third, other, ground, version)
    )
    one_won(answers, ("Barbara", third.account.display_name))
    await cleared(two)


async def cleared(two: Two) -> None:
    """Let no version be left in shadow: there is room for three."""
    for version in told(await two.author.get())["policies"]:
        if version["state"] == "shadow":
            told(await two.move(two.author, version, "end-shadow"))


async def activations(two: Two) -> dict[str, Callable[[Caller, int], Awaitable[httpx.Response]]]:
    """Return everything that lets another version decide."""
    version, another = await two.signed(), await two.signed()

    async def roll_back(who: Caller, ground: int) -> httpx.Response:
        return await who.post("/rollback", {"from": ground, "reason": "Back."})

    return {
        "activate": lambda who, ground: sent(who, "activate", ground, version),
        "activate another": lambda who, ground: sent(who, "activate", ground, another),
        "roll back": roll_back,
    }


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(LETS_DECIDE, 2)))
async def test_of_two_who_let_a_version_decide_one_does(
    two: Two, shared_service: Service, shared_engine: AsyncEngine, one: str, other: str
) -> None:
    await two.activated()
    moves = await activations(two)
    ground = (await active(two.author))["id"]
    third = await a_caller(shared_service, Role.MANAGER)
    answers = await at_once(shared_engine, moves[one](two.second, ground), moves[other](third, ground))
    one_won(answers, ("Barbara", third.account.display_name))


@pytest.mark.parametrize(("state", "move"), [(state, move) for state in MOVES for move in MOVES[state]])
@pytest.mark.parametrize("deciding", ["activate another", "roll back"])
async def test_no_move_is_made_after_another_version_came_to_decide(
    two: Two, shared_engine: AsyncEngine, state: str, move: str, deciding: str
) -> None:
    await two.activated()
    version = await standing(two, state)
    moves = await activations(two)
    ground = (await active(two.author))["id"]
    moved, decided = await at_once(
        shared_engine, sent(two.second, move, ground, version), moves[deciding](two.author, ground)
    )
    events = told(await two.author.get("/history", limit=4))["events"]
    if moved.status_code == decided.status_code == 200:
        # Then it came first, on the ground it was decided on.
        assert move not in {"activate", "retire another"}
        assert events[0]["state"] == "active"
    else:
        loser = moved if moved.status_code == 409 else decided
        assert {moved.status_code, decided.status_code} == {200, 409}
        assert "since you looked" in refused(loser, 409, "ground-changed")["detail"]
    await cleared(two)


async def test_two_who_press_roll_back_go_back_once(two: Two) -> None:
    """The second one would have brought back what the first one took away."""
    before = (await active(two.author))["id"]
    bad = (await two.activated())["id"]
    body = {"from": bad, "to": before, "reason": "It misses too many."}
    assert told(await two.author.post("/rollback", body))["id"] == before
    problem = refused(await two.second.post("/rollback", body), 409, "ground-changed")
    assert f"Grace rolled back to version {before}" in problem["detail"]
    assert (await active(two.author))["id"] == before


async def test_a_rollback_goes_to_no_other_version_than_the_one_that_was_shown(two: Two) -> None:
    first = (await active(two.author))["id"]
    second = (await two.activated())["id"]
    third = (await two.activated())["id"]
    told(await two.activate(two.author, {"id": second}, answers=ANSWERS))
    told(await two.activate(two.author, {"id": third}, answers=ANSWERS))
    body = {"from": third, "to": first, "reason": "As the page said."}
    refused(await two.second.post("/rollback", body), 409, "ground-changed")
    assert told(await two.second.post("/rollback", body | {"to": second}))["id"] == second
