"""The addresses of policy versions: read one, move it through its life, read the history."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import RedirectResponse, Response

from app.review.access.people import Ability
from app.triage.guard_rails import Guard
from app.triage.labels import Label
from app.triage.policies.order import differences
from app.triage.policies.state import PolicyState
from app.web.dependencies import CHECKED, LARGEST_KEY, RowKey, Visitor, require
from app.web.languages.sentences import marked, said, worded
from app.web.pages.frame import Frame, frame
from app.web.pages.policies.diff import diff_rows
from app.web.pages.policies.version_row import version_row
from app.web.pages.policies.versions.history import ChapterRow, chapter_rows
from app.web.pages.policies.versions.moves import (
    REFUSED,
    Answers,
    Approver,
    Manager,
    Seen,
    asked_again,
    misfit_of,
    unclear_in,
)
from app.web.pages.policies.versions.page import VersionPage, doors, foreseen, open_ones
from app.web.pages.policies.versions.shadow import ShadowView, shadow_view
from app.web.pages.rendering import render
from app.web.policy_problems import sentence_of
from app.web.services import Clock, ClockReading, Policies, PolicyServices
from app.workflows.policies.lifecycle import PlainMove, PolicyLifecycle

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visitor, Depends(require(Ability.SEE_POLICIES))]
CHAPTERS = 30
DISAGREEMENTS = 20
MESSAGES: Mapping[str, str] = {
    "saved": marked("It is kept. It decides nothing yet: another manager has to approve it."),
    "first": marked(
        "The policy its model is shipped with: before it decides, another manager has to approve it."
    ),
    "simulated": marked("The simulation was re-run on the newest payments and labels."),
    "shadow": marked("From now on it decides beside the active version, without effect."),
    "ended": marked("It decides nothing in shadow any more; what it said stays on record."),
    "approved": marked("You signed for it. It can be activated now, or at a time."),
    "scheduled": marked("It begins to decide at that moment, unless somebody takes that back."),
    "unscheduled": marked("It is not scheduled any more; it stays approved."),
    "retired": marked("It is archived."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """What happened to all policies."""

    frame: Frame
    chapters: tuple[ChapterRow, ...]
    #: Where older moves begin; 0: there are none.
    older: int


@router.get("/thresholds/versions/{policy_id}")
async def version(
    policies: Policies,
    clock: Clock,
    reader: Reader,
    policy_id: RowKey,
    done: Annotated[str, Query(max_length=20)] = "",
    live: Label | None = None,
    shadow: Label | None = None,
) -> Response:
    """Show one version, and what may be done with it; `live` and `shadow` narrow its disagreements."""
    page = await _page(
        policies, clock, reader, policy_id, message=MESSAGES.get(done, ""), pair=(live, shadow)
    )
    return render("thresholds/version.html", page)


@router.post("/thresholds/versions/{policy_id}/simulate", dependencies=CHECKED)
async def simulate(policies: Policies, clock: Clock, manager: Manager, policy_id: RowKey) -> Response:
    """Simulate it anew."""
    life = policies.lifecycle
    move = life.simulate(manager.account, policy_id, policies.lab.usual_span())
    return await _moved(policies, clock, manager, policy_id, move, "simulated")


@router.post("/thresholds/versions/{policy_id}/approve", dependencies=CHECKED)
async def approve(
    policies: Policies,
    clock: Clock,
    approver: Approver,
    policy_id: RowKey,
    simulation_id: Annotated[int, Form(ge=1, le=LARGEST_KEY)],
    ground: Seen,
    answers: Answers,
) -> Response:
    """Sign for the statement that was read."""
    if problem := unclear_in(answers):
        return await refused_page(policies, clock, approver, policy_id, problem, answers=answers, status=422)
    move = policies.lifecycle.approve(
        approver.account, policy_id, ground, simulation_id=simulation_id, answers=answers
    )
    return await _moved(policies, clock, approver, policy_id, move, "approved", answers=answers)


@router.get("/thresholds/history")
async def history(
    policies: Policies,
    reader: Reader,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Show every move of every version, with what each changed."""
    chapters = await policies.lifecycle.history(limit=CHAPTERS + 1, before_id=before)
    rows = chapter_rows(chapters[:CHAPTERS])
    page = HistoryPage(
        frame=_frame(reader, worded("History of policies")),
        chapters=rows,
        older=rows[-1].id if len(chapters) > CHAPTERS else 0,
    )
    return render("thresholds/history.html", page)


async def _moved(
    policies: PolicyServices,
    clock: ClockReading,
    manager: Visitor,
    policy_id: int,
    move: Awaitable[object],
    done: str,
    *,
    answers: Mapping[Guard, str] | None = None,
) -> Response:
    """Make a move and show the version; what refuses it is told where it was asked for."""
    try:
        await move
    except REFUSED as refusal:
        return await refused_page(
            policies, clock, manager, policy_id, said(sentence_of(refusal)), answers=answers or {}
        )
    return RedirectResponse(f"/thresholds/versions/{policy_id}?done={done}", status_code=303)


def _plain(move: PlainMove, done: str) -> Callable[..., Awaitable[Response]]:
    """Return the address's work of a move that asks for nothing but what was seen."""

    async def moved(
        policies: Policies, clock: Clock, manager: Manager, policy_id: RowKey, ground: Seen
    ) -> Response:
        made = move(policies.lifecycle, manager.account, policy_id, ground)
        return await _moved(policies, clock, manager, policy_id, made, done)

    return moved


for path, plain_move, done in (
    ("shadow", PolicyLifecycle.start_shadow, "shadow"),
    ("end-shadow", PolicyLifecycle.end_shadow, "ended"),
    ("unschedule", PolicyLifecycle.unschedule, "unscheduled"),
    ("retire", PolicyLifecycle.retire, "retired"),
):
    router.post(f"/thresholds/versions/{{policy_id}}/{path}", dependencies=CHECKED)(_plain(plain_move, done))


async def refused_page(
    policies: PolicyServices,
    clock: ClockReading,
    manager: Visitor,
    policy_id: int,
    problem: str,
    *,
    answers: Mapping[Guard, str],
    status: int = HTTPStatus.CONFLICT,
) -> Response:
    """Return a version's page as it stands now, with why a move of it was refused."""
    page = await _page(policies, clock, manager, policy_id, problem=problem, answers=answers)
    return render("thresholds/version.html", page, status=status)


async def _page(
    policies: PolicyServices,
    clock: ClockReading,
    reader: Visitor,
    policy_id: int,
    *,
    message: str = "",
    problem: str = "",
    answers: Mapping[Guard, str] | None = None,
    pair: tuple[Label | None, Label | None] = (None, None),
) -> VersionPage:
    life = policies.lifecycle
    shown = await life.version(policy_id)
    active = await policies.lab.active()
    parent = await life.version(shown.parent_id) if shown.parent_id is not None else None
    stored = await life.newest_simulation(policy_id)
    open_warnings = await asked_again(policies, shown, stored.record.warnings if stored else ())
    return VersionPage(
        frame=_frame(reader, worded("Version %(policy_id)s", policy_id=policy_id)),
        version=version_row(shown),
        state=shown.state.value,
        active_id=active.id,
        parent_id=parent.id if parent is not None else 0,
        differences=diff_rows(differences(parent.policy, shown.policy)) if parent is not None else (),
        beside_active=(
            ()
            if parent is not None and parent.id == active.id
            else diff_rows(differences(active.policy, shown.policy))
        ),
        answered=tuple((each.sentence, each.answer) for each in shown.warnings),
        foreseen=foreseen(stored, shown.warnings),
        doors=doors(shown, reader.account, is_simulated=stored is not None),
        open_warnings=open_ones(open_warnings, answers or {}),
        shadow=await _shadow(policies, clock, policy_id, pair),
        chapters=chapter_rows(await life.history(limit=CHAPTERS, policy_id=policy_id)),
        misfit=await misfit_of(policies, shown),
        message=message,
        problem=problem,
    )


async def _shadow(
    policies: PolicyServices, clock: ClockReading, policy_id: int, pair: tuple[Label | None, Label | None]
) -> ShadowView | None:
    """Return what it said in shadow; None for a version that never was there."""
    compared = await policies.lifecycle.compared(policy_id)
    shown = await policies.lifecycle.version(policy_id)
    if not compared.transactions and shown.state is not PolicyState.SHADOW:
        return None
    live, shadow = pair
    apart = await policies.lifecycle.disagreements(policy_id, live=live, shadow=shadow, limit=DISAGREEMENTS)
    report = await policies.comparisons.report(policy_id)
    return shadow_view(compared, apart, report, clock())


def _frame(visitor: Visitor, title: str) -> Frame:
    return frame(
        visitor.account, visitor.csrf_token, title=title, here="/thresholds", notices=visitor.notices
    )
