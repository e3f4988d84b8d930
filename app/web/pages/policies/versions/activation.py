"""Letting another version decide: what that would change is shown once more, and a reason asked for."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from app.database.policies.policies import PolicyVersion
from app.triage.guard_rails import Guard
from app.triage.policies.order import differences
from app.web.dependencies import CHECKED, LARGEST_KEY, RowKey, Visitor
from app.web.languages.sentences import marked, said, worded
from app.web.pages.frame import Frame, frame
from app.web.pages.policies.diff import DiffRow, diff_rows
from app.web.pages.policies.lab.figures import Figures, figures
from app.web.pages.policies.version_row import VersionRow, version_row
from app.web.pages.policies.versions.moves import (
    REFUSED,
    Answers,
    Manager,
    Seen,
    asked_again,
    unclear_in,
)
from app.web.pages.policies.versions.page import doors, open_ones
from app.web.pages.policies.versions.routes import refused_page
from app.web.pages.rendering import render
from app.web.pages.typed_moment import MomentUnclear, typed_moment
from app.web.pages.typed_sentence import as_typed
from app.web.policy_problems import sentence_of
from app.web.services import Clock, ClockReading, Policies, PolicyServices
from app.workflows.policies.refusals import NothingToRollBackTo, told

router = APIRouter(include_in_schema=False)

NO_REASON = marked("Say why: an auditor will ask later.")
Reason = Annotated[str, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed so far."""

    reason: str = ""
    at: str = ""
    answers: Mapping[Guard, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage:
    """What letting a version decide would change, to be confirmed."""

    frame: Frame
    version: VersionRow
    #: As the form sends it on: where the version stands.
    state: str
    is_rollback: bool
    may_schedule: bool
    active_id: int
    #: Who let it decide, and when; empty where that is not on record.
    active_since: str
    differences: tuple[DiffRow, ...]
    #: Over the last days: what decides now, and the version.
    figures: Figures
    open_warnings: tuple[tuple[str, str, str], ...]
    #: That payments which arrive do not fit its model; empty where they do.
    misfit: str
    reason: str
    at: str
    problem: str


@router.get("/thresholds/versions/{policy_id}/activate")
async def confirm_activation(
    policies: Policies, clock: Clock, manager: Manager, policy_id: RowKey
) -> Response:
    """Show what would change, and ask once more."""
    return await _asked(policies, clock, manager, policy_id, Typed(answers={}))


@router.post("/thresholds/versions/{policy_id}/activate", dependencies=CHECKED)
async def activate(
    policies: Policies,
    clock: Clock,
    manager: Manager,
    policy_id: RowKey,
    ground: Seen,
    answers: Answers,
    reason: Reason = "",
    at: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Let it decide from now on."""
    typed = Typed(reason=as_typed(reason), at=at, answers=answers)
    if problem := _problem(typed):
        return await _asked(policies, clock, manager, policy_id, typed, problem=problem, status=422)
    move = policies.lifecycle.activate(
        manager.account, policy_id, ground, reason=typed.reason, answers=answers
    )
    return await _moved(
        policies, clock, manager, policy_id, typed, move, f"/thresholds?activated={policy_id}"
    )


@router.post("/thresholds/versions/{policy_id}/schedule", dependencies=CHECKED)
async def schedule(
    policies: Policies,
    clock: Clock,
    manager: Manager,
    policy_id: RowKey,
    ground: Seen,
    answers: Answers,
    at: Annotated[str, Form(max_length=40)] = "",
    reason: Reason = "",
) -> Response:
    """Let it decide from a moment on, in UTC where no other zone is typed with it."""
    typed = Typed(reason=as_typed(reason), at=at, answers=answers)
    try:
        moment = typed_moment(at)
    except MomentUnclear as why:
        problem = worded("When it begins to decide: %(why)s", why=why)
        return await _asked(policies, clock, manager, policy_id, typed, problem=problem, status=422)
    if problem := _problem(typed):
        return await _asked(policies, clock, manager, policy_id, typed, problem=problem, status=422)
    move = policies.lifecycle.schedule(
        manager.account, policy_id, ground, moment, reason=typed.reason, answers=answers
    )
    address = f"/thresholds/versions/{policy_id}?done=scheduled"
    return await _moved(policies, clock, manager, policy_id, typed, move, address)


@router.get("/thresholds/rollback")
async def confirm_rollback(policies: Policies, clock: Clock, manager: Manager) -> Response:
    """Show what a rollback would change, and ask once more. Raises `NothingToRollBackTo`."""
    previous = await policies.lifecycle.previous()
    if previous is None:
        raise NothingToRollBackTo
    return await _asked(policies, clock, manager, previous.id, Typed(answers={}), is_rollback=True)


@router.post("/thresholds/rollback", dependencies=CHECKED)
async def roll_back(
    policies: Policies,
    clock: Clock,
    manager: Manager,
    ground: Seen,
    to: Annotated[int, Form(ge=1, le=LARGEST_KEY)],
    reason: Reason = "",
) -> Response:
    """Let the version decide again that decided before."""
    typed = Typed(reason=as_typed(reason), answers={})
    if problem := _problem(typed):
        return await _asked(
            policies, clock, manager, to, typed, is_rollback=True, problem=problem, status=422
        )
    move = policies.lifecycle.roll_back(manager.account, ground, reason=typed.reason, to=to)
    try:
        back = await move
    except REFUSED as refusal:
        active = await policies.lab.active()
        return await refused_page(policies, clock, manager, active.id, said(sentence_of(refusal)), answers={})
    return RedirectResponse(f"/thresholds?activated={back}", status_code=303)


def _problem(typed: Typed) -> str:
    """Return what is wrong with what was typed; empty where nothing is."""
    return unclear_in(typed.answers, typed.reason) if typed.reason else NO_REASON


async def _moved(
    policies: PolicyServices,
    clock: ClockReading,
    manager: Visitor,
    policy_id: int,
    typed: Typed,
    move: Awaitable[object],
    address: str,
) -> Response:
    """Make a move; refused, what would change by now is shown with why, and with what was typed."""
    try:
        await move
    except REFUSED as refusal:
        return await _asked(
            policies, clock, manager, policy_id, typed, problem=said(sentence_of(refusal)), status=409
        )
    return RedirectResponse(address, status_code=303)


async def _asked(
    policies: PolicyServices,
    clock: ClockReading,
    manager: Visitor,
    policy_id: int,
    typed: Typed,
    *,
    is_rollback: bool = False,
    problem: str = "",
    status: int = 200,
) -> Response:
    shown = await policies.lifecycle.version(policy_id)
    open_doors = doors(shown, manager.account, is_simulated=True)
    if not (is_rollback or open_doors.activate or open_doors.activate_again):
        sentence = problem or worded("It cannot be activated from where it stands.")
        return await refused_page(
            policies,
            clock,
            manager,
            policy_id,
            sentence,
            answers=typed.answers,
            status=status if problem else HTTPStatus.CONFLICT,
        )
    page = await _confirm_page(policies, manager, shown, typed, is_rollback=is_rollback, problem=problem)
    return render("thresholds/confirm.html", page, status=status)


async def _confirm_page(
    policies: PolicyServices,
    manager: Visitor,
    shown: PolicyVersion,
    typed: Typed,
    *,
    is_rollback: bool,
    problem: str,
) -> ConfirmPage:
    simulation = await policies.lab.simulate(shown.policy, policies.lab.usual_span())
    since = await policies.lifecycle.last_activation()
    fit = await policies.lifecycle.schema_fit(shown)
    # What is shown beside it is what is sent: the version that decided when this was worked out.
    active = simulation.active
    title = worded("Roll back") if is_rollback else worded("Activate")
    return ConfirmPage(
        frame=frame(
            manager.account,
            manager.csrf_token,
            title=worded("%(title)s to version %(id)s", title=title, id=shown.id)
            if is_rollback
            else worded("%(title)s version %(id)s", title=title, id=shown.id),
            here="/thresholds",
            notices=manager.notices,
        ),
        version=version_row(shown),
        state=shown.state.value,
        is_rollback=is_rollback,
        may_schedule=doors(shown, manager.account, is_simulated=True).schedule and not is_rollback,
        active_id=active.id,
        active_since="" if since is None or since.policy_id != active.id else f"{said(told(since))}.",
        differences=diff_rows(differences(active.policy, shown.policy)),
        figures=figures(simulation, shown.policy, {}, simulation.currency),
        open_warnings=open_ones(() if is_rollback else await asked_again(policies, shown, ()), typed.answers),
        misfit=said(fit.warning) if fit is not None else "",
        reason=typed.reason,
        at=typed.at,
        problem=problem,
    )
