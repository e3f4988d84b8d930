"""The thresholds' addresses: look, try, draft, activate, withdraw."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from app.database.policy_life import OwnPolicyApproved, PolicyMoveRefused
from app.review.people import Ability
from app.triage.refusal import PolicyImpossible
from app.web.dependencies import Everything, Services, Visitor, require, verify_csrf
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.pages.simulation_view import simulation_view
from app.web.pages.threshold_form import ThresholdForm, changes_of, sent_form
from app.web.pages.thresholds_view import Mistake, SimulationPage, mistake_of, thresholds_page

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visitor, Depends(require(Ability.SEE_POLICIES))]
Manager = Annotated[Visitor, Depends(require(Ability.TUNE_POLICIES))]
Sent = Annotated[ThresholdForm, Depends(sent_form)]
CHECKED = [Depends(verify_csrf)]

NO_REASON = Mistake(field="reason", sentence="Say why; whoever approves it, and an auditor later, will ask.")


@router.get("/thresholds")
async def thresholds(
    everything: Services, reader: Reader, saved: int | None = None, activated: int | None = None
) -> Response:
    """Show what decides now, and what it did."""
    message = ""
    if saved is not None:
        message = f"Version {saved} is saved. Another manager has to approve it before it decides anything."
    elif activated is not None:
        message = f"Version {activated} decides every payment from now on."
    return await _whole(everything, reader, message=message)


@router.post("/thresholds/simulate", dependencies=CHECKED)
async def simulate(request: Request, everything: Services, manager: Manager, form: Sent) -> Response:
    """Show what these values would have done."""
    mistake = simulation = None
    try:
        changes = changes_of(form)
        simulated = await everything.tuning.simulate(changes)
        active = everything.serving.pair.policy
        simulation = simulation_view(simulated, loosens=changes.approve_at_most > active.approve_at_most)
    except PolicyImpossible as error:
        mistake = mistake_of(error)
    status = 422 if mistake is not None else 200
    if "x-fragment" in request.headers:
        page = SimulationPage(simulation=simulation, mistake=mistake)
        return render("thresholds/_simulation.html", page, status=status)
    overview = await everything.tuning.overview()
    whole = thresholds_page(
        _frame(manager), manager.account, overview, form=form, simulation=simulation, mistake=mistake
    )
    return render("thresholds/page.html", whole, status=status)


@router.post("/thresholds/drafts", dependencies=CHECKED)
async def draft(everything: Services, manager: Manager, form: Sent) -> Response:
    """Keep new bounds for another manager to approve."""
    try:
        changes = changes_of(form)
        mistake = None if form.reason else NO_REASON
        if mistake is None:
            policy_id = await everything.tuning.draft(manager.account, changes, form.reason)
            return RedirectResponse(f"/thresholds?saved={policy_id}", status_code=303)
    except PolicyImpossible as error:
        mistake = mistake_of(error)
    overview = await everything.tuning.overview()
    page = thresholds_page(_frame(manager), manager.account, overview, form=form, mistake=mistake)
    return render("thresholds/page.html", page, status=422)


@router.post("/thresholds/{policy_id}/activate", dependencies=CHECKED)
async def activate(everything: Services, manager: Manager, policy_id: int) -> Response:
    """Sign for a version, and let it decide from now on."""
    try:
        await everything.tuning.activate(manager.account, policy_id)
    except (OwnPolicyApproved, PolicyMoveRefused) as refusal:
        return await _whole(everything, manager, problem=_refused(policy_id, refusal), status=409)
    return RedirectResponse(f"/thresholds?activated={policy_id}", status_code=303)


@router.post("/thresholds/{policy_id}/retire", dependencies=CHECKED)
async def retire(everything: Services, manager: Manager, policy_id: int) -> Response:
    """Withdraw a version that does not decide."""
    try:
        await everything.tuning.retire(manager.account, policy_id)
    except PolicyMoveRefused as refusal:
        return await _whole(everything, manager, problem=_refused(policy_id, refusal), status=409)
    return RedirectResponse("/thresholds", status_code=303)


async def _whole(
    everything: Everything, reader: Visitor, *, message: str = "", problem: str = "", status: int = 200
) -> Response:
    overview = await everything.tuning.overview()
    page = thresholds_page(_frame(reader), reader.account, overview, message=message, problem=problem)
    return render("thresholds/page.html", page, status=status)


def _frame(visitor: Visitor) -> Frame:
    return frame(visitor.account, visitor.csrf_token, title="Thresholds", here="/thresholds")


def _refused(policy_id: int, refusal: Exception) -> str:
    """Return the error's own sentence, and which version it is about."""
    return f"Version {policy_id} stays as it is. {(refusal.__doc__ or '').strip()}"
