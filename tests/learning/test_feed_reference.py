"""What is learned of the public sample's rows as a whole knows their like, and nothing else."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from app.cli.training.sample import LEGIT_WEIGHT, default_data
from app.datasets import TransactionFile, read_labelled
from app.learning.feed_reference import FeedNotLearnable, fit_feed_reference
from app.scoring.feed.reference import FeedReference
from tests.feeds import WRONG, noticed_after

WITH_SAMPLE = pytest.mark.skipif(
    not default_data().is_file(), reason=f"the sample is not at {default_data()}: set TERTIUM_DATA to use it"
)
#: Payments after which a wrong feed of the sample is noticed at the latest: a few times what it takes.
AT_MOST = {"standardised": 60, "reversed": 40, "random": 40, "another_preparation": 120, "shuffled": 200}

Learned = tuple[TransactionFile, FeedReference, NDArray[np.intp]]


@pytest.fixture(scope="module")
def learned() -> Learned:
    """One half of the sample, what was learned of it, and the places of the other half."""
    file, is_fraud = read_labelled(default_data())
    half = np.random.default_rng(7).random(is_fraud.size) < 0.5
    weights = np.where(is_fraud[half], 1.0, LEGIT_WEIGHT)
    reference = fit_feed_reference(file.names, file.features[half], file.amounts[half], weights)
    return file, reference, np.flatnonzero(~half)


@WITH_SAMPLE
@pytest.mark.parametrize("kind", AT_MOST)
def test_a_wrong_feed_of_rows_never_seen_is_noticed_soon(learned: Learned, kind: str) -> None:
    file, reference, others = learned
    rng = np.random.default_rng(1)
    features = WRONG[kind](file.features[others], rng)
    for start in (0, 6_000, 12_000):
        rows = slice(start, start + 1_000)
        noticed = noticed_after(reference, features[rows], file.amounts[others[rows]])
        assert noticed is not None
        assert noticed <= AT_MOST[kind]


@WITH_SAMPLE
def test_undisturbed_replays_of_rows_never_seen_are_hardly_ever_alarmed(learned: Learned) -> None:
    file, reference, others = learned
    alarms = 0
    for start in range(0, 16_000, 2_000):
        stretch = others[start : start + 3_000]
        for rows in (stretch, stretch[::-1]):
            alarms += noticed_after(reference, file.features[rows], file.amounts[rows]) is not None
    assert alarms <= 1


def _one_sided(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values above zero that belong together, as amounts and counts do."""
    mixing = np.random.default_rng(3).normal(size=(rows.shape[1],) * 2) / np.sqrt(rows.shape[1])
    one_sided: NDArray[np.float64] = np.exp(rows @ mixing)
    return one_sided


@pytest.mark.parametrize("rows", [1_000, 4_000])
@pytest.mark.parametrize("columns", [5, 45, 100])
@pytest.mark.parametrize("law", [np.asarray, _one_sided])
def test_new_rows_of_the_same_law_are_a_right_feed_however_many_columns_few_rows_have(
    law: Callable[[NDArray[np.float64]], NDArray[np.float64]], columns: int, rows: int
) -> None:
    rng = np.random.default_rng(columns)
    names = tuple(f"column_{place}" for place in range(columns))
    learned, amounts = law(rng.normal(size=(rows, columns))), np.exp(rng.normal(3, 1, rows))
    reference = fit_feed_reference(names, learned, amounts, np.ones(rows))
    alarms = [
        noticed_after(reference, law(rng.normal(size=(1_000, columns))), np.exp(rng.normal(3, 1, 1_000)))
        for _ in range(5)
    ]
    assert alarms == [None] * 5


def test_too_few_rows_are_nothing_to_know_a_feed_by() -> None:
    with pytest.raises(FeedNotLearnable):
        fit_feed_reference(("V1",), np.zeros((999, 1)), np.ones(999), np.ones(999))
