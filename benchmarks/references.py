"""What intake is compared with: the same requests, with less or nothing of the work in between."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app.review.answer import Answer
from app.triage.labels import Label, Reason
from app.web.api.payments.responses import AnswerOut
from app.web.api.payments.schemas import TransactionIn
from app.workflows.payments.group_commit import GroupCommit

ANSWER = Answer(
    transaction_id="bench",
    decision_id=1,
    label=Label.LEGIT,
    reason=Reason.EVIDENCE_LEGIT,
    score={
        "evidence_fraud": -7.540134,
        "evidence_legit": None,
        "margin": -7.540134,
        "spread": 0.114787,
        "interval_low": -7.716071,
        "interval_high": -7.332121,
        "probability": 0.000830327,
        "entropy": 0.006753668,
        "expected_entropy": 0.006748844,
        "mutual_information": 4.825e-6,
        "predictive_variance": 8e-9,
        "novelty": 12.5,
    },
    model_version="bench",
    policy_version=1,
    case_id=None,
    decided_at=datetime(2026, 5, 1, tzinfo=UTC),
)

bare = FastAPI()


@bare.post("/v1/transactions")
async def bare_transaction(body: TransactionIn) -> AnswerOut:
    """Validate, answer, store nothing."""
    answer = AnswerOut.of(ANSWER)
    answer.transaction_id = body.transaction_id
    return answer


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Send the body back as it came: what the server and the event loop cost by themselves."""
    if scope["type"] == "http":
        await _answer(send, await _body(receive))


class WriteOnly:
    """Writes one bare row for each payment, durably, as many in one commit as wait: no model, no decision."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._group = GroupCommit[dict[str, Any], bytes](self._write)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, write, and send back what was read."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await _answer(send, await self._group.submit(orjson.loads(await _body(receive))))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        url = os.environ["BENCH_DATABASE_URL"].replace("postgresql+asyncpg://", "postgresql://")
        self._pool = await asyncpg.create_pool(url, min_size=2, max_size=2)
        await self._pool.execute("CREATE TABLE IF NOT EXISTS bench (id text PRIMARY KEY, at timestamptz)")
        self._group.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._group.stop()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _write(self, bodies: Sequence[dict[str, Any]]) -> list[bytes]:
        if self._pool is None:
            raise RuntimeError("the pool is not open")
        await self._pool.execute(
            "INSERT INTO bench (id, at) SELECT * FROM unnest($1::text[], $2::timestamptz[])",
            [body["transaction_id"] for body in bodies],
            [datetime.fromisoformat(body["occurred_at"]) for body in bodies],
        )
        return [orjson.dumps(body) for body in bodies]


write_only = WriteOnly()


async def _body(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
