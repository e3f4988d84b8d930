"""A decision worked out again: exact to the last digit, and every other value named."""

from math import nextafter

from hypothesis import given
from hypothesis import strategies as st

from app.review.replay import DecisionParts, compared, not_replayed
from app.triage.labels import Label, Reason

scores = st.none() | st.dictionaries(
    st.sampled_from(["probability", "spread", "novelty"]), st.none() | st.floats(0, 1, allow_nan=False)
)
parts = st.builds(DecisionParts, label=st.sampled_from(Label), reason=st.sampled_from(Reason), score=scores)


@given(parts)
def test_the_same_is_exact(stored: DecisionParts) -> None:
    replay = compared(stored, stored)
    assert replay.is_exact
    assert replay.differences == ()


@given(parts, parts)
def test_what_differs_is_named_and_nothing_else(stored: DecisionParts, again: DecisionParts) -> None:
    named = {each.name for each in compared(stored, again).differences}
    assert ("label" in named) is (stored.label is not again.label)
    assert ("reason" in named) is (stored.reason is not again.reason)
    before, after = stored.score or {}, again.score or {}
    assert named - {"label", "reason"} == {
        name for name in {*before, *after} if before.get(name) != after.get(name)
    }


@given(st.floats(0.001, 0.999))
def test_the_last_digit_counts_and_is_shown(value: float) -> None:
    stored, again = (
        DecisionParts(label=Label.UNKNOWN, reason=Reason.NOVEL, score={"probability": each})
        for each in (value, nextafter(value, 1))
    )
    replay = compared(stored, again)
    (difference,) = replay.differences
    assert not replay.is_exact
    assert difference.stored != difference.again
    assert float(difference.stored) == value


def test_what_was_not_worked_out_is_not_exact() -> None:
    assert not not_replayed("the model is gone").is_exact
