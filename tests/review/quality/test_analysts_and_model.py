"""People beside the model on the same cases."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.review.outcome import GroundTruth
from app.review.quality.analysts_and_model import Band, Called, analysts_and_model
from app.review.quality.said import Pair, Said

FRAUD, LEGIT = GroundTruth.FRAUD, GroundTruth.LEGIT
TRUTHS = st.sampled_from([FRAUD, LEGIT])
ADA, BELA = (Said(account_id=key, group_id=None, judgement=FRAUD) for key in (1, 2))
PAIR = Pair(case_id=1, first=ADA, second=BELA, drawn_with=0.1, has_ruling=False, ruled=None)
APART = replace(PAIR, second=replace(BELA, judgement=LEGIT), has_ruling=True)


def test_bands_tell_what_people_said_and_what_the_model_expects() -> None:
    bands = (
        Band(place=0, said=LEGIT, cases=90, expected=0.4, model_says_fraud=0),
        Band(place=0, said=FRAUD, cases=10, expected=0.1, model_says_fraud=0),
        Band(place=5, said=FRAUD, cases=4, expected=3.8, model_says_fraud=4),
    )
    found = analysts_and_model(bands, [], [])
    low, high = found.bands
    assert (low.lowest, low.highest, low.said_fraud.hits, low.said_fraud.trials) == (0.0, 0.01, 10, 100)
    assert abs(low.expected - 0.005) < 1e-12
    assert (high.lowest, high.highest) == (0.8, 1.0)
    assert (found.same.hits, found.same.trials) == (94, 104)


@given(st.lists(st.tuples(TRUTHS, TRUTHS, TRUTHS), max_size=40))
def test_both_are_judged_by_the_same_truths(
    cases: list[tuple[GroundTruth, GroundTruth, GroundTruth]],
) -> None:
    called = [
        Called(person=person, model=model, truth=truth, is_control=False, cases=1)
        for person, model, truth in cases
    ]
    found = analysts_and_model([], [], called).paired
    assert found.cases == len(cases)
    assert found.after.hits == sum(person is truth for person, _, truth in cases)
    assert found.before.hits == sum(model is truth for _, model, truth in cases)


def test_only_what_is_settled_and_was_drawn_by_chance_can_be_overturned() -> None:
    pairs = [
        PAIR,
        replace(APART, ruled=LEGIT),
        replace(APART, ruled=FRAUD),
        APART,
        replace(APART, ruled=LEGIT, drawn_with=1.0),
        replace(APART, ruled=LEGIT, drawn_with=None),
    ]
    found = analysts_and_model([], pairs, [])
    assert (found.frauds_overturned.hits, found.frauds_overturned.trials) == (1, 3)
    assert found.legits_overturned.trials == 0


def test_a_group_is_overturned_once() -> None:
    grouped = replace(ADA, group_id=7)
    pairs = [replace(APART, case_id=number, first=grouped, ruled=LEGIT) for number in range(5)]
    assert analysts_and_model([], pairs, []).frauds_overturned.trials == 1
