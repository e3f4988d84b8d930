"""Ranges, classes and amounts."""

import numpy as np
import pytest

from app.learning.data_report.cells import amounts_told, class_balance, column_ranges


def test_a_range_is_of_the_finite_values_and_counts_the_others() -> None:
    values = np.concatenate([np.arange(101.0), [np.nan, np.inf, -np.inf]])
    (column,) = column_ranges({"V1": values})
    assert list(column.quantiles or ()) == [0, 1, 50, 99, 100]
    assert column.non_finite == 3
    assert not column.is_constant


def test_a_column_of_one_value_is_constant_and_one_of_none_has_no_range() -> None:
    constant, empty = column_ranges({"V1": np.full(3, 2.5), "V2": np.full(3, np.nan)})
    assert constant.is_constant
    assert empty.quantiles is None
    assert not empty.is_constant


def test_the_weight_that_is_asked_for_gives_the_fraud_rate() -> None:
    is_fraud = np.arange(39_741) < 351
    balance = class_balance(is_fraud, legit_weight=5.41)
    assert balance.fraud_rate == pytest.approx(0.00883, abs=1e-5)
    assert balance.weighted_fraud_rate == pytest.approx(0.00164, abs=1e-5)
    weight = balance.weight_for(0.00167)
    assert weight is not None
    assert class_balance(is_fraud, legit_weight=weight).weighted_fraud_rate == pytest.approx(0.00167)


def test_no_weight_makes_one_class_two() -> None:
    assert class_balance(np.ones(3, dtype=np.bool_), legit_weight=1).weight_for(0.01) is None
    assert class_balance(np.zeros(3, dtype=np.bool_), legit_weight=1).weight_for(0.01) is None


def test_amounts_that_stand_out_are_counted() -> None:
    told = amounts_told(np.array([-1.0, 0, 0, 149.62, 0.1 + 0.2, 1.005, 10_000, 10_000.01, np.nan, np.inf]))
    assert (told.negative, told.zero, told.large, told.finer_than_cents) == (1, 2, 2, 1)
