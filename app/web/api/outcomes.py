"""The way back: outcomes in order, ground truth, and decisions made again."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from app.artifacts.feed import feed_bytes
from app.database.labels import TruthReport
from app.database.outcomes import Outcome
from app.web.api.schemas import (
    LabelResult,
    LabelsIn,
    LabelsOut,
    ModelOut,
    OutcomeOut,
    OutcomesOut,
    ReplayOut,
)
from app.web.api.transactions import PROBLEMS
from app.web.dependencies import ClientId, RowKey, Services
from app.web.problems import problem, problem_response

router = APIRouter(prefix="/v1", responses=PROBLEMS)

START = "0-0"


@router.get("/outcomes", tags=["outcomes"], summary="What was settled since")
async def get_outcomes(
    client_id: ClientId,
    services: Services,
    after: Annotated[str, Query(description="`next_cursor` of the last call; leave out to begin.")] = START,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> OutcomesOut:
    """Return your transactions' outcomes in the order of the commits that settled them."""
    found = await services.answering.outcomes(client_id, after=_position(after), limit=limit)
    listed = [_outcome_out(outcome) for outcome in found]
    return OutcomesOut(outcomes=listed, next_cursor=listed[-1].cursor if listed else after)


@router.post("/labels", tags=["outcomes"], summary="Tell what turned out to be true")
async def post_labels(body: LabelsIn, client_id: ClientId, services: Services) -> LabelsOut:
    """Append ground truth; the same report twice is one row, and nothing is ever overwritten."""
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
    known = await services.answering.learn(client_id, reports)
    results = [
        LabelResult(
            transaction_id=report.transaction_id,
            accepted=place in known,
            detail=None if place in known else "There is no transaction with this id among yours.",
        )
        for place, report in enumerate(reports)
    ]
    return LabelsOut(accepted=len(known), results=results)


@router.post("/decisions/{decision_id}/replay", tags=["decisions"], summary="Make a decision again")
async def post_replay(decision_id: RowKey, client_id: ClientId, services: Services) -> ReplayOut:
    """Score the stored transaction again under the stored model and policy, and compare."""
    replay = await services.answering.replay(client_id, decision_id)
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
async def model_feed(services: Services, _: ClientId) -> Response:
    """Send the reference as safetensors, so that a client can compare a file before it sends any of it."""
    reference = services.serving.pair.model.feed
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
async def get_model(_client_id: ClientId, services: Services) -> ModelOut:
    """Return the active model's features and currencies."""
    pair = services.serving.pair
    return ModelOut(
        version=pair.model.version,
        policy_version=pair.policy_id,
        features=list(pair.model.schema.names),
        currencies=list(pair.model.schema.currencies),
    )


def _outcome_out(outcome: Outcome) -> OutcomeOut:
    xact, key = outcome.position
    return OutcomeOut(
        transaction_id=outcome.transaction_id,
        outcome=outcome.outcome,
        source=outcome.source,
        settled_at=outcome.settled_at,
        cursor=f"{xact}-{key}",
    )


def _position(cursor: str) -> tuple[int, int]:
    xact, _, key = cursor.partition("-")
    # Nineteen digits are where PostgreSQL's bigint ends.
    if (
        not (xact.isdecimal() and key.isdecimal() and xact.isascii() and key.isascii())
        or max(len(xact), len(key)) > 18
    ):
        error = {"loc": ("query", "after"), "msg": "This is not a cursor of ours.", "type": "value_error"}
        raise RequestValidationError([error])
    return int(xact), int(key)
