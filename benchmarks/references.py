"""What intake is compared with: the same request and response, without the work in between."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from fastapi import FastAPI, Request

from app.review.answer import Answer
from app.triage.labels import Label, Reason
from app.web.api.payments.responses import AnswerOut
from app.web.api.payments.schemas import TransactionIn

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


@asynccontextmanager
async def pool(app: FastAPI) -> AsyncIterator[None]:
    """Hold as many connections as the client does."""
    url = os.environ["BENCH_DATABASE_URL"].replace("postgresql+asyncpg://", "postgresql://")
    async with asyncpg.create_pool(url, min_size=32, max_size=32) as connections:
        await connections.execute("CREATE TABLE IF NOT EXISTS bench (id text PRIMARY KEY, at timestamptz)")
        app.state.pool = connections
        yield


write_only = FastAPI(lifespan=pool)


@write_only.post("/v1/transactions")
async def write_only_transaction(body: TransactionIn, request: Request) -> AnswerOut:
    """Validate, write one bare row, answer: no model, no decision."""
    await request.app.state.pool.execute(
        "INSERT INTO bench (id, at) VALUES ($1, $2)", body.transaction_id, body.occurred_at
    )
    answer = AnswerOut.of(ANSWER)
    answer.transaction_id = body.transaction_id
    return answer
