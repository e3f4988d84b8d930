"""The bounds of an amount are those of its band, for one payment and for many alike."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.triage.policies.bounds import bound, bounds_at
from app.triage.policies.policy import BOUND_NAMES, AmountBand, Bounds
from tests.triage.builders import a_policy

STARTS = st.lists(st.integers(1, 50), unique=True, max_size=6).map(sorted)


@given(STARTS, st.lists(st.integers(0, 60), min_size=1, max_size=20))
def test_an_amount_has_the_bounds_of_the_last_band_that_begins_at_or_below_it(
    starts: list[int], amounts: list[int]
) -> None:
    bands = tuple(
        AmountBand(
            amount_from=start, bounds=Bounds(approve_at_most=-float(start), decline_at_least=float(start))
        )
        for start in starts
    )
    policy = a_policy(approve_at_most=-0.5, decline_at_least=0.5, bands=bands)
    for amount in amounts:
        begun = [start for start in starts if start <= amount]
        assert bounds_at(policy, amount).decline_at_least == (begun[-1] if begun else 0.5)
    for name in BOUND_NAMES:
        many = np.broadcast_to(bound(name, np.array(amounts, dtype=np.float64), policy), len(amounts))
        for one, amount in zip(many.tolist(), amounts, strict=True):
            alone = getattr(bounds_at(policy, amount), name)
            assert math.isnan(one) if alone is None else one == alone
