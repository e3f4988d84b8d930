"""What other bounds would have done, as a manager reads it."""

from dataclasses import dataclass

from app.triage.labels import Label
from app.web.pages import words
from app.workflows.tuning import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure under both policies."""

    name: str
    #: `legit`, `unknown` or `fraud` for a label, else empty: its colour.
    label: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """Known frauds that the machine would have approved; what nobody knows is not zero."""

    is_known: bool
    is_worse: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationView:
    """Before and after."""

    window: str
    decisions: int
    rows: tuple[Compared, ...]
    moves: tuple[str, ...]
    risk: Risk
    #: What the change does to the promise; empty when nothing.
    promise_lost: str


def simulation_view(simulation: Simulation, *, loosens: bool) -> SimulationView:
    """Return a simulation in words; `loosens`: it approves more than the active bound."""
    replayed = simulation.replayed
    before, after = replayed.before, replayed.after
    rows = (
        _compared("Approved", "legit", before.legit, after.legit),
        _compared("Left to people", "unknown", before.unknown, after.unknown),
        _compared("Declined", "fraud", before.fraud, after.fraud),
        _compared(
            "Reviews a day, with audits",
            "",
            simulation.reviews_per_day(replayed.reviews_before),
            simulation.reviews_per_day(replayed.reviews_after),
        ),
    )
    return SimulationView(
        window=f"{words.moment(simulation.window_start)} to {words.moment(simulation.window_end)}",
        decisions=simulation.decisions,
        rows=rows,
        moves=tuple(
            f"{words.count(move.count)} {DONE[move.before]} would be {DONE[move.after]}"
            for move in sorted(replayed.moves, key=lambda move: -move.count)
        ),
        risk=_risk(simulation),
        promise_lost=LOOSENED if loosens else "",
    )


LOOSENED = "It approves more than the active bound, so the new version would promise nothing."
DONE: dict[Label, str] = {
    Label.LEGIT: "approved",
    Label.UNKNOWN: "left to people",
    Label.FRAUD: "declined",
}


def _compared(name: str, label: str, before: float, after: float) -> Compared:
    before, after = round(before, 1), round(after, 1)
    return Compared(
        name=name,
        label=label,
        before=words.count(before),
        after=words.count(after),
        change=_change(before, after),
    )


def _change(before: float, after: float) -> str:
    if before == after:
        return "same"
    sign = "+" if after > before else words.MINUS
    if before == 0 or abs(after - before) / before > 10:
        return f"{sign}{words.count(round(abs(after - before), 1))}"
    return f"{sign}{words.percent(abs(after - before) / before)}"


def _risk(simulation: Simulation) -> Risk:
    replayed = simulation.replayed
    frauds = replayed.known_frauds
    if frauds == 0:
        return Risk(
            is_known=False,
            is_worse=False,
            sentence="Frauds approved: not known. No payment of this window has turned out to be fraud yet.",
        )
    was, becomes = replayed.known_frauds_approved_before, replayed.known_frauds_approved_after
    return Risk(
        is_known=True,
        is_worse=becomes > was,
        sentence=(
            f"Of {words.plural(frauds, 'known fraud', 'known frauds')}, the active bounds approved"
            f" {words.count(was)}; these would approve {words.count(becomes)}."
        ),
    )
