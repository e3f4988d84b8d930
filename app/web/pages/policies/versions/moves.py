"""What every move of a policy version sends: what was seen, and answers; and what may refuse it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Form, Request

from app.database.policies.lifecycle import PolicyMoveRefused
from app.database.policies.policies import PolicyVersion
from app.review.access.people import Ability
from app.triage.guard_rails import Guard, GuardWarning, WarningsUnanswered
from app.triage.policies.approval import OwnPolicyApproved
from app.triage.policies.state import PolicyState
from app.web.dependencies import LARGEST_KEY, Visitor, require
from app.web.languages.sentences import said, worded
from app.web.pages.typed_sentence import SentenceUnclear, as_typed, typed_sentence
from app.web.services import PolicyServices
from app.workflows.policies.ground import Ground
from app.workflows.policies.refusals import (
    ActivationInThePast,
    GroundChanged,
    ModelUnusable,
    NothingToRollBackTo,
    StatementEmpty,
    StatementMissing,
    StatementOutdated,
    TooManyShadows,
)

Manager = Annotated[Visitor, Depends(require(Ability.TUNE_POLICIES))]
Approver = Annotated[Visitor, Depends(require(Ability.APPROVE_POLICIES))]
#: Moves that cannot be made now; the error says why.
REFUSED = (
    GroundChanged, OwnPolicyApproved, PolicyMoveRefused, StatementEmpty, StatementMissing, StatementOutdated,
    TooManyShadows, ActivationInThePast, ModelUnusable, NothingToRollBackTo, WarningsUnanswered,
)  # fmt: skip


async def seen(
    decided_on: Annotated[int, Form(alias="from", ge=1, le=LARGEST_KEY)],
    state: Annotated[PolicyState | None, Form()] = None,
) -> Ground:
    """Return what a form's reader saw: which version decided, and where this one stood."""
    return Ground(active_id=decided_on, state=state)


async def sent_answers(request: Request) -> Mapping[Guard, str]:
    """Return the answers to warnings that a form carries, as they were typed."""
    form = await request.form()
    told = {guard: as_typed(str(form.get(f"answer.{guard}", ""))) for guard in Guard}
    return {guard: answer for guard, answer in told.items() if answer}


async def misfit_of(policies: PolicyServices, version: PolicyVersion) -> str:
    """Return that the last payments do not fit a version's model; empty where they do, or it is retired."""
    if version.state is PolicyState.RETIRED:
        return ""
    fit = await policies.lifecycle.schema_fit(version)
    return "" if fit is None else said(fit.warning)


def unclear_in(answers: Mapping[Guard, str], reason: str = "") -> str:
    """Return what is wrong with the sentences that a move carries; empty where they can be kept whole."""
    for name, sentence in (
        (worded("Why"), reason),
        *((worded("Your answer"), answer) for answer in answers.values()),
    ):
        try:
            typed_sentence(sentence)
        except SentenceUnclear as why:
            return f"{name}: {why}"
    return ""


Seen = Annotated[Ground, Depends(seen)]
Answers = Annotated[Mapping[Guard, str], Depends(sent_answers)]


async def asked_again(
    policies: PolicyServices, shown: PolicyVersion, warnings: tuple[GuardWarning, ...]
) -> tuple[GuardWarning, ...]:
    """Return what has to be answered before a version moves on."""
    if shown.state in {PolicyState.ACTIVE, PolicyState.RETIRED}:
        return ()
    is_signed = shown.approved_at is not None
    return await policies.lifecycle.unanswered(shown, () if is_signed else warnings)
