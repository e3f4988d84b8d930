"""What is kept back of a blind case is in no answer: worlds that differ in it alone look the same.

Every address that answers GET is found from the application's own routes, so that no new page is forgotten.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product, zip_longest
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.artifacts import Model
from app.database.clock import DatabaseClock
from app.database.server.session import connect, transaction
from app.main import create_app
from app.review.access.people import Account, Role
from app.review.case import CaseState, Judgement
from app.review.queue.columns import QueueColumn, QueueOrder, QueueSort
from app.review.queue.depth import AgeBand
from app.review.queue.service_level import Priority, Timeliness
from app.scoring.transaction import Transaction
from app.scoring.uncertainty import Scores
from app.settings import Settings
from app.triage.labels import Reason
from app.web.pages.entity_address import entity_address
from app.web.pages.groups.naming import address_of
from app.web.services import Services
from app.workflows.cases.judgements import VerdictInput
from app.workflows.operations.breaches import BreachWatch
from app.workflows.payments import scoring
from tests.builders import NOON, a_desk, rows, until, with_policy
from tests.conftest import QUIET
from tests.databases import Databases
from tests.service import Service
from tests.web.test_security import routes

CARD = "•••• 4711"
#: Payments of one evening, by transaction id; the target is the one of which opinions differ.
AMOUNTS = {f"order-{n}": 40 + 150 * n for n in range(8)}
POLICY: Mapping[str, Any] = {
    "approve_at_most": -5.0, "decline_at_least": 5.0, "novelty_at_most": 99.0, "spread_at_most": None,
    "mutual_information_at_most": None, "expected_loss_at_most": None, "bands": (),
    "audit_share_approved": 1.0, "audit_share_declined": 1.0, "audit_share_near": 1.0,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What the machine thinks of the target."""

    evidence: float
    probability: float
    novelty: float = 10.0


PLAIN = Opinion(evidence=0.5, probability=0.6)
OPINIONS = {
    "hardly suspicious": Opinion(evidence=-4.9, probability=0.0008),
    "very suspicious": Opinion(evidence=4.9, probability=0.99),
    "for another reason": Opinion(evidence=0.5, probability=0.6, novelty=99.9),
    "an audit of an approval": Opinion(evidence=-9.0, probability=0.0001),
    "an audit of a decline": Opinion(evidence=9.0, probability=0.9999),
}


@dataclass(frozen=True, kw_only=True)
class World:
    """A running service on a clock that stands, and its database."""

    service: Service
    engine: AsyncEngine
    clock: "StandingClock"


class StandingClock(DatabaseClock):
    """The database's clock where no time passes by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    async def read(self, connection: AsyncConnection) -> None:
        """Nothing that the database says changes it."""

    def passes(self, **times: float) -> None:
        self.now += timedelta(**times)


@pytest.fixture
def copies(databases: Databases) -> Iterator[Iterator[str]]:
    """Databases of the test's own, made before any loop runs."""
    with ExitStack() as stack:
        yield iter([stack.enter_context(databases.lent()) for _ in range(1 + len(OPINIONS))])


LOOK_FOR_BREACHES = BreachWatch.look


@pytest.fixture(autouse=True)
def unwatched_breaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has heard of what passed its due time is a matter of the moment: `told` says when."""

    async def nobody_looks(_: BreachWatch) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(BreachWatch, "look", nobody_looks)


@asynccontextmanager
async def a_world(url: str) -> AsyncIterator[World]:
    """Run a service on a clock that stands; of what can be hidden, half is."""
    clock = StandingClock()
    # However busy the machine, the model is waited for: a missing explanation would look like a leak.
    settings = QUIET | {"blind_share": 0.5, "scoring_timeout_ms": 60_000}
    app = create_app(Settings(**settings), url, clock=clock)  # type: ignore[arg-type]
    engine = connect(url)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        key = await services.access.api_keys.add("shop", clock.now, replace=True)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            service = Service(app=app, services=services, client=client, key=key)
            yield World(service=service, engine=engine, clock=clock)
    await engine.dispose()


def opinionated(monkeypatch: pytest.MonkeyPatch, target: str, opinion: Opinion) -> None:
    """Let the model think so of the target, and the same as ever of all others."""
    real = scoring._scored

    def scored(model: Model, transactions: Sequence[Transaction]) -> Scores:
        scores = real(model, transactions)
        evidence, probability, novelty = (
            column.copy() for column in (scores.evidence_fraud, scores.probability, scores.novelty)
        )
        for row, each in enumerate(transactions):
            thought = opinion if each.transaction_id == target else PLAIN
            evidence[row], probability[row], novelty[row] = (
                thought.evidence, thought.probability, thought.novelty,
            )  # fmt: skip
        return replace(scores, evidence_fraud=evidence, probability=probability, novelty=novelty)

    monkeypatch.setattr(scoring, "_scored", scored)


async def an_evening(world: World) -> None:
    """Post the payments, a minute apart; they share a card, and some of them a shop."""
    await with_policy(world.service, **POLICY)
    for number, (name, amount) in enumerate(AMOUNTS.items()):
        world.clock.passes(minutes=1)
        body = world.service.body(
            transaction_id=name,
            amount=str(amount),
            respond_by=(NOON + timedelta(hours=2)).isoformat() if number % 2 else None,
            attributes={"card": CARD, "merchant": f"shop {number % 2}", "device": "phone"},
        )
        answer = await world.service.post(body)
        assert answer.status_code in {200, 201}, answer.text
    world.clock.passes(minutes=20)
    # Otherwise how far feeds were looked at is a matter of the moment.
    await world.service.services.payments.feed_watch.tick()


async def blind_cases(world: World) -> dict[str, int]:
    found = await rows(
        world.engine,
        "SELECT t.transaction_id AS name, c.id FROM cases c JOIN transactions t ON t.id = c.transaction_id"
        " JOIN blind_draws b ON b.case_id = c.id WHERE b.is_blind AND c.state = 'open' ORDER BY c.id",
    )
    return {row.name: row.id for row in found}


def queries(numbers: Sequence[int], payments: Sequence[int]) -> dict[str, list[str]]:
    """Return what may stand behind the question mark: every filter, and where a list goes on."""
    lists: dict[str, Sequence[str]] = {
        "cause": [*Reason, "checked"], "priority": list(Priority), "service": list(Timeliness),
        "age": list(AgeBand), "state": list(CaseState), "opened": [NOON.isoformat()],
        "ended": [NOON.isoformat()], "holder": ["1"], "judged_by": ["1"],
    }  # fmt: skip
    conditions = [urlencode({name: value}) for name, values in lists.items() for value in values]
    conditions += [
        urlencode({"cause": cause, "priority": priority})
        for cause, priority in product(lists["cause"], Priority)
    ]
    queue = ["state=escalated", "mine=1", "policy=1", "policy=2", "waits_from=15", "waits_to=25"]
    queue += [urlencode({"cause": reason, "amount_from": most}) for reason in Reason for most in (0, 300)]
    queue += [f"after={number}&place=2" for number in numbers]
    every = "&".join(f"column={column}" for column in QueueColumn)
    sorts = [QueueSort(by=by, is_reversed=turned).written for by in QueueOrder for turned in (False, True)]
    queue += [f"{every}&sort={sort}" for sort in sorts]
    queue += [f"{every}&sort={sort}&after={number}&place=2" for sort in sorts for number in numbers[:2]]
    queue += [f"amount_from={amount}" for amount in AMOUNTS.values()] + [f"name=card&value={CARD}"]
    words = [*AMOUNTS, CARD, "phone", "shop", "gang", *map(str, numbers), *(f"case {n}" for n in numbers)]
    return {
        "/entities/{kind}/{value}": ["", *(f"before={number}" for number in payments)],
        "/queue": ["", *queue],
        "/operations/cases": ["", *conditions],
        "/operations/cases.csv": ["", *conditions],
        "/search": [urlencode({"q": word}) for word in words],
        "/linked-cases": ["", "basis=card", "basis=alike", "basis=merchant", "done=1", "gone=true"],
        "/quality/cases": ["", *(f"list={name}" for name in ("changed", "disagreed", "gold", "judged"))],
    }


async def examples_of(world: World, numbers: Sequence[int], payments: Sequence[int]) -> dict[str, list[str]]:
    """Return what may stand in the braces of a path, several parts with a bar between them."""
    groups = [link.removeprefix("/linked-cases/").replace("/", "|") for link in await _groups(world)]
    cases = [str(number) for number in numbers]
    return {
        "/cases/{case_id}": cases,
        "/cases/{case_id}/assign": cases,
        "/cases/{case_id}/comments": cases,
        "/cases/{case_id}/attachments/{form}": [f"{number}|{UUID(int=1)}" for number in numbers],
        "/payments/{payment_key}": [*map(str, payments), "1"],
        "/entities/{kind}/{value}": [
            entity_address(kind, value).removeprefix("/entities/").replace("/", "|")
            for kind, value in (("card", CARD), ("merchant", "shop 0"), ("device", "phone"), ("ip", "none"))
        ],
        "/operations/cases/{case_id}/release": cases,
        "/linked-cases/{basis}/{value}": [*groups, "merchant|c2hvcCAw"],
        "/linked-cases/proposals/{proposal_id}": ["1"],
        "/thresholds/versions/{policy_id}": ["1"],
        "/thresholds/versions/{policy_id}/activate": ["1"],
        "/models/{version}/report": [world.service.services.models.serving.pair.model.version],
        "/login/{token}": ["nobody"],
        "/jobs/{job_id}": ["1"],
        "/lists/{entry_id}": ["1"],
        "/v1/lists/{entry_id}": ["1"],
        "/v1/jobs/{job_id}": ["1"],
        "/v1/transactions/{transaction_id:path}": list(AMOUNTS),
        "/v1/policies/{policy_id}": ["1"],
        "/v1/policies/{before_id}/diff/{after_id}": ["1|2"],
        "/v1/policies/{policy_id}/shadow": ["1"],
        "/v1/policies/{policy_id}/signature": ["1"],
        "/v1/policies/{policy_id}/document": ["1"],
        "/v1/people/{account_id}": ["1"],
        "/v1/people/{account_id}/history": ["1"],
        "/v1/keys/{client_id}": ["1"],
        "/v1/keys/{client_id}/history": ["1"],
        "/people/{account_id}": ["1"],
        "/people/{account_id}/{act}": ["1|role"],
        "/keys/{client_id}": ["1"],
        "/keys/{client_id}/{act}": ["1|rotate"],
    }


async def addresses(world: World) -> list[str]:
    """Return what to ask of each GET route there is; a new one with parts in its path needs examples."""
    cases = [row.id for row in await rows(world.engine, "SELECT id FROM cases ORDER BY id")]
    numbers = [*cases, max(cases) + 1]
    payments = [row.id for row in await rows(world.engine, "SELECT id FROM payments ORDER BY id")]
    further, parts = queries(numbers, payments), await examples_of(world, numbers, payments)
    asked: list[str] = []
    for route in routes(world.service.app):
        # The metrics are for whoever runs the machine: read there, or by a token that no analyst has.
        if "GET" not in (route.methods or ()) or route.path == "/metrics":
            continue
        names = re.findall(r"\{[^}]+\}", route.path)
        assert not names or route.path in parts, f"{route.path} needs examples here"
        for example in parts.get(route.path, [""]):
            address = route.path
            for name, part in zip(names, example.split("|"), strict=bool(names)):
                address = address.replace(name, part)
            asked += [f"{address}?{query}".rstrip("?") for query in further.get(route.path, [""])]
    return asked


async def _groups(world: World) -> list[str]:
    found = await world.service.services.cases.groups.found()
    return [address_of(group.key) for group in found.groups]


async def told(world: World, reader: Account) -> dict[str, str]:
    """Return all answers this person can get, without what differs in any two worlds."""
    await LOOK_FOR_BREACHES(world.service.services.operations.breaches)
    browser = await world.service.browser(reader)
    visitor = await world.service.services.access.accounts.visitor(browser.cookies[world.service.cookie])
    assert visitor is not None
    answers: dict[str, str] = {}
    for address in await addresses(world):
        if address in {"/operations/events", "/my/messages/events"}:
            answers[address] = await _stream(world, browser, address)
        elif not address.startswith("/review"):
            answers[address] = await _answer(browser, address)
    answers |= await _exports(world, browser, visitor[1])
    answers |= await _at_the_desk(world, browser, reader)
    return {address: _plain(answer, visitor[1]) for address, answer in answers.items()}


async def _answer(browser: httpx.AsyncClient, address: str) -> str:
    answer = await browser.get(address)
    assert answer.status_code < 500, (address, answer.text)
    return f"{answer.status_code} {answer.headers.get('location', '')}\n{answer.text}"


async def _exports(world: World, browser: httpx.AsyncClient, csrf_token: str) -> dict[str, str]:
    """Return the files of all cases, which are asked for by a form."""
    cases = [row.id for row in await rows(world.engine, "SELECT id FROM cases ORDER BY id")]
    asked = [f"/cases/{case_id}/export" for case_id in (*cases, max(cases) + 1)]
    answers = {}
    for address, more in product(asked, ({}, {"discussion": "true"})):
        answer = await browser.post(address, data={"csrf_token": csrf_token} | more)
        assert answer.status_code < 500, (address, answer.text)
        answers[f"{address} {more}"] = f"{answer.status_code}\n{answer.text}"
    return answers


async def _stream(world: World, browser: httpx.AsyncClient, address: str) -> str:
    """Return how a stream begins; then all streams of this world are over.

    Its numbers are those of pages, which are compared; whether they came before the end is chance.
    """
    services = world.service.services
    monitor, news = services.operations.queue_monitor, services.cases.messages.news
    asking = asyncio.create_task(_answer(browser, address))
    await until(lambda: _is_so(asking.done() or monitor.watchers + news.streams > 0))
    (monitor if address == "/operations/events" else news).end()
    return (await asking).split("\n")[0]


async def _at_the_desk(world: World, browser: httpx.AsyncClient, reader: Account) -> dict[str, str]:
    """Return what the desk shows of each case it hands out, in its order."""
    claims, seen = world.service.services.cases.claims, {}
    for turn in range(len(AMOUNTS) + 2):
        for address in ("/review", "/review/next", "/review/fragment"):
            seen[f"{address} {turn}"] = await _answer(browser, address)
        file = await claims.current_or_next(reader)
        if file is None or file.case.lease is None:
            break
        seen[f"/queue {turn}"] = await _answer(browser, "/queue?mine=1")
        await claims.release(reader, file.case.id, file.case.lease.token, reason="other")
    return seen


async def _is_so(is_so: bool) -> bool:
    return is_so


def _plain(answer: str, csrf: str) -> str:
    plain = answer.replace(csrf, "CSRF")
    # Who of all that use the server holds outcomes back is a matter of the moment.
    plain = re.sub(r',"outcomes_held_back_by":(null|\{[^}]*\})', "", plain)
    plain = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "TOKEN", plain)
    plain = re.sub(r'name="mark" value="[0-9a-f]{16}"', "MARK", plain)
    return re.sub(r"(?i)(manager|analyst|senior)-[0-9a-f]{6}", "SOMEBODY", plain)


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return where two worlds differ, with the first line that does."""
    assert one.keys() == other.keys(), one.keys() ^ other.keys()
    return [f"{each}: {_first(one[each], other[each])}" for each in one if one[each] != other[each]]


def _first(one: str, other: str) -> str:
    lines = zip_longest(one.splitlines(), other.splitlines())
    return next((f"{a!r} <> {b!r}" for a, b in lines if a != b), "line ends")


async def seen_of(
    url: str, monkeypatch: pytest.MonkeyPatch, target: str, opinion: Opinion, role: Role
) -> tuple[dict[str, str], dict[str, int]]:
    """Return all that is told in a world where the machine thinks so of the target, and what is blind."""
    with monkeypatch.context() as patched:
        opinionated(patched, target, opinion)
        async with a_world(url) as world:
            await an_evening(world)
            blind = await blind_cases(world)
            return await told(world, await world.service.person(role, "ada")), blind


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR])
async def test_no_answer_depends_on_what_the_machine_thinks_of_a_blind_case(
    copies: Iterator[str], monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    first, blind = await seen_of(next(copies), monkeypatch, "", PLAIN, role)
    assert 1 < len(blind) < len(AMOUNTS), "the evening is too uniform to prove anything"
    target = list(blind)[len(blind) // 2]
    for name, opinion in OPINIONS.items():
        second, again = await seen_of(next(copies), monkeypatch, target, opinion, role)
        assert again == blind
        assert differences(first, second) == [], name


async def test_the_worlds_differ_where_nothing_is_hidden(
    copies: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the comparison would find: of an open case, the opinion is told."""
    first, blind = await seen_of(next(copies), monkeypatch, "", PLAIN, Role.ANALYST)
    target = next(name for name in AMOUNTS if name not in blind)
    hardly = OPINIONS["hardly suspicious"]
    second, _ = await seen_of(next(copies), monkeypatch, target, hardly, Role.ANALYST)
    found = {re.split(r"[?: ]", each)[0] for each in differences(first, second)}
    assert found >= {"/queue", "/review"}


#: What a case is becomes another thing, and nothing else: the rules that forbid it rest meanwhile.
KINDS = {
    "unknown": "kind = 'unknown', first_case_id = NULL, not_for = NULL, drawn_with = NULL, truth = NULL",
    "gold": "kind = 'gold', truth = 'fraud', first_case_id = NULL, not_for = {bob}, drawn_with = 0.02",
    "second": "kind = 'second', first_case_id = {first}, not_for = {bob}, drawn_with = 0.05",
}


async def of_kind(url: str, monkeypatch: pytest.MonkeyPatch, kind: str, role: Role) -> dict[str, str]:
    """Return what is told where somebody judged a payment, and a case of it opened again."""
    opinionated(monkeypatch, "", PLAIN)
    async with a_world(url) as world:
        await an_evening(world)
        bob = await world.service.person(Role.ANALYST, "bob")
        desk = a_desk(world.service, world.clock, share=1.0)
        file = await desk.claimed(bob)
        await desk.judged(bob, file, Judgement.FRAUD, note="One gang.")
        world.clock.passes(minutes=1)
        ((again,),) = await rows(world.engine, "SELECT max(id) FROM cases")
        assert again != file.case.id
        change = KINDS[kind].format(first=file.case.id, bob=bob.id)
        await _as_it_were(world.engine, f"UPDATE cases SET {change} WHERE id = {again}")
        return await told(world, await world.service.person(role, "ada"))


async def _as_it_were(engine: AsyncEngine, statement: str) -> None:
    """Change what never changes."""
    async with transaction(engine) as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement))


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR])
@pytest.mark.parametrize("kind", ["gold", "second"])
async def test_no_answer_tells_a_look_at_people_from_an_unknown(
    copies: Iterator[str], monkeypatch: pytest.MonkeyPatch, kind: str, role: Role
) -> None:
    plain = await of_kind(next(copies), monkeypatch, "unknown", role)
    assert differences(plain, await of_kind(next(copies), monkeypatch, kind, role)) == []


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR])
async def test_nobody_learns_which_of_their_verdicts_is_looked_at(
    copies: Iterator[str], monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    """What the author of a verdict reads is the same whether or not a colleague looks at it."""
    opinionated(monkeypatch, "", PLAIN)
    read = []
    for share in (0.0, 1.0):
        async with a_world(next(copies)) as world:
            await an_evening(world)
            bob = await world.service.person(role, "bob")
            desk = a_desk(world.service, world.clock, share=share)
            file = await desk.claimed(bob)
            await desk.judged(bob, file, Judgement.FRAUD, note="One gang.")
            world.clock.passes(minutes=1)
            ((several,),) = await rows(world.engine, "SELECT count(*) FROM cases")
            assert several == len(AMOUNTS) + (share == 1.0)
            found = await told(world, bob)
            assert "One gang." in found[f"/cases/{file.case.id}"], "one's own note stays readable"
            read.append(found)
    shared = read[0].keys() & read[1].keys()
    # The totals of the operations page are the same for all who watch it.
    mine = {address for address in shared if not re.match(r"/operations(\.csv|/events)?$", address)}
    assert differences(*({key: each[key] for key in mine} for each in read)) == []


async def moved_with(world: World, words: str, reader: Account) -> None:
    """Let colleagues move blind cases, and write so each time."""
    cases, (assigned, handed, escalated) = world.service.services.cases, (await blind_cases(world)).values()
    grace, bob = (
        await world.service.person(Role.SENIOR, "grace"),
        await world.service.person(Role.ANALYST, "bob"),
    )
    soon = world.clock() + timedelta(minutes=30)

    async def held(account: Account, case_id: int) -> UUID:
        file = await cases.claims.take(account, case_id)
        assert file.case.lease is not None
        return file.case.lease.token

    token = await held(bob, assigned)
    await cases.claims.save_draft(bob, assigned, token, note=words, reason=None)
    await cases.waiting.wait(bob, assigned, token, until=soon, reason=words)
    await cases.waiting.bring_back(grace, assigned)
    await cases.assigning.assign(grace, assigned, to=reader.name, reason=words)
    await cases.claims.release(bob, handed, await held(bob, handed), reason=words)
    await cases.claims.reassign(bob, handed, await held(bob, handed), to=reader.name, reason=words)
    said = VerdictInput(judgement=Judgement.ESCALATE, note=words)
    desk = a_desk(world.service, world.clock)
    await desk.verdicts.judge(bob, escalated, await held(bob, escalated), said)
    await cases.waiting.wait(grace, escalated, await held(grace, escalated), until=soon, reason=words)


#: What would give away what a colleague, or the machine, thinks of a case.
THOUGHTS = ("0.9, one of the gang", "0.1, the client at home")


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR])
async def test_nobody_who_is_to_judge_blind_reads_what_colleagues_wrote_as_they_moved_the_case(
    copies: Iterator[str], monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    """Neither why it is assigned, reassigned, waits or is escalated, nor the note that is not judged yet."""
    opinionated(monkeypatch, "", PLAIN)
    read = []
    for words in THOUGHTS:
        async with a_world(next(copies)) as world:
            await an_evening(world)
            ada = await world.service.person(role, "ada")
            await moved_with(world, words, ada)
            found = await told(world, ada)
            assert [address for address, answer in found.items() if words in answer] == []
            read.append(found)
    assert differences(*read) == []


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SENIOR])
async def test_nobody_who_is_to_judge_blind_learns_that_colleagues_talk_about_the_case(
    copies: Iterator[str], monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    """Neither by their words and files, nor by a count, nor by the message that mentions the reader."""
    opinionated(monkeypatch, "", PLAIN)
    read = []
    for speaks in (False, True):
        async with a_world(next(copies)) as world:
            await an_evening(world)
            ada, grace = (
                await world.service.person(role, "ada"),
                await world.service.person(Role.SENIOR, "grace"),
            )
            discussions, blind = world.service.services.cases.discussions, await blind_cases(world)
            assert blind
            for case_id in blind.values() if speaks else ():
                await discussions.say(grace, case_id, uuid4(), "@ada this is the gang")
                await discussions.attach_address(grace, case_id, uuid4(), "https://tickets.example/gang")
            found = await told(world, ada)
            assert not any("gang" in answer for address, answer in found.items() if "gang" not in address)
            read.append(found)
    assert differences(*read) == []
