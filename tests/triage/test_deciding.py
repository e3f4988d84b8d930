"""The threshold layer, held to its properties."""

from dataclasses import asdict, dataclass, replace
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.arrays import Floats
from app.scoring.uncertainty import Scores
from app.triage.deciding import decide, label_propensities
from app.triage.labels import LABELS, REASONS, STANDINGS, Codes, Decisions, Label, Reason, Standing
from app.triage.policies.bounds import bounds_at
from app.triage.policies.choices import WrongFeed
from app.triage.policies.policy import AmountBand, Bounds, Policy
from app.triage.refusal import PolicyImpossible
from tests.triage.builders import a_policy, all_standing, decided, in_words, some_scores

#: Six decimals, as stored, and close together, so that bounds are met exactly.
LOGITS = st.integers(-40, 40).map(lambda steps: steps / 4)
ANYTHING = st.one_of(LOGITS, st.floats(), st.sampled_from([nan, inf, -inf]))
UNCERTAINTIES = st.one_of(st.floats(0, 100), st.sampled_from([nan, inf]))


AMOUNTS = st.sampled_from([0.0, 9.99, 10.0, 50.0, 100.0, 2500.0])


@dataclass(frozen=True)
class Batch:
    scores: Scores
    standings: Codes
    amounts: Floats

    def __len__(self) -> int:
        return self.standings.size

    def decided(self, policy: Policy) -> Decisions:
        return decide(self.scores, self.standings, self.amounts, policy)

    def row(self, number: int) -> "Batch":
        one = slice(number, number + 1)
        return Batch(self.scores.selected(one), self.standings[one], self.amounts[one])


@st.composite
def bounds(draw: st.DrawFn, *, in_order: bool = False) -> Bounds:
    low, high = draw(LOGITS), draw(LOGITS)
    if in_order:
        low, high = sorted([low, high])
    return Bounds(
        approve_at_most=low,
        decline_at_least=high,
        approve_legit_at_least=draw(st.none() | LOGITS),
        decline_legit_at_most=draw(st.none() | LOGITS),
    )


@st.composite
def policies(draw: st.DrawFn, *, in_order: bool = False) -> Policy:
    starts = draw(st.lists(st.sampled_from([10.0, 50.0, 100.0]), unique=True, max_size=3))
    return a_policy(
        **asdict(draw(bounds(in_order=in_order))),
        bands=tuple(
            AmountBand(amount_from=start, bounds=draw(bounds(in_order=in_order))) for start in sorted(starts)
        ),
        spread_at_most=draw(st.none() | st.floats(0, 100)),
        mutual_information_at_most=draw(st.none() | st.floats(0, 1)),
        novelty_at_most=draw(st.none() | st.floats(0, 100)),
        expected_loss_at_most=draw(st.none() | st.floats(0, 100)),
        near_width=draw(st.sampled_from([0.0, 0.5, 3.0])),
    )


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    size = draw(st.integers(1, 12))

    def column(elements: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(elements, min_size=size, max_size=size))

    scores = some_scores(
        column(ANYTHING),
        legit=column(ANYTHING) if draw(st.booleans()) else None,
        spread=column(UNCERTAINTIES),
        novelty=column(UNCERTAINTIES),
        information=column(UNCERTAINTIES),
    )
    codes = draw(st.lists(st.integers(0, len(STANDINGS) - 1), min_size=size, max_size=size))
    return Batch(scores, np.array(codes, dtype=np.int8), np.array(column(AMOUNTS)))


@given(batches(), policies())
def test_every_transaction_gets_exactly_one_label_and_one_reason(batch: Batch, policy: Policy) -> None:
    decisions = batch.decided(policy)
    assert decisions.labels.shape == decisions.reasons.shape == batch.standings.shape
    for label, reason in in_words(decisions):
        assert (label is Label.LEGIT) == (reason is Reason.EVIDENCE_LEGIT)
        assert (label is Label.FRAUD) == (reason is Reason.EVIDENCE_FRAUD)


@given(batches(), policies())
def test_a_row_alone_is_decided_as_in_its_batch(batch: Batch, policy: Policy) -> None:
    together = in_words(batch.decided(policy))
    for row in range(len(batch)):
        assert in_words(batch.row(row).decided(policy)) == [together[row]]


@given(batches(), policies())
def test_no_usable_score_is_never_approved_and_never_declined(batch: Batch, policy: Policy) -> None:
    for row, decision in enumerate(in_words(batch.decided(policy))):
        standing = STANDINGS[batch.standings[row]]
        numbers = [batch.scores.evidence_fraud[row], batch.scores.spread[row], batch.scores.novelty[row]]
        if batch.scores.evidence_legit is not None:
            numbers.append(batch.scores.evidence_legit[row])
        if policy.mutual_information_at_most is not None:
            numbers.append(batch.scores.mutual_information[row])
        broken = not all(isfinite(number) for number in numbers)
        if standing is Standing.MODEL_UNAVAILABLE or (standing is Standing.SCORED and broken):
            assert decision == (Label.UNKNOWN, Reason.MODEL_UNAVAILABLE)


@given(policies(), LOGITS, st.floats(0, 100), st.floats(0, 100), st.none() | LOGITS, AMOUNTS)
def test_more_evidence_for_fraud_never_gives_an_easier_label(
    policy: Policy, legit: float, spread: float, novelty: float, own_legit: float | None, amount: float
) -> None:
    evidence = np.linspace(-10, 10, 81)
    scores = some_scores(
        evidence, legit=None if own_legit is None else [legit] * 81, spread=spread, novelty=novelty
    )
    labels = decided(scores, policy, amount).labels
    assert (np.diff(labels) >= 0).all()


@given(policies(in_order=True), LOGITS, LOGITS)
def test_more_evidence_for_legit_never_gives_a_harder_label_on_the_legit_side(
    policy: Policy, evidence: float, legit: float
) -> None:
    """Evidence for legit can turn an unknown into an approval, and a decline into an unknown."""
    scores = some_scores([evidence] * 2, legit=[legit, legit + 1])
    labels = decided(scores, policy).labels
    assert labels[1] <= labels[0]


@given(st.lists(LOGITS, min_size=1, max_size=20), LOGITS)
def test_one_bound_and_no_gates_leave_nothing_to_a_person(evidence: list[float], bound: float) -> None:
    policy = a_policy(approve_at_most=bound, decline_at_least=bound)
    told = in_words(decided(some_scores(evidence), policy))
    assert all(label is not Label.UNKNOWN for label, _ in told)
    assert [label is Label.FRAUD for label, _ in told] == [value >= bound for value in evidence]


@given(st.lists(LOGITS, min_size=2, max_size=30), policies(in_order=True), AMOUNTS)
def test_a_wider_band_never_sends_less_to_a_person(
    evidence: list[float], policy: Policy, amount: float
) -> None:
    wider = replace(
        policy,
        **asdict(widened(policy.base_bounds)),
        bands=tuple(replace(band, bounds=widened(band.bounds)) for band in policy.bands),
    )
    narrow, wide = (decided(some_scores(evidence), each, amount).labels for each in (policy, wider))
    unknown = LABELS.index(Label.UNKNOWN)
    assert ((narrow != unknown) | (wide == unknown)).all()


def widened(of: Bounds) -> Bounds:
    return replace(of, approve_at_most=of.approve_at_most - 1, decline_at_least=of.decline_at_least + 1)


def test_the_bounds_themselves_decide() -> None:
    policy = a_policy(approve_at_most=-3.0, decline_at_least=2.0)
    assert in_words(decided(some_scores([-3.0, -2.999999, 1.999999, 2.0]), policy)) == [
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
        (Label.UNKNOWN, Reason.BETWEEN_BOUNDS),
        (Label.UNKNOWN, Reason.BETWEEN_BOUNDS),
        (Label.FRAUD, Reason.EVIDENCE_FRAUD),
    ]


def test_the_gates_speak_in_their_order() -> None:
    policy = a_policy(spread_at_most=1.0, novelty_at_most=99.0, mutual_information_at_most=0.1)
    told = []
    for standing, evidence, spread, novelty, information in [
        (Standing.MODEL_UNAVAILABLE, nan, 9.0, 100.0, 0.5),
        (Standing.SCORED, nan, 9.0, 100.0, 0.5),
        (Standing.SCORED, 9.0, 9.0, 100.0, nan),
        (Standing.CURRENCY_UNSUPPORTED, nan, 9.0, 100.0, 0.5),
        (Standing.SCORED, 9.0, 9.0, 100.0, 0.5),
        (Standing.SCORED, 9.0, 9.0, 99.0, 0.5),
        (Standing.SCORED, 9.0, 1.0, 99.0, 0.5),
        (Standing.SCORED, 9.0, 1.0, 99.0, 0.1),
    ]:
        scores = some_scores([evidence], spread=spread, novelty=novelty, information=information)
        decisions = decide(scores, all_standing(standing, 1), np.array([10.0]), policy)
        told += [reason for _, reason in in_words(decisions)]
    assert told == [
        Reason.MODEL_UNAVAILABLE,
        Reason.MODEL_UNAVAILABLE,
        Reason.MODEL_UNAVAILABLE,
        Reason.CURRENCY_UNSUPPORTED,
        Reason.NOVEL,
        Reason.PASSES_DISAGREE,
        Reason.EPISTEMIC_DOUBT,
        Reason.EVIDENCE_FRAUD,
    ]


def test_an_approval_that_risks_too_much_goes_to_a_person() -> None:
    """At P = 1/2 and an overhead of 20, 60 euros put 40 at risk."""
    policy = a_policy(approve_at_most=0.0, expected_loss_at_most=40.0)
    told = in_words(decided(some_scores([0.0, 0.0, -3.0, 3.0]), policy, [60.0, 60.01, 60.01, 5000.0]))
    assert told == [
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
        (Label.UNKNOWN, Reason.LARGE_EXPOSURE),
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
        (Label.FRAUD, Reason.EVIDENCE_FRAUD),
    ]


def test_what_both_bounds_claim_goes_to_a_person() -> None:
    policy = a_policy(approve_at_most=1.0, decline_at_least=-1.0)
    assert in_words(decided(some_scores([-1.01, -1.0, 1.0, 1.01]), policy)) == [
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
        (Label.UNKNOWN, Reason.CONTESTED),
        (Label.UNKNOWN, Reason.CONTESTED),
        (Label.FRAUD, Reason.EVIDENCE_FRAUD),
    ]


def test_every_amount_has_the_bounds_of_its_band() -> None:
    """A band begins at its amount; below the first one the policy's own bounds hold."""
    policy = a_policy(
        approve_at_most=-1.0,
        decline_at_least=1.0,
        bands=(
            AmountBand(amount_from=100.0, bounds=Bounds(approve_at_most=-3.0, decline_at_least=0.0)),
            AmountBand(amount_from=1000.0, bounds=Bounds(approve_at_most=-5.0, decline_at_least=-2.0)),
        ),
    )
    amounts = [0.0, 99.99, 100.0, 999.99, 1000.0, 1e6]
    by_evidence = {
        evidence: [label for label, _ in in_words(decided(some_scores([evidence] * 6), policy, amounts))]
        for evidence in (-2.0, 0.5)
    }
    legit, unknown, fraud = LABELS
    assert by_evidence == {
        -2.0: [legit, legit, unknown, unknown, fraud, fraud],
        0.5: [unknown, unknown, fraud, fraud, fraud, fraud],
    }


@given(batches(), policies())
def test_an_unknown_is_always_looked_at_and_the_rest_by_the_share_of_its_zone(
    batch: Batch, policy: Policy
) -> None:
    decisions = batch.decided(policy)
    propensities = label_propensities(decisions, batch.scores, batch.amounts, policy)
    for row, (label, _) in enumerate(in_words(decisions)):
        if label is Label.LEGIT:
            reach = bounds_at(policy, batch.amounts[row]).approve_at_most - policy.near_width
            is_near = policy.near_width > 0 and batch.scores.evidence_fraud[row] > reach
            share = policy.audit_share_near if is_near else policy.audit_share_approved
            assert propensities[row] == share
        else:
            assert propensities[row] == (1.0 if label is Label.UNKNOWN else policy.audit_share_declined)


@given(batches(), policies(), st.floats(1e-6, 1.0))
def test_audits_by_doubt_raise_chances_where_an_error_is_likely_and_dear(
    batch: Batch, policy: Policy, by_doubt: float
) -> None:
    decisions = batch.decided(policy)
    shares = label_propensities(decisions, batch.scores, batch.amounts, policy)
    raised = label_propensities(
        decisions, batch.scores, batch.amounts, replace(policy, audit_by_doubt=by_doubt)
    )
    for row, (label, _) in enumerate(in_words(decisions)):
        probability = batch.scores.probability[row]
        if label is Label.UNKNOWN or not 0 <= probability <= 1:
            assert raised[row] == shares[row]
        else:
            deviation = (probability * (1 - probability)) ** 0.5
            wanted = by_doubt * deviation * (batch.amounts[row] + policy.costs.overhead)
            assert raised[row] == pytest.approx(min(1.0, max(shares[row], wanted)))


def test_two_classes_of_evidence_name_ambiguity_and_unfamiliarity() -> None:
    policy = a_policy(approve_legit_at_least=3.0, decline_legit_at_most=-1.0)
    scores = some_scores([5.0, 5.0, -5.0, -5.0], legit=[4.0, -4.0, -4.0, 4.0])
    assert in_words(decided(scores, policy)) == [
        (Label.UNKNOWN, Reason.AMBIGUOUS),
        (Label.FRAUD, Reason.EVIDENCE_FRAUD),
        (Label.UNKNOWN, Reason.UNFAMILIAR),
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
    ]


def test_label_codes_rise_with_the_fraud_evidence() -> None:
    assert LABELS == (Label.LEGIT, Label.UNKNOWN, Label.FRAUD)
    assert set(REASONS) == set(Reason)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one standing and one amount per score"):
        decide(some_scores([1.0]), all_standing(Standing.SCORED, 2), np.zeros(1), a_policy())


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("decline_at_least", {"decline_at_least": nan}),
        ("approve_at_most", {"approve_at_most": -inf}),
        ("novelty_at_most", {"novelty_at_most": 101.0}),
        ("spread_at_most", {"spread_at_most": -0.1}),
        ("mutual_information_at_most", {"mutual_information_at_most": inf}),
        ("audit_share_near", {"audit_share_near": 1.5}),
        (
            "bands.0.amount_from",
            {"bands": (AmountBand(amount_from=0.0, bounds=Bounds(approve_at_most=0, decline_at_least=1)),)},
        ),
        (
            "bands.0.approve_at_most",
            {"bands": (AmountBand(amount_from=5.0, bounds=Bounds(approve_at_most=nan, decline_at_least=1)),)},
        ),
    ],
)
def test_an_impossible_policy_names_the_field(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(PolicyImpossible) as refused:
        a_policy(**values)
    assert refused.value.field == field


def test_a_wrong_feed_is_left_to_people_unless_the_policy_decides_all_the_same() -> None:
    scores, amounts = some_scores([-9.0, 9.0]), np.full(2, 10.0)
    doubtful, usual = all_standing(Standing.UNUSUAL_FEED, 2), all_standing(Standing.SCORED, 2)
    left = decide(scores, doubtful, amounts, a_policy())
    assert in_words(left) == [(Label.UNKNOWN, Reason.UNUSUAL_FEED)] * 2
    deciding = a_policy(wrong_feed=WrongFeed.DECIDE)
    decided_all_the_same = decide(scores, doubtful, amounts, deciding)
    assert in_words(decided_all_the_same) == in_words(decide(scores, usual, amounts, deciding))
    assert in_words(decided_all_the_same) == [
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
        (Label.FRAUD, Reason.EVIDENCE_FRAUD),
    ]
