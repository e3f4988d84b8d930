"""Policy versions to read: what decides, what else there is, and what happened to it."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.database.policies.policies import PolicyVersion
from app.review.access.people import Ability, Account
from app.triage.policies.order import differences
from app.triage.policies.toml import toml_of
from app.web.api.policies.documents import PolicyDocument
from app.web.api.policies.responses import (
    ChapterOut,
    DifferenceOut,
    HistoryOut,
    PolicyDetailOut,
    PolicyDiffOut,
    PolicyVersionOut,
    PolicyVersionsOut,
    SignatureOut,
)
from app.web.api.policies.shadows import ShadowOut
from app.web.dependencies import DIGITS, LARGEST_KEY, RowKey, able
from app.web.problems import Problem
from app.web.services import Policies, PolicyServices
from app.workflows.policies.refusals import NothingToRollBackTo

TOML = "application/toml"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "The personal access token is missing, unknown or over."},
    403: {"model": Problem, "description": "Your role does not include this."},
    404: {"model": Problem, "description": "There is no such policy version."},
    422: {"model": Problem, "description": "A field is wrong; the problem names it."},
    503: {"model": Problem, "description": "Come back after Retry-After seconds with the same request."},
}

Reader = Annotated[Account, Depends(able(Ability.SEE_POLICIES))]
Before = Annotated[
    int | None,
    DIGITS,
    Query(ge=1, le=LARGEST_KEY, description="`next_before` of the last call; leave out to begin."),
]
Limit = Annotated[int, DIGITS, Query(ge=1, le=200)]

router = APIRouter(prefix="/v1/policies", tags=["policies"], responses=PROBLEMS)


class DocumentFormat(StrEnum):
    """How a policy's document is written."""

    JSON = "json"
    TOML = "toml"


@router.get("", summary="All versions")
async def get_policies(
    _reader: Reader, policies: Policies, before: Before = None, limit: Limit = 20
) -> PolicyVersionsOut:
    """Return the newest versions first."""
    found = await policies.lifecycle.versions(limit=limit + 1, before_id=before)
    page = [PolicyVersionOut.of(version) for version in found[:limit]]
    return PolicyVersionsOut(policies=page, next_before=page[-1].id if len(found) > limit else None)


@router.get("/active", summary="What decides now")
async def get_active(_reader: Reader, policies: Policies) -> PolicyDetailOut:
    """Return the version that decides every transaction from now on."""
    return await detail(policies, await policies.lab.active())


@router.get("/rollback", summary="What a rollback would bring back")
async def get_rollback(_reader: Reader, policies: Policies) -> PolicyDetailOut:
    """Return the version that decided before, to be sent as `to`."""
    previous = await policies.lifecycle.previous()
    if previous is None:
        raise NothingToRollBackTo
    return await detail(policies, previous)


@router.get("/history", summary="What happened to policies")
async def get_history(
    _reader: Reader,
    policies: Policies,
    policy_id: Annotated[
        int | None, DIGITS, Query(ge=1, le=LARGEST_KEY, description="Only what happened to this version.")
    ] = None,
    before: Before = None,
    limit: Limit = 50,
) -> HistoryOut:
    """Return every move, the newest first, with who made it and what the version changed."""
    found = await policies.lifecycle.history(limit=limit + 1, before_id=before, policy_id=policy_id)
    page = [ChapterOut.of(chapter) for chapter in found[:limit]]
    return HistoryOut(events=page, next_before=page[-1].id if len(found) > limit else None)


@router.get("/{policy_id}", summary="One version")
async def get_policy(policy_id: RowKey, _reader: Reader, policies: Policies) -> PolicyDetailOut:
    """Return a version with its certificate, its answered warnings and its newest simulation."""
    return await detail(policies, await policies.lifecycle.version(policy_id))


@router.get(
    "/{policy_id}/document",
    summary="A version's document alone",
    response_model=PolicyDocument,
    responses={200: {"content": {TOML: {"schema": {"type": "string"}}}}},
)
async def get_document(
    policy_id: RowKey,
    request: Request,
    _reader: Reader,
    policies: Policies,
    written: Annotated[
        DocumentFormat | None, Query(alias="format", description="Default: as `Accept` says, else JSON.")
    ] = None,
) -> Response | PolicyDocument:
    """Return what can be posted again: as JSON, or as the commented TOML file one reviews."""
    version = await policies.lifecycle.version(policy_id)
    accepts_toml = TOML in request.headers.get("accept", "")
    if written is DocumentFormat.TOML or (written is None and accepts_toml):
        return Response(toml_of(version.policy), media_type=TOML)
    return PolicyDocument.of(version.policy)


@router.get("/{before_id}/diff/{after_id}", summary="What changes from one version to another")
async def get_diff(before_id: RowKey, after_id: RowKey, _reader: Reader, policies: Policies) -> PolicyDiffOut:
    """Return every value that is not the same in both."""
    before = await policies.lifecycle.version(before_id)
    after = await policies.lifecycle.version(after_id)
    changed = DifferenceOut.all_of(differences(before.policy, after.policy))
    return PolicyDiffOut(before=before_id, after=after_id, differences=changed)


@router.get("/{policy_id}/signature", summary="May you sign for it?")
async def get_signature(policy_id: RowKey, reader: Reader, policies: Policies) -> SignatureOut:
    """Return whether you may approve this version, before you read what you would sign."""
    return SignatureOut.of(await policies.lifecycle.version(policy_id), reader)


@router.get("/{policy_id}/shadow", summary="What a version said in shadow")
async def get_shadow(policy_id: RowKey, _reader: Reader, policies: Policies) -> ShadowOut:
    """Return what a version in shadow said beside what was decided, with what has become known."""
    version = await policies.lifecycle.version(policy_id)
    report = await policies.comparisons.report(policy_id)
    return ShadowOut.of(version, await policies.lifecycle.compared(policy_id), report)


async def detail(policies: PolicyServices, version: PolicyVersion) -> PolicyDetailOut:
    """Return a version as it goes out, with its newest simulation."""
    stored = await policies.lifecycle.newest_simulation(version.id)
    fit = await policies.lifecycle.schema_fit(version)
    return PolicyDetailOut.with_simulation(version, stored, fit)
