"""Outcomes in order, ground truth, and decisions replayed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response

from app.artifacts.feed import feed_bytes
from app.database.payments.labels import TruthReport
from app.database.payments.outcomes import Outcome, OutcomeCursor
from app.scoring.schema.document import document_of
from app.web.api.payments.label_bodies import LabelsRoute
from app.web.api.payments.responses import (
    LabelResult,
    LabelsOut,
    ModelOut,
    OutcomeOut,
    OutcomesOut,
    ReplayOut,
    feature_out,
)
from app.web.api.payments.schemas import FUTURE_AT_MOST, LabelsIn
from app.web.api.payments.transactions import PROBLEMS
from app.web.dependencies import DIGITS, ClientId, RowKey
from app.web.problems import Problem, problem, problem_response
from app.web.services import Clock, Models, Payments

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=LabelsRoute)

START = "0-0"


class TomlResponse(PlainTextResponse):
    """A text of TOML."""

    media_type = "application/toml"


@router.get(
    "/outcomes",
    tags=["outcomes"],
    summary="What was settled since",
    responses={410: {"model": Problem, "description": "The cursor stands at no outcome of yours here."}},
)
async def get_outcomes(
    client_id: ClientId,
    payments: Payments,
    after: Annotated[str, Query(description="`next_cursor` of the last call; leave out to begin.")] = START,
    limit: Annotated[int, DIGITS, Query(ge=1, le=1000)] = 100,
) -> OutcomesOut:
    """Return your transactions' outcomes in the order of the commits that settled them.

    A cursor stays good when the database is restored or fails over; one that stands at an outcome which
    this database never had, or lost, is refused with 410.
    """
    found = await payments.transaction_status.outcomes(client_id, after=_cursor(after), limit=limit)
    listed = [_outcome_out(outcome) for outcome in found]
    return OutcomesOut(outcomes=listed, next_cursor=listed[-1].cursor if listed else after)


@router.post("/labels", tags=["outcomes"], summary="Tell what turned out to be true")
async def post_labels(body: LabelsIn, client_id: ClientId, payments: Payments, clock: Clock) -> LabelsOut:
    """Append ground truth; the same report twice is one row, and nothing is ever overwritten.

    A label `withdrawn` withdraws all that the same source said of the transaction up to its `learned_at`.
    """
    _refuse_what_nobody_can_know(body, clock())
    reports = [
        TruthReport(
            transaction_id=label.transaction_id,
            label=label.label,
            source=label.source,
            occurred_at=label.occurred_at,
            learned_at=label.learned_at,
            propensity=label.propensity,
        )
        for label in body.labels
    ]
    heard = await payments.transaction_status.learn(client_id, reports)
    results = [
        LabelResult(
            transaction_id=report.transaction_id,
            accepted=place in heard.accepted,
            repeated=place in heard.repeated,
            detail=None if place in heard.accepted else "There is no transaction with this id among yours.",
        )
        for place, report in enumerate(reports)
    ]
    return LabelsOut(accepted=len(heard.accepted), repeated=len(heard.repeated), results=results)


@router.post("/decisions/{decision_id}/replay", tags=["decisions"], summary="Make a decision again")
async def post_replay(decision_id: RowKey, client_id: ClientId, payments: Payments) -> ReplayOut:
    """Score the stored transaction again under the stored model and policy, and compare."""
    replay = await payments.transaction_status.replay(client_id, decision_id)
    return ReplayOut(
        decision_id=replay.decision_id,
        equal=replay.is_equal,
        differences=replay.differences,
        stored_label=replay.stored_label,
        label=replay.label,
        stored_reason=replay.stored_reason,
        reason=replay.reason,
        stored_device=replay.stored_device,
        device=replay.device,
        model_version=replay.model_version,
        policy_version=replay.policy_version,
    )


@router.get("/model/feed", include_in_schema=False)
async def model_feed(models: Models, _: ClientId) -> Response:
    """Send the reference as safetensors, so that a client can compare a file before it sends any of it."""
    reference = models.serving.pair.model.feed
    if reference is None:
        return problem_response(
            problem(
                status=404,
                slug="feeds-not-watched",
                title="Feeds not watched",
                detail="This model keeps nothing to know a feed by.",
            )
        )
    return Response(feed_bytes(reference), media_type="application/octet-stream")


@router.get("/model", tags=["model"], summary="What the active model reads")
async def get_model(_client_id: ClientId, models: Models) -> ModelOut:
    """Return the active model's features, what each may hold, and its currencies."""
    pair = models.serving.pair
    return ModelOut(
        version=pair.model.version,
        policy_version=pair.policy_id,
        features=list(pair.model.schema.names),
        columns=[feature_out(each) for each in pair.model.schema.described.features],
        currencies=list(pair.model.schema.currencies),
    )


@router.get(
    "/model/schema",
    tags=["model"],
    summary="How the active model's payments are written",
    response_class=TomlResponse,
)
async def get_model_schema(_client_id: ClientId, models: Models) -> TomlResponse:
    """Return the active model's `schema.toml`."""
    return TomlResponse(document_of(models.serving.pair.model.schema.described))


def _outcome_out(outcome: Outcome) -> OutcomeOut:
    epoch, xact, key = outcome.position
    return OutcomeOut(
        transaction_id=outcome.transaction_id,
        outcome=outcome.outcome,
        source=outcome.source,
        settled_at=outcome.settled_at,
        cursor=f"{epoch}-{xact}-{key}",
    )


def _refuse_what_nobody_can_know(body: LabelsIn, now: datetime) -> None:
    errors = [
        {
            "loc": ("body", "labels", place, "learned_at"),
            "msg": "lies more than a day in the future",
            "type": "value_error",
        }
        for place, label in enumerate(body.labels)
        if label.learned_at > now + FUTURE_AT_MOST
    ]
    if errors:
        raise RequestValidationError(errors)


def _cursor(written: str) -> OutcomeCursor:
    """Read `epoch-transaction-row`, or `transaction-row` as it was before there were epochs."""
    parts = written.split("-")
    # Nineteen digits are where PostgreSQL's bigint ends, ten where its integer does.
    is_ours = all(
        part.isascii() and part.isdecimal() and len(part) <= longest
        for part, longest in zip(reversed(parts), (18, 18, 9), strict=False)
    )
    match parts:
        case [xact, key] if is_ours:
            return OutcomeCursor(epoch=None, xact=int(xact), key=int(key))
        case [epoch, xact, key] if is_ours:
            return OutcomeCursor(epoch=int(epoch), xact=int(xact), key=int(key))
    error = {"loc": ("query", "after"), "msg": "This is not a cursor of ours.", "type": "value_error"}
    raise RequestValidationError([error])
