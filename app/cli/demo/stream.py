"""The client side of `tertium demo`: invented payments through the front door, first many, then a trickle."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from time import perf_counter
from typing import Any

import numpy as np

from app.cli.demo.supplies import Supply
from app.cli.posting import Service, ServiceRefused, problem_line, transaction_body
from app.review.outcome import GroundTruth

# The first payments lie in the hours before: the queue already holds a morning's work.
HISTORY = timedelta(hours=8)

# A demo without work for its analysts shows nothing; with a policy that leaves people nothing, no
# number of payments would do.
FEWEST_CASES = 30
MOST_TIMES_FIRST = 4

ROWS_AT_ONCE = 500

# Of the history so many have been looked into since, whatever they were: without any truth the lab could
# say of no policy what it lets through.
LOOKED_INTO = 0.5

# A row the service was too busy for is offered again after this long.
BUSY = 503
BUSY_PAUSE_SECONDS = 1.0

# Nobody should have to restart the demo's stream when its service is restarted.
FOR_EVER = float("inf")

Bodies = list[dict[str, Any]]
Clock = Callable[[], datetime]
Say = Callable[[str], None]


class Shop:
    """Where one run's payments come from: a seeded supply, with ids of its own."""

    def __init__(self, supply: Supply, *, seed: int, run_id: str) -> None:
        self.supply = supply
        self._rng = np.random.default_rng([seed, 1])
        self._ids = (f"demo-{run_id}-{number}" for number in count(1))
        #: What the payments made last really are, by transaction id.
        self.truths: dict[str, GroundTruth] = {}

    def bodies(self, moments: Sequence[datetime]) -> Bodies:
        """Return one new payment per moment, as `POST /v1/transactions` wants it."""
        made = self.supply.payments(moments)
        bodies = [
            transaction_body(
                next(self._ids),
                occurred_at=each.occurred_at,
                amount=str(each.amount),
                features=each.features,
                attributes=each.attributes,
            )
            for each in made
        ]
        self.truths = {
            body["transaction_id"]: GroundTruth.FRAUD if each.is_fraud else GroundTruth.LEGIT
            for body, each in zip(bodies, made, strict=True)
        }
        return bodies

    def labels(self, now: datetime) -> Bodies:
        """Return what some of the payments made last turned out to be, as `POST /v1/labels` wants it."""
        return [
            {
                "transaction_id": transaction_id,
                "label": truth.value,
                "source": "audit",
                "occurred_at": now.isoformat(),
                "learned_at": now.isoformat(),
                "propensity": LOOKED_INTO,
            }
            for transaction_id, truth in self.truths.items()
            if self._rng.random() < LOOKED_INTO
        ]

    def history(self, number: int, now: datetime) -> list[datetime]:
        """Return moments of the last hours, in order."""
        ago = np.sort(self._rng.random(number))[::-1]
        return [now - share * HISTORY for share in ago.tolist()]


async def stream_demo(
    url: str,
    key: str,
    *,
    first: int = 3000,
    per_second: float = 5.0,
    seed: int,
    clock: Clock,
    say: Say,
    supply: Supply,
) -> None:
    """Post a history with work for analysts in it, then payments at `per_second` until cancelled.

    Raises `ServiceRefused` with one sentence.
    """
    shop = Shop(supply, seed=seed, run_id=secrets.token_hex(4))
    async with Service(url, key, concurrency=2, patience=FOR_EVER) as service:
        live = await service.model()
        if set(live.features) != set(supply.names):
            raise ServiceRefused(f"model {live.version} reads other features than the demo's generator makes")
        posted, cases = await post_history(service, shop, first=first, clock=clock, say=say)
        say(f"{posted:,} demo transactions posted, {cases:,} of them wait for a person")
        await post_for_ever(service, shop, per_second=per_second, clock=clock, say=say)


async def post_history(
    service: Service, shop: Shop, *, first: int, clock: Clock, say: Say
) -> tuple[int, int]:
    """Post the first payments, and more until there are cases enough; return how many, and the cases.

    What some of them turned out to be is told, too.
    """
    moments = shop.history(first, clock())
    posted = cases = 0
    while posted < first or (cases < FEWEST_CASES and posted < MOST_TIMES_FIRST * first):
        chunk = moments[posted : posted + ROWS_AT_ONCE] or [clock()] * ROWS_AT_ONCE
        answers = await post_batch(service, shop.bodies(chunk), say)
        posted += len(chunk)
        cases += sum(answer["case_id"] is not None for answer in answers)
        told = await service.post("/v1/labels", {"labels": shop.labels(clock())})
        if not told.is_answer:
            raise ServiceRefused(told.problem)
    return posted, cases


async def post_batch(service: Service, bodies: Bodies, say: Say) -> list[dict[str, Any]]:
    """Return the answers to a batch; rows the service was too busy for are offered again."""
    answers: list[dict[str, Any]] = []
    while True:
        reply = await service.post("/v1/transactions/batch", bodies)
        if not reply.is_answer:
            raise ServiceRefused(reply.problem)
        results = reply.body["results"]
        answers += [result["answer"] for result in results if result["status"] == 200]
        refused = [result for result in results if result["status"] not in (200, BUSY)]
        if refused:
            first = problem_line(refused[0]["status"], refused[0]["problem"])
            say(f"{len(refused)} demo transactions were refused ({first})")
        bodies = [body for body, result in zip(bodies, results, strict=True) if result["status"] == BUSY]
        if not bodies:
            return answers
        await asyncio.sleep(BUSY_PAUSE_SECONDS)


async def post_for_ever(service: Service, shop: Shop, *, per_second: float, clock: Clock, say: Say) -> None:
    """Post one payment after the other; those of an hour in which the service was away are not made up."""
    due, told = perf_counter(), ""
    while True:
        (body,) = shop.bodies([clock()])
        reply = await service.post("/v1/transactions", body)
        # The same refusal again is no news.
        if not reply.is_answer and reply.problem != told:
            told = reply.problem
            say(f"a demo transaction was refused ({told})")
        due = max(due + 1 / per_second, perf_counter())
        await asyncio.sleep(due - perf_counter())
