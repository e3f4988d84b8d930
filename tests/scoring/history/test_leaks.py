"""What comes later in the order of updates changes nothing read before; frauds wait for their delay."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.history.folding import FraudKnown, Step, fold
from app.scoring.history.state import Occurrence
from app.scoring.schema.history import KeptHistory

KEPT = KeptHistory(entity="card", partners=("terminal",), delay_days=2, currency="EUR")
DAY = 86_400.0
BEGIN = 1_530_000_000.0

KEYS = st.sampled_from(["card-0", "card-1", "card-2"])
#: In any order: some payments are late.
SECONDS = st.integers(0, 20 * 86_400).map(lambda seconds: BEGIN + seconds)
PAYMENTS = st.builds(
    Occurrence,
    seconds=SECONDS,
    amount=st.integers(0, 10**6).map(lambda cents: cents / 100),
    partners=st.tuples(st.none() | st.integers(0, 5)),
)
STEPS = st.builds(Step, key=KEYS | st.none(), payment=PAYMENTS, is_fraud=st.booleans())
NEWS = st.builds(FraudKnown, key=KEYS, seconds=SECONDS, count=st.just(1))
ORDERS = st.lists(STEPS | NEWS, max_size=40)


@given(ORDERS, ORDERS, ORDERS)
def test_what_comes_later_changes_nothing_that_was_read_before(
    before: list[Step | FraudKnown], later: list[Step | FraudKnown], others: list[Step | FraudKnown]
) -> None:
    payments = sum(isinstance(each, Step) for each in before)
    told = [fold(KEPT, [*before, *after])[:payments] for after in (later, others, [])]
    assert np.array_equal(told[0], told[1], equal_nan=True)
    assert np.array_equal(told[0], told[2], equal_nan=True)


@given(ORDERS, STEPS, ORDERS)
def test_a_payment_reads_nothing_of_its_own_truth(
    before: list[Step | FraudKnown], own: Step, after: list[Step | FraudKnown]
) -> None:
    other = replace(own, is_fraud=not own.is_fraud)
    read = [fold(KEPT, [*before, each, *after]) for each in (own, other)]
    place = sum(isinstance(each, Step) for each in before)
    assert np.array_equal(read[0][: place + 1], read[1][: place + 1], equal_nan=True)


@given(ORDERS, STEPS, st.lists(STEPS, max_size=30))
def test_a_truth_changes_nothing_before_its_delay_is_over(
    before: list[Step | FraudKnown], own: Step, after: list[Step]
) -> None:
    """Red when a window of known frauds ends with the present quarter of a day."""
    other = replace(own, is_fraud=not own.is_fraud)
    read = [fold(KEPT, [*before, each, *after]) for each in (own, other)]
    begin = sum(isinstance(each, Step) for each in before) + 1
    is_changed = ~np.isclose(read[0][begin:], read[1][begin:], equal_nan=True).all(axis=1)
    # A late payment reads its key as of the key's newest one.
    newest = max((each.payment.seconds for each in before if isinstance(each, Step)), default=-np.inf)
    moments = np.maximum.accumulate([newest, *(each.payment.seconds for each in [own, *after])])[2:]
    assert not (is_changed & (moments < own.payment.seconds + 2 * DAY)).any()
