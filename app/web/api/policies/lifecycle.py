"""The life of a policy version, move by move: each needs a manager, and some a second one."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.review.access.people import Ability, Account
from app.web.api.json_bodies import JsonRoute
from app.web.api.policies.requests import Activating, Approving, Drafting, Looking, Moving, RollingBack
from app.web.api.policies.responses import PolicyDetailOut
from app.web.api.policies.routes import PROBLEMS, detail
from app.web.dependencies import RowKey, able
from app.web.policy_problems import MoveProblem
from app.web.services import Policies, PolicyServices
from app.workflows.policies.drafts import Draft
from app.workflows.policies.ground import Ground
from app.workflows.policies.lifecycle import PlainMove, PolicyLifecycle

Manager = Annotated[Account, Depends(able(Ability.TUNE_POLICIES))]
Approver = Annotated[Account, Depends(able(Ability.APPROVE_POLICIES))]
STAYS = (
    "Another move came first and the problem says whose, it cannot go there from where it stands, or"
    " warnings wait for an answer."
)

router = APIRouter(
    prefix="/v1/policies",
    tags=["policies"],
    responses=PROBLEMS | {409: {"model": MoveProblem, "description": STAYS}},
    route_class=JsonRoute,
)


@router.post("", status_code=201, summary="Keep a policy as a draft")
async def post_policy(
    body: Drafting, manager: Manager, policies: Policies, response: Response
) -> PolicyDetailOut:
    """Simulate and keep a policy, with why; another manager has to approve it before it decides."""
    span, policy = body.span(policies.lab.usual_span), body.document.policy()
    parent_id = body.parent_id or (await policies.lab.active()).id
    certificate = await policies.proposals.certificate(policy, body.wish.wish(), span, parent_id=parent_id)
    draft = Draft(
        policy=policy,
        reason=body.reason,
        parent_id=parent_id,
        certificate=certificate,
        answers=body.answers,
        digest=body.digest,
    )
    policy_id = await policies.lifecycle.draft(manager, draft, span)
    response.headers["Location"] = f"/v1/policies/{policy_id}"
    return await _moved(policies, policy_id)


@router.post("/rollback", summary="Let the version before decide again")
async def post_rollback(body: RollingBack, manager: Manager, policies: Policies) -> PolicyDetailOut:
    """Activate the version that decided before this one; it was approved then.

    Repeated, it does not come back: a rollback takes an activation back, and the next one the one before.
    """
    ground = Ground(active_id=body.decided_on)
    back = await policies.lifecycle.roll_back(manager, ground, reason=body.reason, to=body.to)
    return await _moved(policies, back)


@router.post("/{policy_id}/simulate", summary="Re-run the simulation of a version")
async def post_simulation(
    policy_id: RowKey, body: Looking, manager: Manager, policies: Policies
) -> PolicyDetailOut:
    """Keep what a version would have done to newer transactions; a signature needs the newest one."""
    await policies.lifecycle.simulate(manager, policy_id, body.span(policies.lab.usual_span))
    return await _moved(policies, policy_id)


@router.post("/{policy_id}/approve", summary="Sign for a version")
async def post_approval(
    policy_id: RowKey, body: Approving, approver: Approver, policies: Policies
) -> PolicyDetailOut:
    """Sign another manager's version: for the residual risk statement of the simulation named."""
    await policies.lifecycle.approve(
        approver, policy_id, body.ground(), simulation_id=body.simulation_id, answers=body.answers
    )
    return await _moved(policies, policy_id)


@router.post("/{policy_id}/activate", summary="Let a version decide")
async def post_activation(
    policy_id: RowKey, body: Activating, manager: Manager, policies: Policies
) -> PolicyDetailOut:
    """Let an approved version decide every transaction, from now or from a moment on."""
    life, ground = policies.lifecycle, body.ground()
    if body.at is None:
        await life.activate(manager, policy_id, ground, reason=body.reason, answers=body.answers)
    else:
        await life.schedule(manager, policy_id, ground, body.at, reason=body.reason, answers=body.answers)
    return await _moved(policies, policy_id)


async def _moved(policies: PolicyServices, policy_id: int) -> PolicyDetailOut:
    return await detail(policies, await policies.lifecycle.version(policy_id))


def _plain(move: PlainMove) -> Callable[..., Awaitable[PolicyDetailOut]]:
    """Return the endpoint of a move that asks for nothing but what was seen."""

    async def moved(policy_id: RowKey, body: Moving, manager: Manager, policies: Policies) -> PolicyDetailOut:
        await move(policies.lifecycle, manager, policy_id, body.ground())
        return await _moved(policies, policy_id)

    return moved


for path, name, move, summary, description in (
    ("shadow", "post_shadow", PolicyLifecycle.start_shadow, "Let a version decide in shadow",
     "Let a version decide live traffic beside the active one, without effect."),
    ("end-shadow", "post_end_shadow", PolicyLifecycle.end_shadow, "End a shadow",
     "Let a version in shadow say nothing more; what it said stays on record."),
    ("unschedule", "post_unscheduling", PolicyLifecycle.unschedule, "Take a scheduled activation back",
     "Take a scheduled activation back; the version stays approved."),
    ("retire", "post_retirement", PolicyLifecycle.retire, "Archive a version",
     "Archive a version that is not active."),
):  # fmt: skip
    router.post(f"/{{policy_id}}/{path}", name=name, summary=summary, description=description)(_plain(move))
