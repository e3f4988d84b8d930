"""Clients that post payments to two replicas, alone and in batches, some again, until all are answered."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from typing import Any

import httpx
import numpy as np

CLIENTS = 16
BATCH_SHARE, BATCH_MOST = 0.3, 40
#: Of payments that are sent again: at once to both replicas, within one batch, or after they were answered.
REPEATED_SHARE = 0.1
PAUSE_SECONDS = 0.05
COME_AGAIN = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})

Body = dict[str, Any]


@dataclass(kw_only=True)
class Answered:
    """What the clients heard: of each payment its decision, and how often it came again or otherwise."""

    decisions: dict[str, int] = field(default_factory=dict)
    #: In the order of the first answers.
    bodies: list[Body] = field(default_factory=list)
    repeats: int = 0
    #: Repeats that were answered by another decision.
    otherwise: int = 0
    #: Requests that were lost, or were to come again.
    retries: int = 0

    def take(self, body: Body, decision: int) -> None:
        """Count an answer."""
        before = self.decisions.setdefault(body["transaction_id"], decision)
        if len(self.decisions) > len(self.bodies):
            self.bodies.append(body)
            return
        self.repeats += 1
        self.otherwise += before != decision

    async def reached(self, count: float) -> None:
        """Return once so many payments are answered."""
        while True:
            if len(self.decisions) >= count:
                return
            await asyncio.sleep(PAUSE_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Poster:
    """One of several clients that share what is still to be posted."""

    payments: Iterator[Body]
    #: One for each replica.
    lines: Sequence[httpx.AsyncClient]
    answered: Answered
    rng: np.random.Generator

    async def run(self) -> None:
        """Post until nothing is left."""
        while bodies := list(islice(self.payments, self._size())):
            again = [each for each in bodies if self.rng.random() < REPEATED_SHARE]
            sent = [bodies, again] if self.rng.random() < 0.5 else [[*bodies, *again]]
            await asyncio.gather(*(self._accepted(each) for each in sent))
            if len(self.answered.bodies) > CLIENTS and self.rng.random() < REPEATED_SHARE:
                known = self.answered.bodies[int(self.rng.integers(len(self.answered.bodies)))]
                await self._accepted([known])

    def _size(self) -> int:
        return int(self.rng.integers(2, BATCH_MOST)) if self.rng.random() < BATCH_SHARE else 1

    async def _accepted(self, bodies: Sequence[Body]) -> None:
        """Post payments to either replica until each has its answer."""
        waiting = list(bodies)
        while waiting:
            line = self.lines[int(self.rng.integers(len(self.lines)))]
            try:
                heard = await _posted(line, waiting)
            except httpx.TransportError:
                heard = [None] * len(waiting)
            for body, decision in zip(waiting, heard, strict=True):
                if decision is not None:
                    self.answered.take(body, decision)
            waiting = [body for body, decision in zip(waiting, heard, strict=True) if decision is None]
            if waiting:
                self.answered.retries += 1
                await asyncio.sleep(PAUSE_SECONDS)


async def _posted(line: httpx.AsyncClient, bodies: Sequence[Body]) -> list[int | None]:
    """Return the decision of each payment, None of one that has to come again."""
    if len(bodies) == 1:
        answer = await line.post("/v1/transactions", json=bodies[0])
        return [_decision(answer.status_code, answer.json())]
    answer = await line.post("/v1/transactions/batch", json=bodies)
    rows = answer.json().get("results")
    if rows is None:
        return [_decision(answer.status_code, answer.json())] * len(bodies)
    return [_decision(row["status"], row.get("answer")) for row in rows]


def _decision(status: int, answer: Any) -> int | None:
    if status in COME_AGAIN:
        return None
    if status != HTTPStatus.OK:
        raise SystemExit(f"a payment was answered {status}: {str(answer)[:300]}")
    return int(answer["decision_id"])
