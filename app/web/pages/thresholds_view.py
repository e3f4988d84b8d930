"""The thresholds page: what decides, what it did, what other bounds would have done."""

from dataclasses import dataclass

from app.review.people import Ability, Account
from app.triage.refusal import PolicyImpossible
from app.triage.simulation.replay import LabelCounts
from app.web.pages import words
from app.web.pages.frame import Frame
from app.web.pages.histogram import Chart, chart
from app.web.pages.promises import Promise, promise
from app.web.pages.simulation_view import SimulationView
from app.web.pages.threshold_form import CALLED, ThresholdForm, form_of
from app.web.pages.versions_view import VersionView, version_view
from app.workflows.tuning import Overview


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """The policy that decides now."""

    id: int
    model: str
    signed: str
    approve: str
    decline: str
    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """One label's part of the last day."""

    name: str
    label: str
    count: int
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A field that cannot be meant as typed."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationPage:
    """The part of the page that follows the bounds."""

    simulation: SimulationView | None
    mistake: Mistake | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdsPage:
    """The whole page."""

    frame: Frame
    may_tune: bool
    active: Active
    day: tuple[LabelRow, ...]
    day_total: int
    chart: Chart
    decisions_in_window: int
    form: ThresholdForm
    mistake: Mistake | None
    simulation: SimulationView | None
    versions: tuple[VersionView, ...]
    message: str
    problem: str


def thresholds_page(
    frame: Frame,
    reader: Account,
    overview: Overview,
    *,
    form: ThresholdForm | None = None,
    simulation: SimulationView | None = None,
    mistake: Mistake | None = None,
    message: str = "",
    problem: str = "",
) -> ThresholdsPage:
    """Return the page; `form` is what was typed when something was, else the active policy."""
    active = overview.active
    signed = (
        f"signed by {active.approved_by}, {words.moment(active.approved_at)}" if active.approved_at else ""
    )
    return ThresholdsPage(
        frame=frame,
        may_tune=reader.may(Ability.TUNE_POLICIES),
        active=Active(
            id=active.id,
            model=active.policy.model_version,
            signed=signed,
            approve=words.number(active.policy.approve_at_most),
            decline=words.number(active.policy.decline_at_least),
            promise=promise(active.certificate),
        ),
        day=_day(overview.last_day),
        day_total=overview.last_day.total,
        chart=chart(overview.histogram, active.policy),
        decisions_in_window=overview.decisions_in_window,
        form=form or form_of(active.policy),
        mistake=mistake,
        simulation=simulation,
        versions=tuple(version_view(each, active, reader) for each in overview.versions),
        message=message,
        problem=problem,
    )


def mistake_of(error: PolicyImpossible) -> Mistake:
    """Return the error as the form shows it."""
    sentence = str(error)
    for field, called in CALLED.items():
        sentence = sentence.replace(field, called)
    sentence = f"{sentence[:1].upper()}{sentence[1:]}"
    return Mistake(field=error.field, sentence=sentence if sentence.endswith(".") else f"{sentence}.")


def _day(counts: LabelCounts) -> tuple[LabelRow, ...]:
    parts = (
        ("Approved", "legit", counts.legit),
        ("Left to people", "unknown", counts.unknown),
        ("Declined", "fraud", counts.fraud),
    )
    return tuple(
        LabelRow(
            name=name,
            label=label,
            count=count,
            share=words.percent(count / counts.total) if counts.total else "",
        )
        for name, label, count in parts
    )
