"""Kappa against scikit-learn, and its interval against the truth it promises."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from app.review.quality.agreement import Agreement, kappa_variance
from app.scoring.arrays import Floats

COUNTS = st.integers(0, 40)
TABLES = st.builds(Agreement, both_fraud=COUNTS, only_first=COUNTS, only_second=COUNTS, both_legit=COUNTS)


def as_lists(table: Agreement) -> tuple[list[int], list[int]]:
    first = [1] * (table.both_fraud + table.only_first) + [0] * (table.only_second + table.both_legit)
    second = [1] * table.both_fraud + [0] * table.only_first
    return first, second + [1] * table.only_second + [0] * table.both_legit


@given(TABLES)
def test_kappa_is_that_of_scikit_learn(table: Agreement) -> None:
    found = table.kappa
    assume(found is not None)
    assert found is not None
    assert found.estimate == pytest.approx(cohen_kappa_score(*as_lists(table)), abs=1e-9)


@given(TABLES)
def test_kappa_is_the_same_whoever_is_named_first_and_whatever_is_called_fraud(table: Agreement) -> None:
    swapped = Agreement(
        both_fraud=table.both_legit,
        only_first=table.only_first,
        only_second=table.only_second,
        both_legit=table.both_fraud,
    )
    turned = Agreement(
        both_fraud=table.both_fraud,
        only_first=table.only_second,
        only_second=table.only_first,
        both_legit=table.both_legit,
    )
    for other in (swapped, turned):
        if table.kappa is None or other.kappa is None:
            assert table.kappa is other.kappa
        else:
            told = [(each.estimate, each.low, each.high) for each in (table.kappa, other.kappa)]
            assert told[0] == pytest.approx(told[1], abs=1e-7)


@given(TABLES)
def test_the_interval_holds_the_estimate_and_stays_where_kappa_can_be(table: Agreement) -> None:
    found = table.kappa
    if found is not None:
        assert -1 - 1e-9 <= found.low <= found.estimate <= found.high <= 1 + 1e-9


@pytest.mark.parametrize(
    "table", [Agreement(), Agreement(both_fraud=50), Agreement(both_legit=50)], ids=["none", "fraud", "legit"]
)
def test_kappa_is_undefined_where_nobody_could_have_disagreed(table: Agreement) -> None:
    assert table.kappa is None


def test_full_agreement_is_not_certainty() -> None:
    found = Agreement(both_fraud=20, both_legit=20).kappa
    assert found is not None
    assert found.estimate == found.high == 1
    assert 0.8 < found.low < 0.9


def test_two_who_throw_dice_agree_by_nothing() -> None:
    found = Agreement(both_fraud=25, only_first=25, only_second=25, both_legit=25).kappa
    assert found is not None
    assert found.estimate == 0
    assert found.low == pytest.approx(-found.high)


@pytest.mark.parametrize(("apart", "share"), [(0.10, 0.40), (0.02, 0.10), (0.25, 0.50)])
def test_the_variance_is_that_of_the_delta_method(apart: float, share: float) -> None:
    """kappa's gradient over the four shares of pairs, by differences, in place of the published formula."""
    shares = np.array([share - apart, apart, apart, 1 - share - apart])

    def kappa(p: Floats) -> float:
        first, second = p[0] + p[1], p[0] + p[2]
        chance = first * second + (1 - first) * (1 - second)
        return float((p[0] + p[3] - chance) / (1 - chance))

    step = 1e-6
    gradient = np.array(
        [(kappa(shares + step * unit) - kappa(shares - step * unit)) / (2 * step) for unit in np.eye(4)]
    )
    expected = gradient @ (np.diag(shares) - np.outer(shares, shares)) @ gradient
    assert kappa_variance(kappa(shares), share) == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [30, 100])
@pytest.mark.parametrize(
    "shares",
    [
        (0.35, 0.05, 0.05, 0.55),
        (0.45, 0.02, 0.03, 0.50),
        (0.10, 0.02, 0.03, 0.85),
        (0.30, 0.15, 0.02, 0.53),
        (0.25, 0.25, 0.25, 0.25),
    ],
)
def test_the_interval_keeps_its_promise(pairs: int, shares: tuple[float, ...]) -> None:
    first, second = shares[0] + shares[1], shares[0] + shares[2]
    chance = first * second + (1 - first) * (1 - second)
    truth = (shares[0] + shares[3] - chance) / (1 - chance)
    draws = np.random.default_rng(20260501).multinomial(pairs, shares, size=1500)
    kept = 0
    for counts in draws.tolist():
        names = ("both_fraud", "only_first", "only_second", "both_legit")
        found = Agreement(**dict(zip(names, counts, strict=True))).kappa
        # Where nobody found a fraud there is no kappa, and no interval that could miss it.
        kept += found is None or found.low <= truth <= found.high
    assert kept / 1500 >= 0.93
