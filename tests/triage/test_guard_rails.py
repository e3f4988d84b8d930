"""What a manager has to answer, and what the residual risk says in words."""

import re
from dataclasses import replace

import pytest

from app.triage.certificate import Certificate
from app.triage.guard_rails import Guard, WarningsUnanswered, answered, guard_rails, superseded
from app.triage.policies.policy import AmountBand, Bounds, Policy
from app.triage.residual_risk import residual_risk
from app.triage.simulation.estimates import Estimate
from app.triage.simulation.observed import DAY, Observed
from app.triage.simulation.replay import Outcome, ReplayTable, replay
from app.triage.staffing import Staffing
from app.triage.written_numbers import count
from tests.triage.builders import a_policy
from tests.triage.simulation.builders import a_world, all_known, empty_window, known

PROMISE = Certificate(
    method="any", miss_rate_at_most=0.10, confidence=0.95, frauds=88, order=4, rows_sha256="0" * 64
)
NIGHT_OFF = Staffing(analysts=1, minutes_per_review=60, opens_hour=9, closes_hour=12)


ENOUGH = Observed(decisions=2000, first_at=0, last_at=2 * DAY)


def outcome_of(policy: Policy, *, size: int = 2000) -> Outcome:
    return replay(all_known(a_world(1, size=size)).bench, policy).outcome


def guards(
    policy: Policy,
    outcome: Outcome,
    certificate: Certificate | None = None,
    observed: Observed = ENOUGH,
) -> list[Guard]:
    return [warning.guard for warning in guard_rails(policy, outcome, certificate, observed)]


def test_a_quiet_change_needs_no_answer() -> None:
    policy = a_policy(approve_at_most=-6.0)
    assert guards(policy, outcome_of(policy), PROMISE) == []


def test_each_guard_speaks_for_its_own_case() -> None:
    crossed = a_policy(approve_at_most=3.0, decline_at_least=2.0)
    assert Guard.BOUNDS_OUT_OF_ORDER in guards(crossed, outcome_of(crossed))
    easier = a_policy(
        bands=(AmountBand(amount_from=100, bounds=Bounds(approve_at_most=-2.0, decline_at_least=2.0)),)
    )
    assert guards(easier, outcome_of(easier)) == [Guard.BOUNDS_OUT_OF_ORDER]
    unseen = replay(ReplayTable.of(empty_window()), a_policy()).outcome
    assert guards(a_policy(), unseen) == [Guard.WINDOW_EMPTY]
    small = a_policy(staffing=NIGHT_OFF)
    assert guards(small, outcome_of(small)) == [Guard.OVER_CAPACITY]
    loose = a_policy(approve_at_most=1.0)
    assert guards(loose, outcome_of(loose), PROMISE) == [Guard.PROMISE_BROKEN]
    assert superseded(9).guard is Guard.SUPERSEDED


def test_a_promise_is_broken_only_by_labels_that_contradict_it() -> None:
    """A few missed frauds among few known ones prove nothing."""
    policy = a_policy(approve_at_most=-3.0)
    few = replay(all_known(a_world(2, size=100)).bench, policy).outcome
    assert few.risk.miss_rate.value is not None
    assert few.risk.miss_rate.low <= 0.10
    assert guards(policy, few, PROMISE) == []


def test_every_warning_wants_its_own_reason() -> None:
    policy = a_policy(approve_at_most=3.0, decline_at_least=2.0, staffing=NIGHT_OFF)
    warnings = (*guard_rails(policy, outcome_of(policy), None, ENOUGH), superseded(4))
    answers = {Guard.BOUNDS_OUT_OF_ORDER: "Both claim it on purpose.", Guard.OVER_CAPACITY: "  "}
    with pytest.raises(WarningsUnanswered) as refused:
        answered(warnings, answers)
    assert [each.guard for each in refused.value.warnings if each.guard in answers] == [Guard.OVER_CAPACITY]
    whole = answered(warnings, {warning.guard: " Understood. " for warning in warnings})
    assert [(each.guard, each.answer) for each in whole] == [(each.guard, "Understood.") for each in warnings]


def test_the_statement_counts_per_day_and_says_what_is_promised() -> None:
    policy = a_policy(approve_at_most=-3.0)
    outcome = outcome_of(policy)
    told = residual_risk(outcome, PROMISE, observed=ENOUGH, currency="EUR")
    assert told.frauds_per_day.value == pytest.approx((outcome.risk.frauds_approved.value or 0) / 2)
    text = " ".join(told.sentences)
    assert "at most 10, with 95\u202f% confidence (88 known frauds" in text
    assert "EUR a day" in text


def test_what_is_signed_writes_its_numbers_as_the_page_around_it_does() -> None:
    outcome = outcome_of(a_policy(approve_at_most=-3.0))
    many = replace(
        outcome,
        risk=replace(
            outcome.risk,
            miss_rate=Estimate(value=0.12345, low=0.004, high=0.2),
            frauds_approved=Estimate(value=4690.0, low=2468.0, high=9000.0),
        ),
    )
    text = " ".join(
        residual_risk(many, replace(PROMISE, frauds=1234), observed=ENOUGH, currency="EUR").sentences
    )
    assert "1\u202f234 known frauds" in text
    assert "approves 12\u202f%, between 0.40\u202f% and 20\u202f%" in text
    assert "about 2\u202f345, between 1\u202f234 and 4\u202f500 a day" in text
    assert not re.search(r"\d,\d|\d%", text)


def test_the_statement_says_which_sample_each_interval_is_from() -> None:
    outcome = outcome_of(a_policy())
    second = residual_risk(outcome, PROMISE, observed=ENOUGH, currency="EUR").sentences[1]
    assert second.startswith("Two samples: the promise was worked out on those 88 frauds")
    assert f"counted on the {count(outcome.risk.known_frauds)} known frauds of this window" in second
    without = residual_risk(outcome, None, observed=ENOUGH, currency="EUR").sentences
    assert not [sentence for sentence in without if "Two samples" in sentence]


def test_an_average_is_never_called_certified() -> None:
    outcome = outcome_of(a_policy())
    text = " ".join(
        residual_risk(outcome, replace(PROMISE, confidence=None), observed=ENOUGH, currency="EUR").sentences
    )
    assert text.startswith("On average")
    assert "certified" not in text
    nothing = residual_risk(outcome, None, observed=ENOUGH, currency="EUR").sentences[0]
    assert nothing.startswith("Nothing is promised")


def test_what_nobody_looked_at_is_said_to_be_not_known() -> None:
    world = a_world(3)
    nobody = known(world, world.is_fraud & False, 1.0)
    told = residual_risk(replay(nobody.bench, a_policy()).outcome, None, observed=ENOUGH, currency="EUR")
    assert told.frauds_per_day.value is None
    assert "Frauds approved unseen: not known" in told.sentences[1]
    assert "nothing is known" in told.sentences[-1]
