"""What a draft would have done, beside what decides now, as a manager reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import isclose

from app.triage.labels import LABELS, Label
from app.triage.policies.policy import Policy
from app.triage.simulation.estimates import Estimate
from app.triage.simulation.observed import MINIMUM
from app.triage.simulation.queueing import Waiting
from app.triage.simulation.replay import Move
from app.web.languages.sentences import capital, marked, said, worded
from app.web.pages import formatting
from app.web.pages.formatting import estimated_percent, few
from app.web.pages.policies.estimates import NOT_KNOWN, EstimateView, euros, exactly, told
from app.workflows.policies.lab.trials import Carrier, Simulation

ZONES: Mapping[Label, str] = {
    Label.LEGIT: marked("approved"),
    Label.UNKNOWN: marked("manual review"),
    Label.FRAUD: marked("declined"),
}
TONES = {Label.LEGIT: "legit", Label.UNKNOWN: "unknown", Label.FRAUD: "fraud"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One figure under both policies; `tone` colours the change: legit is better, fraud is worse."""

    name: str
    before: EstimateView
    after: EstimateView
    change: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """How many transactions would change from one label to another."""

    #: As the list of changes is asked for.
    key: str
    sentence: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRow:
    """A warning, and the answer typed so far."""

    guard: str
    sentence: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The whole answer to a slider move."""

    active_id: int
    transactions: int
    #: How long was looked at, what was left out, and what counts for much, in sentences.
    basis: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    moves: tuple[MoveRow, ...]
    changed: int
    statement: tuple[str, ...]
    warnings: tuple[WarningRow, ...]


def figures(simulation: Simulation, policy: Policy, answers: Mapping[str, str], currency: str) -> Figures:
    """Return a simulation in words; `answers` are those typed so far, by guard."""
    return Figures(
        active_id=simulation.active.id,
        transactions=simulation.transactions,
        basis=_basis(simulation),
        rows=(*_work_rows(simulation, policy), *_risk_rows(simulation, currency)),
        moves=tuple(_move(each) for each in simulation.moves),
        changed=sum(each.count for each in simulation.moves),
        statement=tuple(said(each) for each in simulation.statement.sentences),
        warnings=tuple(
            WarningRow(
                guard=each.guard.value, sentence=said(each.sentence), answer=answers.get(each.guard.value, "")
            )
            for each in simulation.warnings
        ),
    )


def _basis(simulation: Simulation) -> tuple[str, ...]:
    """Say how long was looked at, and what was left out or counts for much."""
    observed = simulation.observed
    seen = said(observed.told)
    sentences = [
        worded(
            "%(told)s; rates are of that time.",
            told=capital(seen),
        )
    ]
    if not observed.is_enough:
        sentences = [
            worded(
                "Of a day nothing is known: %(told)s, and it takes %(minimum)s.",
                told=seen,
                minimum=said(MINIMUM),
            )
        ]
    if simulation.held_since is not None:
        sentences.append(
            worded(
                "Only what came since %(held_since)s is held in memory.",
                held_since=formatting.moment(simulation.held_since),
            )
        )
    if simulation.other_models:
        sentences.append(
            worded(
                "%(other_models)s decisions of other models are left out.",
                other_models=formatting.count(simulation.other_models),
            )
        )
    if simulation.carried_by is not None:
        sentences.append(_carried(simulation.carried_by))
    return tuple(sentences)


def _carried(carrier: Carrier) -> str:
    by = (
        worded("reported by %(source)s", source=worded(carrier.source))
        if carrier.source
        else worded("decided by a person")
    )
    return worded(
        "%(share)s of the frauds approved rest on one payment: %(transaction_id)s of"
        " %(client)s, %(by)s. Where that is wrong, its source can withdraw it.",
        share=estimated_percent(carrier.share),
        transaction_id=carrier.transaction_id,
        client=carrier.client,
        by=by,
    )


def _work_rows(simulation: Simulation, policy: Policy) -> tuple[FigureRow, ...]:
    before, after = simulation.before, simulation.after
    hours = policy.staffing.analyst_hours_per_day
    return (
        FigureRow(
            name=worded("Automated"),
            before=exactly(before.coverage, estimated_percent),
            after=exactly(after.coverage, estimated_percent),
        ),
        FigureRow(
            name=worded("Manual review"),
            before=exactly(before.unknowns_per_day, few),
            after=exactly(after.unknowns_per_day, few),
            change=_change(before.unknowns_per_day, after.unknowns_per_day),
        ),
        FigureRow(
            name=worded("Audits"),
            before=exactly(before.audits_per_day, few),
            after=exactly(after.audits_per_day, few),
        ),
        _hours_row(before.analyst_hours_per_day, after.analyst_hours_per_day, hours),
        FigureRow(
            name=worded("95th-percentile wait"),
            before=EstimateView(value=_wait(before.waiting)),
            after=EstimateView(value=_wait(after.waiting), interval=_queue(after.waiting)),
        ),
    )


def _hours_row(before: float | None, after: float | None, hours: float) -> FigureRow:
    """Return the analysts' hours; whether they do is said where they are known."""
    row = FigureRow(name=worded("Analyst hours"), before=exactly(before, few), after=exactly(after, few))
    if after is None:
        return row
    fits = after <= hours
    return replace(
        row,
        change=worded("fits %(hours)s", hours=few(hours))
        if fits
        else worded("over %(hours)s", hours=few(hours)),
        tone="legit" if fits else "fraud",
    )


def _risk_rows(simulation: Simulation, currency: str) -> tuple[FigureRow, ...]:
    observed = simulation.observed
    before, after = simulation.before.risk, simulation.after.risk
    money = euros(currency)

    def row(name: str, was: Estimate, becomes: Estimate) -> FigureRow:
        was, becomes = was.per_day(observed), becomes.per_day(observed)
        change, tone = _risk_change(was, becomes)
        return FigureRow(name=name, before=told(was, few), after=told(becomes, few), change=change, tone=tone)

    return (
        row(worded("Frauds approved"), before.frauds_approved, after.frauds_approved),
        FigureRow(
            name=worded("\u2003of all frauds"),
            before=told(before.miss_rate, estimated_percent),
            after=told(after.miss_rate, estimated_percent),
        ),
        FigureRow(
            name=worded("Money let through"),
            before=told(before.amount_let_through.per_day(observed), money),
            after=told(after.amount_let_through.per_day(observed), money),
        ),
        row(worded("Legits declined"), before.legits_declined, after.legits_declined),
        FigureRow(
            name=worded("\u2003of all legits"),
            before=told(before.false_decline_rate, estimated_percent),
            after=told(after.false_decline_rate, estimated_percent),
        ),
        FigureRow(
            name=worded("All costs"),
            before=exactly(simulation.before.expected_cost_per_day, money),
            after=exactly(simulation.after.expected_cost_per_day, money),
            change=_change(simulation.before.expected_cost_per_day, simulation.after.expected_cost_per_day),
        ),
    )


def _change(before: float | None, after: float | None) -> str:
    if before is None or after is None or isclose(before, after, rel_tol=1e-4, abs_tol=1e-9):
        return ""
    if before <= 0:
        return worded("new")
    share = (after - before) / before
    if abs(share) >= 10:
        return f"\u00d7{formatting.THIN}{formatting.count(round(after / before))}"
    return f"{formatting.signed(share * 100, 0)}{formatting.PERCENT}"


def _risk_change(before: Estimate, after: Estimate) -> tuple[str, str]:
    if before.value is None or after.value is None or isclose(before.value, after.value, abs_tol=0.05):
        return "", ""
    return formatting.signed(
        after.value - before.value, 1
    ), "fraud" if after.value > before.value else "legit"


def _wait(waiting: Waiting | None) -> str:
    if waiting is None:
        return NOT_KNOWN
    return (
        worded("no end")
        if waiting.wait_95 is None
        else formatting.duration(timedelta(seconds=waiting.wait_95))
    )


def _queue(waiting: Waiting | None) -> str:
    return (
        ""
        if waiting is None
        else worded("queue to %(longest_queue)s", longest_queue=formatting.count(waiting.longest_queue))
    )


def _move(move: Move) -> MoveRow:
    return MoveRow(
        key=f"{LABELS.index(move.before)}-{LABELS.index(move.after)}",
        sentence=f"{formatting.count(move.count)} {ZONES[move.before]} \u2192 {ZONES[move.after]}",
        tone=TONES[move.after],
    )
