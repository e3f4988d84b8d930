"""Which frauds enter, and with which chance."""

import pytest

from app.triage.guarantee.truths import (
    Chances,
    Gap,
    KnownFraud,
    Report,
    chance_of,
    chances_of,
    stated_sources,
)
from app.triage.labels import Label
from app.triage.policies.policy import Policy

CHARGEBACKS = {"chargeback": 1.0}


def a_policy(**wanted: float) -> Policy:
    return Policy(model_version="m", approve_at_most=-2.0, decline_at_least=4.0, **wanted)  # type: ignore[arg-type]


def a_fraud(
    label: Label = Label.LEGIT, drawn_with: float = 0.005, *reports: Report, is_judged: bool = False
) -> KnownFraud:
    return KnownFraud(label=label, drawn_with=drawn_with, is_judged=is_judged, reports=reports)


def test_a_source_without_a_propensity_makes_nothing_enter() -> None:
    assert chance_of(a_fraud(Label.LEGIT, 0.005, Report(source="chargeback")), {}) is None


def test_the_operator_may_state_one() -> None:
    assert chance_of(a_fraud(Label.LEGIT, 0.005, Report(source="chargeback")), CHARGEBACKS) == 1.0


def test_an_approved_fraud_that_an_audit_found_would_have_been_charged_back_too() -> None:
    fraud = a_fraud(is_judged=True)
    assert chance_of(fraud, CHARGEBACKS) == 1.0
    assert chance_of(fraud, {"chargeback": 0.8}) == pytest.approx(1 - 0.2 * 0.995)
    assert chance_of(fraud, {}) == pytest.approx(0.005)


def test_declined_payments_are_never_charged_back() -> None:
    reported = a_fraud(Label.FRAUD, 0.02, Report(source="chargeback"))
    assert chance_of(reported, CHARGEBACKS) is None
    assert chance_of(a_fraud(Label.FRAUD, 0.02, is_judged=True), CHARGEBACKS) == pytest.approx(0.02)


def test_reviewed_payments_are_all_seen() -> None:
    assert chance_of(a_fraud(Label.UNKNOWN, 1.0, is_judged=True), {}) == 1.0
    assert chance_of(a_fraud(Label.UNKNOWN, 1.0), CHARGEBACKS) is None


def test_what_a_report_states_itself_counts_where_it_is_larger() -> None:
    fraud = a_fraud(Label.FRAUD, 0.02, Report(source="bureau", propensity=0.5))
    assert chance_of(fraud, {}) == 0.5
    assert chance_of(a_fraud(Label.FRAUD, 0.7, Report(source="bureau", propensity=0.5)), {}) == pytest.approx(
        0.7
    )


def test_a_policys_least_chances() -> None:
    usual = chances_of(a_policy(), CHARGEBACKS)
    assert usual == Chances(approved=1.0, not_approved=0.02)
    assert not usual.are_certain
    assert chances_of(a_policy(), {}).approved == pytest.approx(0.005)
    near = chances_of(a_policy(near_width=1.0, audit_share_near=0.002), {})
    assert near.approved == pytest.approx(0.002)
    assert chances_of(a_policy(audit_share_declined=1.0), CHARGEBACKS).are_certain


def test_without_audits_nothing_can_be_known() -> None:
    assert chances_of(a_policy(audit_share_declined=0.0), CHARGEBACKS).gap is Gap.DECLINES
    assert chances_of(a_policy(audit_share_approved=0.0), {}).gap is Gap.APPROVALS
    assert chances_of(a_policy(audit_share_approved=0.0), CHARGEBACKS).gap is None


def test_sources_are_stated_by_name() -> None:
    assert stated_sources("chargeback=1, bureau = 0.8,") == {"chargeback": 1.0, "bureau": 0.8}
    assert stated_sources("") == {}
    assert stated_sources({"chargeback": 0.5}) == {"chargeback": 0.5}


@pytest.mark.parametrize(
    "written", ["chargeback", "chargeback=", "=1", "chargeback=2", "chargeback=0", "chargeback=all", "a=nan"]
)
def test_what_states_no_propensity_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no source with its propensity"):
        stated_sources(written)
