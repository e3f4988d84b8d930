"""One policy version: what it changes, what signing it means, what it said in shadow, what may be done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.database.policies.policies import PolicyVersion
from app.database.policies.simulations import StoredSimulation
from app.review.access.people import Ability, Account
from app.triage.guard_rails import AnsweredWarning, Guard, GuardWarning
from app.triage.policies.approval import is_second_person
from app.triage.policies.state import NEXT_STATES, PolicyState
from app.web.languages.sentences import said, worded
from app.web.pages import formatting
from app.web.pages.formatting import estimated_percent, few
from app.web.pages.frame import Frame
from app.web.pages.policies.diff import DiffRow
from app.web.pages.policies.estimates import known
from app.web.pages.policies.version_row import VersionRow
from app.web.pages.policies.versions.history import ChapterRow
from app.web.pages.policies.versions.shadow import ShadowView

BEING_TRIED = frozenset({PolicyState.SIMULATED, PolicyState.SHADOW})
SIGNED = frozenset({PolicyState.APPROVED, PolicyState.SCHEDULED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """The newest simulation that was kept, and the statement whoever approves it signs."""

    id: int
    computed: str
    window: str
    transactions: int
    statement: tuple[str, ...]
    #: Name, under the active policy then, under this one.
    rows: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What this person may do with it now."""

    simulate: bool = False
    start_shadow: bool = False
    end_shadow: bool = False
    approve: bool = False
    activate: bool = False
    #: The same for a version that decided before.
    activate_again: bool = False
    schedule: bool = False
    unschedule: bool = False
    withdraw: bool = False
    #: Why approving is not among it, where one might look for it.
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """The whole page."""

    frame: Frame
    version: VersionRow
    #: Where it stands, as forms send it on.
    state: str
    active_id: int
    parent_id: int
    differences: tuple[DiffRow, ...]
    #: Against what decides now, where that is not the parent.
    beside_active: tuple[DiffRow, ...]
    answered: tuple[tuple[str, str], ...]
    foreseen: Foreseen | None
    doors: Doors
    #: Guard, sentence, and the answer typed so far: to be answered before it moves on.
    open_warnings: tuple[tuple[str, str, str], ...]
    shadow: ShadowView | None
    chapters: tuple[ChapterRow, ...]
    #: That payments which arrive do not fit its model; empty where they do.
    misfit: str
    message: str = ""
    problem: str = ""


def doors(version: PolicyVersion, reader: Account, *, is_simulated: bool) -> Doors:
    """Return what may be done by this person: the database would refuse the rest."""
    state, following = version.state, NEXT_STATES[version.state]
    if not reader.may(Ability.TUNE_POLICIES):
        return Doors()
    is_second = is_second_person(reader.id, author_id=version.author_id)
    is_tried = state in BEING_TRIED
    return Doors(
        simulate=True,
        start_shadow=state is PolicyState.SIMULATED,
        end_shadow=state is PolicyState.SHADOW,
        approve=is_tried and is_second and is_simulated and reader.may(Ability.APPROVE_POLICIES),
        activate=state in SIGNED,
        activate_again=state is PolicyState.RETIRED and version.approved_at is not None,
        schedule=state is PolicyState.APPROVED,
        unschedule=state is PolicyState.SCHEDULED,
        withdraw=PolicyState.RETIRED in following and state is not PolicyState.ACTIVE,
        why_not=worded("You wrote it, so another manager must approve it.")
        if is_tried and not is_second
        else "",
    )


def foreseen(stored: StoredSimulation | None, answered: Sequence[AnsweredWarning] = ()) -> Foreseen | None:
    """Return a kept simulation in words."""
    if stored is None:
        return None
    record = stored.record
    told = {each.sentence for each in answered}
    return Foreseen(
        id=stored.id,
        computed=worded(
            "%(what)s by %(whom)s", what=formatting.moment(stored.computed_at), whom=stored.computed_by
        ),
        window=worded(
            "%(low)s to %(high)s",
            low=formatting.moment(record.window_start),
            high=formatting.moment(record.window_end),
        ),
        transactions=record.decisions,
        statement=tuple((record.statement or {}).get("sentences", ())),
        rows=_rows(record.result),
        # What was answered in these very words is shown with its answer.
        warnings=tuple(each.sentence for each in record.warnings if each.sentence not in told),
    )


def open_ones(
    warnings: Sequence[GuardWarning], answers: Mapping[Guard, str]
) -> tuple[tuple[str, str, str], ...]:
    """Return warnings to be answered, with the answers typed so far."""
    return tuple((each.guard.value, said(each.sentence), answers.get(each.guard, "")) for each in warnings)


def _rows(result: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    before, after = result.get("before"), result.get("after")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return ()

    def both(name: str, write: Callable[[float], str]) -> tuple[str, str]:
        return known(before[name], write), known(after[name], write)

    return (
        (worded("Automated"), *both("coverage", estimated_percent)),
        (worded("Manual review, a day"), *both("unknowns_per_day", few)),
        (worded("Analyst hours, a day"), *both("analyst_hours_per_day", few)),
        (
            worded("All decisions cost, a day"),
            *both("expected_cost_per_day", lambda cost: formatting.count(round(cost))),
        ),
    )
