"""Copies and time."""

import numpy as np
import pytest

from app.learning.data_report.order import copies, time_span
from app.learning.splits import row_hashes


def test_copies_are_counted_by_group_row_and_class() -> None:
    values = np.array([[1.0], [1.0], [1.0 + 1e-9], [2.0], [2.0], [3.0]])
    is_fraud = np.array([True, True, True, True, False, True])
    told = copies(row_hashes(values, np.zeros(6)), is_fraud)
    assert (told.groups, told.rows, told.frauds, told.of_both_classes) == (2, 5, 4, 1)


def test_rows_that_differ_are_no_copies() -> None:
    told = copies(row_hashes(np.array([[1.0], [1.0]]), np.array([5.0, 6.0])), np.zeros(2, dtype=np.bool_))
    assert (told.groups, told.rows, told.frauds, told.of_both_classes) == (0, 0, 0, 0)


def test_a_span_counts_rows_per_whole_hour_and_empty_hours_too() -> None:
    told = time_span(np.array([100.0, 200, 300, 7300, 10_900, 10_901, np.nan]))
    assert told is not None
    assert (told.first, told.last, told.is_ascending) == (100, 10_901, True)
    assert told.hours == pytest.approx(3.0, abs=0.01)
    assert (told.fewest_per_hour, told.most_per_hour) == (0, 3)


def test_the_last_hour_counts_only_when_it_is_over_or_alone() -> None:
    full = time_span(np.concatenate([np.arange(0, 7200, 100.0), [7201.0]]))
    assert full is not None
    assert (full.fewest_per_hour, full.most_per_hour) == (36, 36)
    short = time_span(np.array([30.0, 10.0]))
    assert short is not None
    assert (short.fewest_per_hour, short.most_per_hour, short.is_ascending) == (2, 2, False)


def test_a_time_beyond_reason_needs_no_memory_and_no_time_has_no_span() -> None:
    beyond = time_span(np.array([0.0, 1e300]))
    assert beyond is not None
    assert (beyond.fewest_per_hour, beyond.most_per_hour) == (0, 1)
    assert time_span(np.array([np.nan, np.inf])) is None
