"""Refusals of policies that say what would help: the field, warnings to answer, rows a promise lacks."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.database.policies.lifecycle import PolicyMoveRefused
from app.scoring.templated_text import Templated, recalled, together
from app.triage.certificate import PromiseInfeasible
from app.triage.guard_rails import Guard, WarningsUnanswered
from app.triage.policies.state import PolicyState
from app.triage.refusal import PolicyImpossible
from app.web.problems import FieldProblem, Problem, own_sentence
from app.workflows.policies.lab.trials import WindowUnclear
from app.workflows.policies.refusals import ActivationInThePast, GroundChanged, StatementOutdated
from app.workflows.policies.refusals import told as last_move

#: The field of a body that an error is about.
FIELDS: dict[type[Exception], str] = {
    ActivationInThePast: "at",
    PromiseInfeasible: "wish.promise",
    WindowUnclear: "window",
}


class OpenWarning(BaseModel):
    """A warning that waits for a reason."""

    guard: Guard = Field(description="The key of its answer in `answers`.")
    sentence: str


class WarningsProblem(Problem):
    """The move is not possible, or not before these warnings are answered."""

    warnings: list[OpenWarning] = Field(
        default=[], description="Send the same body again with `answers: {guard: reason}` for each."
    )


class LastMove(BaseModel):
    """A move somebody made."""

    model_config = ConfigDict(from_attributes=True)

    policy_id: int
    state: PolicyState = Field(description="What it became.")
    account: str
    happened_at: datetime


class MoveProblem(WarningsProblem):
    """The move is not possible, or not before these warnings are answered, or another came first."""

    last_move: LastMove | None = Field(default=None, description="What was done instead, by whom, when.")


class InfeasibleProblem(Problem):
    """A field is wrong, or too little is known for this promise."""

    frauds_needed: int | None = Field(default=None, description="Known frauds that would do.")
    legits_needed: int | None = Field(default=None, description="Known legits that would do.")


def with_help(told: Problem, error: Exception) -> Problem:
    """Return the problem with what its caller can do about it, where the error says so."""
    if isinstance(error, WarningsUnanswered):
        open_ones = [OpenWarning(guard=each.guard, sentence=each.sentence) for each in error.warnings]
        return WarningsProblem(**told.model_dump(), warnings=open_ones)
    if isinstance(error, GroundChanged | PolicyMoveRefused | StatementOutdated):
        return _moved(told, error)
    if isinstance(error, PolicyImpossible):
        return _about(told, f"document.{error.field}", str(error))
    if isinstance(error, PromiseInfeasible):
        about = _about(told, FIELDS[PromiseInfeasible], str(error))
        return InfeasibleProblem(
            **about.model_dump(), frauds_needed=error.frauds_needed, legits_needed=error.legits_needed
        )
    if type(error) in FIELDS:
        return _about(told, FIELDS[type(error)], told.detail)
    return told


def _moved(told: Problem, error: GroundChanged | PolicyMoveRefused | StatementOutdated) -> Problem:
    """Return a refusal with who made the move that came first."""
    last = None if isinstance(error, StatementOutdated) else error.last
    return MoveProblem(
        **told.model_dump() | {"detail": sentence_of(error)},
        last_move=None if last is None else LastMove.model_validate(last),
    )


def sentence_of(refusal: Exception) -> Templated:
    """Return why a move is refused: with who moved it last, where that is known; pages say it (`said`)."""
    if isinstance(refusal, GroundChanged | StatementOutdated):
        return recalled(refusal.args[0])
    sentence = Templated(own_sentence(refusal))
    if isinstance(refusal, PolicyMoveRefused) and refusal.last is not None:
        return together([sentence, together([last_move(refusal.last), "."], "")])
    return sentence


def _about(told: Problem, field: str, sentence: str) -> Problem:
    errors = [FieldProblem(field=field, detail=sentence)]
    return told.model_copy(update={"detail": sentence, "errors": errors})
