"""Policies tried on past transactions: nothing is stored, nothing is applied."""

from fastapi import APIRouter

from app.triage.refusal import PolicyImpossible
from app.web.api.json_bodies import JsonRoute
from app.web.api.policies.charts import ChangedOut, CurvesOut, ProposedOut
from app.web.api.policies.documents import refused
from app.web.api.policies.requests import Changing, Proposing, Stepping, Trying
from app.web.api.policies.routes import PROBLEMS, Reader
from app.web.api.policies.simulations import SimulationOut
from app.web.api.policies.steps import StepsOut
from app.web.policy_problems import InfeasibleProblem
from app.web.services import Policies

router = APIRouter(prefix="/v1/policies", tags=["policies"], responses=PROBLEMS, route_class=JsonRoute)


@router.post("/simulate", summary="What would this policy have done?")
async def post_simulate(body: Trying, _reader: Reader, policies: Policies) -> SimulationOut:
    """Decide the window's transactions again, beside the active policy."""
    span, policy = body.span(policies.lab.usual_span), body.document.policy()
    return SimulationOut.of(await policies.lab.simulate(policy, span), policy)


@router.post(
    "/propose",
    summary="Which bounds would keep this promise?",
    responses={422: {"model": InfeasibleProblem, "description": "A field is wrong, or too little is known."}},
)
async def post_propose(body: Proposing, _reader: Reader, policies: Policies) -> ProposedOut:
    """Return bounds by a promise, by cost, or by the hours there are, with what they would have done."""
    span = body.span(policies.lab.usual_span)
    base = (await policies.lab.active()).policy if body.base is None else body.base.policy("base")
    try:
        proposed = await policies.proposals.propose(base, body.wish.wish(), span)
    except PolicyImpossible as impossible:
        raise refused(f"base.{impossible.field}", str(impossible)) from impossible
    simulation = await policies.lab.simulate(proposed.policy, span, certificate=proposed.certificate)
    return ProposedOut.of(proposed, SimulationOut.of(simulation, proposed.policy))


@router.post(
    "/steps",
    summary="What would other promises cost?",
    responses={422: {"model": InfeasibleProblem, "description": "A field is wrong, or too little is known."}},
)
async def post_steps(body: Stepping, _reader: Reader, policies: Policies) -> StepsOut:
    """Return promises that can be made on this policy, each with its bound and its review rate.

    Whoever chooses one after looking says so: propose it with its `chosen_among`.
    """
    span, policy = body.span(policies.lab.usual_span), body.document.policy()
    return StepsOut.of(await policies.proposals.steps(policy, body.wish(), span), span)


@router.post("/curves", summary="The pictures of the lab, as numbers")
async def post_curves(body: Trying, _reader: Reader, policies: Policies) -> CurvesOut:
    """Return risk against coverage, evidence by known label, reliability by zone, load by hour."""
    span, policy = body.span(policies.lab.usual_span), body.document.policy()
    curves = await policies.lab.curves(policy, span)
    laid = await policies.lab.windows.laid(policy.model_version, span)
    return CurvesOut.of(curves, laid, span, policy.model_version)


@router.post("/changed", summary="Which transactions would change label?")
async def post_changed(body: Changing, _reader: Reader, policies: Policies) -> ChangedOut:
    """Return a page of the transactions this policy labels otherwise than the active one does."""
    span, policy = body.span(policies.lab.usual_span), body.document.policy()
    changed = await policies.lab.changed(
        policy, span, before=body.before, after=body.after, offset=body.offset, limit=body.limit
    )
    laid = await policies.lab.windows.laid(policy.model_version, span)
    return ChangedOut.of(changed, laid, span, policy.model_version)
