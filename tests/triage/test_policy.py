"""The threshold layer, held to its properties."""

from dataclasses import dataclass, replace
from math import inf, isfinite, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.uncertainty import Scores
from app.triage.deciding import decide
from app.triage.labels import LABELS, REASONS, STANDINGS, Codes, Label, Reason, Standing
from app.triage.policy import Policy
from app.triage.refusal import PolicyImpossible
from tests.triage.builders import a_policy, all_standing, in_words, some_scores

#: Six decimals, as stored, and close together, so that bounds are met exactly.
LOGITS = st.integers(-40, 40).map(lambda steps: steps / 4)
ANYTHING = st.one_of(LOGITS, st.floats(), st.sampled_from([nan, inf, -inf]))
UNCERTAINTIES = st.one_of(st.floats(0, 100), st.sampled_from([nan, inf]))


@dataclass(frozen=True)
class Batch:
    scores: Scores
    standings: Codes

    def __len__(self) -> int:
        return self.standings.size


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    low, high = sorted([draw(LOGITS), draw(LOGITS)])
    return a_policy(
        approve_at_most=low,
        decline_at_least=high,
        approve_legit_at_least=draw(st.none() | LOGITS),
        decline_legit_at_most=draw(st.none() | LOGITS),
        spread_at_most=draw(st.none() | st.floats(0, 100)),
        novelty_at_most=draw(st.none() | st.floats(0, 100)),
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
    )
    codes = draw(st.lists(st.integers(0, len(STANDINGS) - 1), min_size=size, max_size=size))
    return Batch(scores, np.array(codes, dtype=np.int8))


@given(batches(), policies())
def test_every_transaction_gets_exactly_one_label_and_one_reason(batch: Batch, policy: Policy) -> None:
    decisions = decide(batch.scores, batch.standings, policy)
    assert decisions.labels.shape == decisions.reasons.shape == batch.standings.shape
    for label, reason in in_words(decisions):
        assert (label is Label.LEGIT) == (reason is Reason.EVIDENCE_LEGIT)
        assert (label is Label.FRAUD) == (reason is Reason.EVIDENCE_FRAUD)


@given(batches(), policies())
def test_a_row_alone_is_decided_as_in_its_batch(batch: Batch, policy: Policy) -> None:
    together = in_words(decide(batch.scores, batch.standings, policy))
    for row in range(len(batch)):
        one = slice(row, row + 1)
        assert in_words(decide(batch.scores.selected(one), batch.standings[one], policy)) == [together[row]]


@given(batches(), policies())
def test_no_usable_score_is_never_approved_and_never_declined(batch: Batch, policy: Policy) -> None:
    decided = in_words(decide(batch.scores, batch.standings, policy))
    for row, decision in enumerate(decided):
        standing = STANDINGS[batch.standings[row]]
        numbers = [batch.scores.evidence_fraud[row], batch.scores.spread[row], batch.scores.novelty[row]]
        if batch.scores.evidence_legit is not None:
            numbers.append(batch.scores.evidence_legit[row])
        broken = not all(isfinite(number) for number in numbers)
        if standing is Standing.MODEL_UNAVAILABLE or (standing is Standing.SCORED and broken):
            assert decision == (Label.UNKNOWN, Reason.MODEL_UNAVAILABLE)


@given(policies(), LOGITS, st.floats(0, 100), st.floats(0, 100), st.none() | LOGITS)
def test_more_evidence_for_fraud_never_gives_an_easier_label(
    policy: Policy, legit: float, spread: float, novelty: float, own_legit: float | None
) -> None:
    evidence = np.linspace(-10, 10, 81)
    scores = some_scores(
        evidence, legit=None if own_legit is None else [legit] * 81, spread=spread, novelty=novelty
    )
    labels = decide(scores, all_standing(Standing.SCORED, 81), policy).labels
    assert (np.diff(labels) >= 0).all()


@given(policies(), LOGITS, LOGITS)
def test_more_evidence_for_legit_never_gives_a_harder_label_on_the_legit_side(
    policy: Policy, evidence: float, legit: float
) -> None:
    """Evidence for legit can turn an unknown into an approval, and a decline into an unknown."""
    scores = some_scores([evidence] * 2, legit=[legit, legit + 1])
    labels = decide(scores, all_standing(Standing.SCORED, 2), policy).labels
    assert labels[1] <= labels[0]


@given(st.lists(LOGITS, min_size=1, max_size=20), LOGITS)
def test_one_bound_and_no_gates_leave_nothing_to_a_person(evidence: list[float], bound: float) -> None:
    policy = a_policy(approve_at_most=bound, decline_at_least=bound)
    decided = in_words(decide(some_scores(evidence), all_standing(Standing.SCORED, len(evidence)), policy))
    assert all(label is not Label.UNKNOWN for label, _ in decided)
    assert [label is Label.FRAUD for label, _ in decided] == [value >= bound for value in evidence]


@given(st.lists(LOGITS, min_size=2, max_size=30), policies())
def test_a_wider_band_never_sends_less_to_a_person(evidence: list[float], policy: Policy) -> None:
    wider = replace(
        policy, approve_at_most=policy.approve_at_most - 1, decline_at_least=policy.decline_at_least + 1
    )
    standings = all_standing(Standing.SCORED, len(evidence))
    narrow, wide = (decide(some_scores(evidence), standings, each).labels for each in (policy, wider))
    unknown = LABELS.index(Label.UNKNOWN)
    assert ((narrow != unknown) | (wide == unknown)).all()


def test_the_bounds_themselves_decide() -> None:
    policy = a_policy(approve_at_most=-3.0, decline_at_least=2.0)
    decided = in_words(
        decide(some_scores([-3.0, -2.999999, 1.999999, 2.0]), all_standing(Standing.SCORED, 4), policy)
    )
    assert decided == [
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
        (Label.UNKNOWN, Reason.BETWEEN_BOUNDS),
        (Label.UNKNOWN, Reason.BETWEEN_BOUNDS),
        (Label.FRAUD, Reason.EVIDENCE_FRAUD),
    ]


def test_the_gates_speak_in_their_order() -> None:
    policy = a_policy(spread_at_most=1.0, novelty_at_most=99.0)
    told = []
    for standing, evidence, spread, novelty in [
        (Standing.MODEL_UNAVAILABLE, nan, 9.0, 100.0),
        (Standing.SCORED, nan, 9.0, 100.0),
        (Standing.CURRENCY_UNSUPPORTED, nan, 9.0, 100.0),
        (Standing.SCORED, 9.0, 9.0, 100.0),
        (Standing.SCORED, 9.0, 9.0, 99.0),
        (Standing.SCORED, 9.0, 1.0, 99.0),
    ]:
        scores = some_scores([evidence], spread=spread, novelty=novelty)
        told += [reason for _, reason in in_words(decide(scores, all_standing(standing, 1), policy))]
    assert told == [
        Reason.MODEL_UNAVAILABLE,
        Reason.MODEL_UNAVAILABLE,
        Reason.CURRENCY_UNSUPPORTED,
        Reason.NOVEL,
        Reason.PASSES_DISAGREE,
        Reason.EVIDENCE_FRAUD,
    ]


def test_two_classes_of_evidence_name_ambiguity_and_unfamiliarity() -> None:
    policy = a_policy(approve_legit_at_least=3.0, decline_legit_at_most=-1.0)
    scores = some_scores([5.0, 5.0, -5.0, -5.0], legit=[4.0, -4.0, -4.0, 4.0])
    assert in_words(decide(scores, all_standing(Standing.SCORED, 4), policy)) == [
        (Label.UNKNOWN, Reason.AMBIGUOUS),
        (Label.FRAUD, Reason.EVIDENCE_FRAUD),
        (Label.UNKNOWN, Reason.UNFAMILIAR),
        (Label.LEGIT, Reason.EVIDENCE_LEGIT),
    ]


def test_label_codes_rise_with_the_fraud_evidence() -> None:
    assert LABELS == (Label.LEGIT, Label.UNKNOWN, Label.FRAUD)
    assert set(REASONS) == set(Reason)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one standing per score"):
        decide(some_scores([1.0]), all_standing(Standing.SCORED, 2), a_policy())


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("approve_at_most", {"approve_at_most": 3.0, "decline_at_least": 2.0}),
        ("decline_at_least", {"decline_at_least": nan}),
        ("approve_at_most", {"approve_at_most": -inf}),
        ("novelty_at_most", {"novelty_at_most": 101.0}),
        ("spread_at_most", {"spread_at_most": -0.1}),
    ],
)
def test_an_impossible_policy_names_the_field(field: str, values: dict[str, float]) -> None:
    with pytest.raises(PolicyImpossible) as refused:
        a_policy(**values)
    assert refused.value.field == field
