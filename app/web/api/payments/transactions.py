"""Transactions in, answers out: one at a time or many."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from app.database.payments.decisions import TransactionHistory
from app.review.answer import Answer
from app.review.card_numbers.rule import CardNumberRule
from app.scoring.features import FeatureSchema
from app.scoring.transaction import Transaction
from app.web.api.json_bodies import JsonRoute, rows_of
from app.web.api.json_rows import UnreadableRow, turn_after
from app.web.api.payments.answers import REPLAYED, body_of, document_of
from app.web.api.payments.plain_payments import plain_transaction
from app.web.api.payments.responses import AnswerOut, TransactionOut, VerdictOut
from app.web.api.payments.schemas import TransactionIn
from app.web.api.payments.values import Identifier
from app.web.dependencies import DIGITS, ClientId
from app.web.dependencies import client_id as caller
from app.web.errors import BUSY_SECONDS, invalid_body, problem_of
from app.web.problems import MEDIA_TYPE, FieldProblem, InvalidTransaction, Problem
from app.web.services import Access, Clock, Models, Payments, services_of
from app.workflows.payments.intake import CHUNK_ROWS

router = APIRouter(prefix="/v1/transactions", tags=["transactions"], route_class=JsonRoute)

# Some milliseconds of work, after which other requests have their turn.
CHECKED_AT_ONCE = 50
LONGEST_WAIT_SECONDS = 60.0
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "The API key is missing or unknown."},
    409: {"model": Problem, "description": "This id was used for a different transaction."},
    422: {"model": Problem, "description": "A field is wrong; the problem names it."},
    503: {"model": Problem, "description": "Come back after Retry-After seconds with the same request."},
}


@router.post("", response_model=AnswerOut, responses=PROBLEMS, summary="Judge a payment")
async def post_transaction(body: TransactionIn, client_id: ClientId, request: Request) -> Response:
    """Answer after the commit. Repeat a call freely: the same body hears the same answer."""
    # What is usual about a payment is answered by `web/fast_intake`; here is what that hands on.
    # Not by a dependency: on this path, called thousands of times a second, each one costs.
    services = services_of(request)
    card_numbers = services.payments.card_numbers
    try:
        schema = services.models.serving.pair.model.schema
        transaction = body.checked(schema, client_id, services.clock(), card_numbers)
        answer = await services.payments.intake.receive(transaction)
    except InvalidTransaction:
        # What was answered once is answered again, whatever today's model would say of it.
        (before,) = await services.payments.intake.answered_before(
            [body.transaction(client_id, card_numbers)]
        )
        if before is None:
            raise
        answer = before
    headers = {REPLAYED: "true"} if answer.is_repeat else {}
    return Response(body_of(answer), media_type="application/json", headers=headers)


@router.post(
    "/batch",
    responses=PROBLEMS,
    summary="Judge up to 10,000 payments",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        }
    },
)
async def post_batch(
    request: Request, client_id: ClientId, payments: Payments, models: Models, clock: Clock
) -> Response:
    """Take a JSON array or NDJSON; each row is answered, or refused, by itself and in order.

    200: every row has its final answer. 503: some rows have to come again, and `results` says which; send
    the same body again, rows that were answered hear the same answer.
    """
    rows = await rows_of(request)
    checked: list[Transaction | Misfit | Problem] = []
    door = Door(models.serving.pair.model.schema, client_id, clock(), payments.card_numbers)

    async def read() -> AsyncIterator[list[Transaction]]:
        for start in range(0, len(rows), CHUNK_ROWS):
            part = await _checked(rows[start : start + CHUNK_ROWS], door)
            checked.extend(part)
            yield [row for row in part if isinstance(row, Transaction)]

    answers = iter(await payments.intake.receive_as_read(read()))
    misfits = [row.transaction for row in checked if isinstance(row, Misfit)]
    repeats = iter(await payments.intake.answered_before(misfits) if misfits else ())
    results = []
    for row in checked:
        if isinstance(row, Transaction):
            results.append(_result(next(answers)))
        elif isinstance(row, Misfit):
            results.append(_result(next(repeats) or row.refusal))
        else:
            results.append(_refused(row))
    return _batch_response(results)


@router.get("/{transaction_id:path}", responses=PROBLEMS, summary="What became of a payment")
async def get_transaction(
    request: Request,
    transaction_id: Identifier,
    client_id: ClientId,
    payments: Payments,
    access: Access,
    wait: Annotated[
        float, DIGITS, Query(ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds to wait for the outcome.")
    ] = 0,
) -> TransactionOut:
    """Return the machine's decision, a person's verdict, and the outcome you may act on."""
    waiting = payments.transaction_status.history(client_id, transaction_id, wait_seconds=wait)
    # Whose key is revoked meanwhile hears nothing more.
    return _history_out(await access.revocations.while_in(lambda: caller(request), waiting))


@dataclass(frozen=True, slots=True)
class Misfit:
    """A payment that today's model cannot read; it may have been answered when another one was active."""

    transaction: Transaction
    refusal: InvalidTransaction


class Door(NamedTuple):
    """By what each row of a batch is checked."""

    schema: FeatureSchema
    client_id: int
    now: datetime
    card_numbers: CardNumberRule


async def _checked(rows: Sequence[object], door: Door) -> list[Transaction | Misfit | Problem]:
    checked: list[Transaction | Misfit | Problem] = []
    for row in rows:
        await turn_after(checked, CHECKED_AT_ONCE)
        if isinstance(row, UnreadableRow):
            checked.append(problem_of(InvalidTransaction([FieldProblem(field=row.field, detail=row.detail)])))
            continue
        if (plain := plain_transaction(row, *door)) is not None:
            checked.append(plain)
            continue
        try:
            body = TransactionIn.model_validate(row)
        except ValidationError as error:
            checked.append(invalid_body(error.errors(include_url=False, include_input=False)))
            await asyncio.sleep(0)  # a row may have a thousand errors
            continue
        try:
            checked.append(body.checked(*door))
        except InvalidTransaction as refusal:
            checked.append(Misfit(body.transaction(door.client_id, door.card_numbers), refusal))
    return checked


def _result(heard: Answer | Exception) -> dict[str, Any]:
    if isinstance(heard, Exception):
        return _refused(problem_of(heard))
    return {"status": 200, "answer": document_of(heard)}


def _batch_response(results: Sequence[dict[str, Any]]) -> Response:
    """Return 200, or a 503 that makes any client come again when any row has to."""
    again = [result["problem"] for result in results if result["status"] == HTTPStatus.SERVICE_UNAVAILABLE]
    if not again:
        content = orjson.dumps({"results": results}, option=orjson.OPT_UTC_Z)
        return Response(content, media_type="application/json")
    content = orjson.dumps(again[0] | {"results": results}, option=orjson.OPT_UTC_Z)
    headers = {"Retry-After": str(BUSY_SECONDS)}
    return Response(content, status_code=again[0]["status"], media_type=MEDIA_TYPE, headers=headers)


def _refused(refusal: Problem) -> dict[str, Any]:
    return {"status": refusal.status, "problem": refusal.model_dump()}


def _history_out(history: TransactionHistory) -> TransactionOut:
    answer = Answer(
        transaction_id=history.transaction_id,
        decision_id=history.decision_id,
        label=history.label,
        reason=history.reason,
        score=history.score,
        model_version=history.model_version,
        policy_version=history.policy_version,
        case_id=history.case_id,
        decided_at=history.decided_at,
    )
    verdict = history.verdict
    return TransactionOut(
        transaction_id=history.transaction_id,
        received_at=history.received_at,
        decision=AnswerOut.of(answer),
        verdict=VerdictOut(verdict=verdict.verdict, judged_at=verdict.judged_at) if verdict else None,
        outcome=history.outcome.value if history.outcome else "pending",
        outcome_source=history.outcome_source,
        settled_at=history.settled_at,
    )
