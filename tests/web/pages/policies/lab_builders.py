"""The lab's pages over a window that was really replayed, everything else defaulted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.database.payments.shadow_decisions import Disagreement, ShadowCell, ShadowComparison
from app.database.policies.lifecycle import PolicyEvent
from app.database.policies.policies import PolicyVersion
from app.database.policies.simulations import SimulationRecord, StoredSimulation
from app.review.access.people import Ability, Account
from app.review.outcome import GroundTruth
from app.triage.betting.mean import MeanInterval
from app.triage.betting.paired import Comparison
from app.triage.certificate import Promise
from app.triage.guard_rails import Guard, GuardWarning, guard_rails
from app.triage.labels import Label, Reason
from app.triage.measured_rates import NOTHING_MEASURED
from app.triage.policies.order import differences
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState
from app.triage.residual_risk import residual_risk
from app.triage.simulation.curves import histogram, miss_rate_by_coverage, reliability
from app.triage.simulation.queueing import load_by_hour
from app.triage.simulation.replay import UNKNOWN, moves, replay
from app.web.pages.policies.diff import diff_rows
from app.web.pages.policies.lab.figures import figures
from app.web.pages.policies.lab.form import LabForm, form_of
from app.web.pages.policies.lab.form_view import form_view
from app.web.pages.policies.lab.page import (
    LabPage,
    Mistake,
    Pictures,
    Shown,
    active_view,
    pictures,
    version_rows,
)
from app.web.pages.policies.lab.steps import steps_view
from app.web.pages.policies.promises import promise_view
from app.web.pages.policies.version_row import version_row
from app.web.pages.policies.versions.history import chapter_rows
from app.web.pages.policies.versions.page import VersionPage, doors, foreseen, open_ones
from app.web.pages.policies.versions.shadow import shadow_view
from app.workflows.policies.comparing import ComparisonReport
from app.workflows.policies.guarantee import EnteringRule
from app.workflows.policies.history import HistoryEntry, record_of
from app.workflows.policies.lab.trials import Curves, Simulation, Span
from app.workflows.policies.promise_steps import CountedOn, PricedStep, PricedSteps
from tests.triage.simulation.builders import DAY, MIDNIGHT, World, a_world, all_known
from tests.web.pages.builders import (
    BARBARA,
    GRACE,
    NOON,
    a_certificate,
    a_draft,
    a_frame,
    a_policy,
    a_version,
)

SPAN = Span(
    since=datetime.fromtimestamp(MIDNIGHT, UTC), until=datetime.fromtimestamp(MIDNIGHT + 2 * DAY, UTC)
)
WARNING = GuardWarning(guard=Guard.OVER_CAPACITY, sentence="It leaves too many cases to people.")


def a_simulation(policy: Policy | None = None, *, world: World | None = None, **changes: Any) -> Simulation:
    """Return a draft's simulation over a made-up window whose truth is known, unless told otherwise."""
    active, draft = a_version(), policy or a_policy(approve_at_most=-6.0)
    bench = (world or all_known(a_world(5, policy=active.policy))).bench
    before, after = replay(bench, active.policy), replay(bench, draft)
    values: dict[str, Any] = {
        "span": SPAN,
        "observed": bench.window.observed,
        "is_signable": True,
        "model_version": draft.model_version,
        "transactions": bench.window.size,
        "held_since": None,
        "other_models": 0,
        "active": active,
        "before": before.outcome,
        "after": after.outcome,
        "moves": moves(before.labels, after.labels),
        "statement": residual_risk(after.outcome, None, observed=bench.window.observed, currency="EUR"),
        "warnings": guard_rails(draft, after.outcome, None, bench.window.observed),
        "carried_by": None,
        "currency": "EUR",
        "measured": NOTHING_MEASURED,
    }
    return Simulation(**(values | changes))


def some_curves(policy: Policy | None = None, *, world: World | None = None) -> Curves:
    """Return the pictures of the same window."""
    shown = policy or a_policy(approve_at_most=-6.0)
    bench = (world or all_known(a_world(5, policy=a_policy()))).bench
    replayed = replay(bench, shown)
    unknown = replayed.labels == UNKNOWN
    return Curves(
        miss_rate_by_coverage=miss_rate_by_coverage(bench, shown),
        histogram=histogram(bench),
        reliability=reliability(bench, replayed),
        hours=load_by_hour(
            bench.window.decided_at,
            unknown,
            0.0 * replayed.propensities,
            shown.staffing,
            bench.window.observed,
        ),
    )


def a_form(policy: Policy | None = None) -> LabForm:
    """Return a draft as typed."""
    return form_of(policy or a_policy(), parent_id=1, span=SPAN)


def some_steps(draft: Policy, *, rates: Sequence[float | None] = (0.0013, 0.029, 0.19)) -> PricedSteps:
    """Return steps of a promise that cost so much, the loosest first."""
    promises = [Promise(miss_rate=miss_rate, chosen_among=3) for miss_rate in (0.17, 0.15, 0.1)]
    return PricedSteps(
        steps=tuple(
            PricedStep(
                promise=promise,
                policy=replace(draft, approve_at_most=draft.approve_at_most - place),
                certificate=a_certificate(
                    miss_rate_at_most=promise.miss_rate, chosen_among=promise.chosen_among
                ),
                review_rate=rate,
            )
            for place, (promise, rate) in enumerate(zip(promises, rates, strict=True))
        ),
        counted_on=CountedOn.WINDOW,
        transactions=400,
    )


def some_pictures() -> Pictures:
    """Return the pictures of a draft, with what decides now and what decided before it."""
    draft = a_policy(approve_at_most=-6.0)
    return pictures(
        some_curves(draft),
        a_simulation(draft),
        draft,
        certificate=None,
        previous=(a_version(7), a_simulation(a_policy(approve_at_most=-4.0))),
        steps=steps_view(some_steps(draft), None),
    )


def a_lab(reader: Account = BARBARA, **changes: Any) -> LabPage:
    """Return the whole lab as somebody sees it."""
    draft = a_policy(approve_at_most=-6.0)
    simulation = a_simulation(draft)
    values: dict[str, Any] = {
        "frame": a_frame(reader, "/thresholds"),
        "may_tune": reader.may(Ability.TUNE_POLICIES),
        "active": active_view(a_version()),
        "form": form_view(a_form(draft)),
        "notes": ("One more analyst hour a day would save about 12 a day.",),
        "mistake": None,
        "promise": promise_view(None),
        "refused": "",
        "shown": Shown(digest="0" * 64, setting="1" * 64),
        "figures": figures(simulation, draft, {}, "EUR"),
        "pictures": some_pictures(),
        "versions": version_rows([a_draft(), a_version(), a_version(7, state=PolicyState.RETIRED)]),
        "previous_id": 7,
        "message": "Version 1 decides every payment from now on.",
    }
    return LabPage(**(values | changes))


def a_mistaken_lab() -> LabPage:
    """Return the lab of somebody who typed what cannot be meant."""
    mistake = Mistake(
        field="spread_at_most",
        sentence="Invalid value: Spread above must be from 0 to 1000000000000 (logits), not -1.",
    )
    form = replace(a_form(), values={**a_form().values, "spread_at_most": "wide"})
    shown = form_view(form, mistaken="spread_at_most")
    return a_lab(
        mistake=mistake,
        shown=None,
        figures=None,
        pictures=None,
        refused="59 known frauds are needed.",
        form=shown,
    )


def a_stored_simulation() -> StoredSimulation:
    """Return a simulation as it was kept with a version."""
    record: SimulationRecord = replace(record_of(a_simulation()), warnings=(WARNING,))
    return StoredSimulation(id=3, policy_id=2, record=record, computed_at=NOON, computed_by="Grace")


def a_chapter(version: PolicyVersion, state: PolicyState, **changes: Any) -> HistoryEntry:
    """Return one move of a version."""
    values: dict[str, Any] = {
        "id": 5,
        "policy_id": version.id,
        "state": state,
        "account_id": GRACE.id,
        "account": "Grace",
        "happened_at": NOON,
        "details": None,
    }
    event = PolicyEvent(**(values | changes))
    return HistoryEntry(event=event, version=version, differences=differences(a_policy(), version.policy))


def a_report(**changes: Any) -> ComparisonReport:
    """Return a challenger that is better."""
    told = ComparisonReport(
        champion="2026-05-01a",
        challenger="2026-06-01-job7",
        verdict=Comparison.BETTER,
        why_not=None,
        saved=MeanInterval(mean=0.0021, low=0.0004, high=0.0038),
        payments=120_000,
        frauds=210,
        drawn=900,
        unanswered=3,
        rule=EnteringRule(age=timedelta(days=45), stated={"chargeback": 1.0}),
        through=NOON,
    )
    return replace(told, **changes)


def a_comparison() -> ShadowComparison:
    """Return what a shadow said beside two payments, of which one is a known fraud."""
    apart = ShadowCell(
        live=Label.LEGIT, shadow=Label.UNKNOWN, transactions=1, amount=Decimal(2),
        known_frauds=1, known_frauds_amount=Decimal(2), known_legits=0,
    )  # fmt: skip
    same = replace(apart, shadow=Label.LEGIT, known_frauds=0, known_legits=1)
    return ShadowComparison(cells=(apart, same), first_at=NOON, last_at=NOON)


def a_disagreement() -> Disagreement:
    """Return a payment on which a shadow differed."""
    return Disagreement(
        key=9, transaction_id="order-9", decided_at=NOON, amount=Decimal(2), currency="EUR",
        live=Label.LEGIT, live_reason=Reason.EVIDENCE_LEGIT, shadow=Label.UNKNOWN,
        shadow_reason=Reason.BETWEEN_BOUNDS, truth=GroundTruth.FRAUD,
    )  # fmt: skip


def a_version_page(
    reader: Account = BARBARA, version: PolicyVersion | None = None, **changes: Any
) -> VersionPage:
    """Return a version's page as somebody sees it."""
    shown = version or a_draft(policy=a_policy(approve_at_most=-6.0), state=PolicyState.SHADOW)
    moved = differences(a_policy(), shown.policy)
    signed = {"statement": {"sentences": ["About 2 frauds a day."]}, "answers": []}
    values: dict[str, Any] = {
        "frame": a_frame(reader, "/thresholds"),
        "version": version_row(shown),
        "state": shown.state.value,
        "active_id": 1,
        "parent_id": 1,
        "differences": diff_rows(moved),
        "beside_active": diff_rows(moved),
        "answered": (("It leaves too many cases to people.", "They come on Monday."),),
        "foreseen": foreseen(a_stored_simulation()),
        "doors": doors(shown, reader, is_simulated=True),
        "open_warnings": open_ones((WARNING,), {}),
        "shadow": shadow_view(a_comparison(), [a_disagreement()], a_report(), NOON),
        "chapters": chapter_rows(
            [
                a_chapter(shown, PolicyState.APPROVED, details=signed),
                a_chapter(shown, PolicyState.DRAFT),
            ]
        ),
        "misfit": "3 of the last 200 payments do not fit.",
        "message": "It is kept.",
        "problem": "It stays as it is.",
    }
    return VersionPage(**(values | changes))
