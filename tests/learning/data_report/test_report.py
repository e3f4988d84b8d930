"""The whole report."""

import numpy as np
import pytest

from app.learning.data_report.report import Transactions, data_report


def some_rows(*, rows: int = 400, labelled: bool = True) -> Transactions:
    """Two features, of which the second moves with time; frauds only in the first half."""
    generator = np.random.default_rng(0)
    features = generator.normal(size=(rows, 2))
    features[:, 1] += np.arange(rows) / 100
    return Transactions(
        names=("V1", "V2"),
        features=features,
        amounts=generator.exponential(50, size=rows).round(2),
        seconds=np.arange(0, 60.0 * rows, 60.0),
        is_fraud=(np.arange(rows) % 10 == 0) & (np.arange(rows) < rows / 2) if labelled else None,
    )


def test_first_and_last_quarter_are_compared_by_time() -> None:
    report = data_report(some_rows(), legit_weight=2.0)
    assert report.drift is not None
    assert report.drift.columns[0].name == "V2"
    assert {column.name for column in report.drift.columns} == {"V1", "V2", "Amount"}
    first, last = report.drift.first, report.drift.last
    assert first is not None
    assert last is not None
    assert (first.frauds, first.legits, last.frauds, last.legits) == (10, 90, 0, 100)
    assert first.weighted_fraud_rate == pytest.approx(10 / 190)


def test_the_order_of_the_file_does_not_matter_but_to_ascending() -> None:
    rows = some_rows()
    turned = Transactions(
        names=rows.names,
        features=rows.features[::-1],
        amounts=rows.amounts[::-1],
        seconds=rows.seconds[::-1],
        is_fraud=None if rows.is_fraud is None else rows.is_fraud[::-1],
    )
    one, other = data_report(rows, legit_weight=2.0), data_report(turned, legit_weight=2.0)
    assert one.drift == other.drift
    assert one.classes == other.classes
    assert one.time is not None
    assert other.time is not None
    assert (one.time.is_ascending, other.time.is_ascending) == (True, False)


def test_without_labels_there_are_no_rates() -> None:
    report = data_report(some_rows(labelled=False), legit_weight=5.0)
    assert report.classes is None
    assert report.drift is not None
    assert report.drift.first is report.drift.last is None


def test_one_row_is_told_of_and_compared_with_none() -> None:
    report = data_report(some_rows(rows=1), legit_weight=1.0)
    assert report.classes is not None
    assert report.drift is None


def test_a_file_may_hold_anything() -> None:
    rows = some_rows()
    rows.features[3, 0], rows.features[4, 1], rows.features[5, 0] = np.nan, np.inf, 1e308
    rows.amounts[6], rows.seconds[7] = -1e308, np.nan
    report = data_report(rows, legit_weight=1.0)
    assert report.amounts.negative == 1
    assert report.time is not None


def test_drift_is_the_populations_where_frauds_are_too_many() -> None:
    """Only frauds move, and one in two rows is fraud; the heavier the legits, the less it matters."""
    rows = some_rows()
    is_fraud = np.arange(400) % 2 == 0
    features = np.random.default_rng(1).normal(size=(400, 2))
    features[is_fraud & (np.arange(400) >= 300), 0] += 4
    moved = Transactions(
        names=rows.names, features=features, amounts=rows.amounts, seconds=rows.seconds, is_fraud=is_fraud
    )
    distances = []
    for legit_weight in (1.0, 100.0):
        drift = data_report(moved, legit_weight=legit_weight).drift
        assert drift is not None
        distances += [column.largest_distance for column in drift.columns if column.name == "V1"]
    assert distances[0] > 0.4
    assert distances[1] < 0.25
