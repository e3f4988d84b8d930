"""Nothing of a payment is in the log, whatever happens to the request that brought it."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from uuid import uuid4

import httpx
import numpy as np
import pytest

from app.observability.logs import LineHandler, configure, logger_of
from app.review.access.people import Role
from app.scoring.uncertainty import Scores
from benchmarks.log_search import leaks
from benchmarks.log_traffic import Traffic, break_rules
from tests.builders import SilentScorer, csrf_token, scored_by
from tests.conftest import a_service
from tests.service import Service

CARD = "4000 0012 3456 7899"
#: As long, but no card number: its last digit is wrong, and payments with it are taken.
TOKEN = "4000 0012 3456 7890"
NAME = "Zebedee Quartermain"
SECRETS = {
    "card": TOKEN,
    "name": NAME,
    "iban": "DE02120300000000202051",
    "note": 'a %s {name} % <b> "quoted"',
}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged, as loud as it gets."""
    root = logging.getLogger()
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    level, stream = root.level, io.StringIO()
    handler = configure(log_format="json", level="debug", stream=stream)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def a_payment(service: Service, draws: np.random.Generator) -> dict[str, object]:
    """Return a payment each of whose values stands nowhere else."""
    features = {name: float(draws.normal()) for name in service.body()["features"]}
    amount = f"{draws.integers(10_000, 90_000)}.{draws.integers(10, 99)}"
    attributes = {name: f"{value} {uuid4().hex}" for name, value in SECRETS.items()}
    return service.body(features=features, amount=amount, attributes=attributes)


def lines_of(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


class QuotingScorer(SilentScorer):
    """A model whose faults quote what it was asked about."""

    def score(self, vectors: np.ndarray, /) -> Scores:
        raise ValueError(f"cannot score {vectors.tolist()}")


async def test_no_kind_of_request_leaves_a_posted_value_in_the_log(
    service: Service, database_url: str, log: io.StringIO
) -> None:
    draws = np.random.default_rng(11)
    traffic = Traffic(client=service.client, headers=service.headers)
    await break_rules(database_url)
    for _ in range(4):
        await traffic.all_kinds(a_payment(service, draws))
    browser = await service.browser(await service.person(Role.SENIOR))
    async with browser:
        inside = Traffic(client=browser, headers={}, posted=traffic.posted)
        body = a_payment(service, draws)
        await inside.read(body)
        form = {"csrf_token": await csrf_token(service, browser), "note": CARD, "judgement": NAME}
        await inside.sent("POST", "/review/1/verdict", form, data=form)
        await inside.sent("POST", "/login", form, data={"name": NAME, "password": CARD})
    async with scored_by(service, QuotingScorer):
        await traffic.payment(a_payment(service, draws))
    lines = log.getvalue().splitlines()
    assert leaks(lines, traffic.posted | {CARD, NAME}) == []
    assert {200, 400, 404, 405, 409, 415, 422, 500} <= traffic.statuses.keys()
    told = [line for line in lines_of(log) if line["event"] == "payments failed together"]
    assert {line["sqlstate"] for line in told} == {"P0001"}
    assert any(line["event"] == "the model failed" and "traceback" in line for line in lines_of(log))


async def test_a_card_number_is_in_no_line_where_it_is_masked(database_url: str, log: io.StringIO) -> None:
    draws = np.random.default_rng(12)
    async with a_service(database_url, card_numbers="mask", card_number_key="k" * 32) as service:
        traffic = Traffic(client=service.client, headers=service.headers)
        body = a_payment(service, draws)
        await traffic.all_kinds(body | {"attributes": {"card": CARD, "note": f"paid with {CARD}"}})
        await traffic.payment(body | {"transaction_id": CARD})
        browser = await service.browser(await service.person(Role.SENIOR))
        async with browser:
            await Traffic(client=browser, headers={}).sent("GET", "/search", {}, params={"q": CARD})
    assert leaks(log.getvalue().splitlines(), {CARD, CARD.replace(" ", "")}) == []
    assert {200, 409, 422} <= traffic.statuses.keys()


async def test_libraries_and_forgotten_tasks_tell_nothing_either(log: io.StringIO) -> None:
    class Boom(Exception):
        pass

    async def forgotten() -> None:
        raise Boom(CARD)

    task = asyncio.create_task(forgotten())
    await asyncio.wait({task})
    del task  # now the loop says that nobody asked for its result, and quotes it
    for name in ("sqlalchemy.engine.Engine", "asyncpg", "httpx", "uvicorn.error", "some.library"):
        try:
            raise Boom(NAME) from ValueError(CARD)  # noqa: TRY301 - it is to be caught here
        except Boom as error:
            logging.getLogger(name).warning("quoting %r\n%s", error, CARD, exc_info=True)
            logging.getLogger(name).warning("rows: %s", [CARD], extra={"card": CARD, "detail": None})
    logger_of("app.somewhere").error("a fault", card=CARD, attributes={"name": NAME})
    assert leaks(log.getvalue().splitlines(), {CARD, NAME}) == []
    told = lines_of(log)
    assert any("never retrieved" in str(line["event"]) for line in told)
    assert told[-1]["fields_dropped"] == 2


def test_a_line_that_cannot_be_written_is_not_told_with_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = io.StringIO()
    handler = LineHandler(broken, "json")
    broken.close()
    handler.handle(logging.makeLogRecord({"msg": "words", "args": (CARD,), "card": CARD}))
    assert CARD not in "".join(capsys.readouterr())


async def test_a_leak_would_be_found(service: Service) -> None:
    """The search itself can fail: it finds texts, numbers, and what stands inside longer words."""
    body = service.body(amount="41234.56", attributes={"card": CARD}, features={"V1": 0.73412})
    traffic = Traffic(client=httpx.AsyncClient(), headers={})
    traffic.posted |= {CARD, "41234.56", "0.73412"}
    await traffic.client.aclose()
    for told in (f'{{"event": "x{CARD}x"}}', "amount=41234.56", '{"detail": "{\'V1\': 0.73412}"}'):
        assert leaks([told], traffic.posted) == [told]
    assert leaks([json.dumps({"duration_ms": 41234.56})], traffic.posted) == []
    assert str(body["amount"]) in traffic.posted
