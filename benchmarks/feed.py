"""How soon a feed that is wrong as a whole is noticed, and how often a right one is taken for wrong.

The reference is fitted on one half of the sample's rows (drawn at random), and every feed is made of the
other half: 100 undisturbed replays of folds and of stretches in time, forwards, backwards and mixed; and
wrong feeds in the order of time, from moments that are drawn. Medians over 15 of these are told.
"""

import statistics
from collections.abc import Iterator

import numpy as np

from app.cli.training.sample import LEGIT_WEIGHT, default_data
from app.datasets import TransactionFile, read_labelled
from app.learning.feed_reference import fit_feed_reference
from app.scoring.arrays import Rows
from app.scoring.feed.reference import FeedReference
from tests.feeds import WRONG, noticed_after

STARTS, REPLAYS, LONGEST = 15, 100, 4_000
#: The kinds that are asked for by name; the others are told as well.
NAMES = {"another_preparation": "another_year"}


def figures() -> dict[str, float]:
    """Return `wrong_feed_noticed_after_KIND` payments, and `wrong_feed_false_alarms_of_100`."""
    file, is_fraud = read_labelled(default_data())
    rng = np.random.default_rng(2026)
    is_learned = rng.random(is_fraud.size) < 0.5
    reference = fit_feed_reference(
        file.names,
        file.features[is_learned],
        file.amounts[is_learned],
        np.where(is_fraud[is_learned], 1.0, LEGIT_WEIGHT),
    )
    others = np.flatnonzero(~is_learned)
    told = dict(_wrong(file, reference, others, rng))
    alarms = [
        noticed_after(reference, file.features[rows], file.amounts[rows])
        for rows in undisturbed(others, rng, replays=REPLAYS)
    ]
    return told | {"wrong_feed_false_alarms_of_100": sum(alarm is not None for alarm in alarms)}


def _wrong(
    file: TransactionFile, reference: FeedReference, others: Rows, rng: np.random.Generator
) -> Iterator[tuple[str, float]]:
    for kind, broken in WRONG.items():
        features = broken(file.features[others], rng)
        after = []
        for start in rng.integers(others.size - LONGEST, size=STARTS):
            rows = slice(start, start + LONGEST)
            noticed = noticed_after(reference, features[rows], file.amounts[others[rows]])
            after.append(np.inf if noticed is None else noticed)
        yield f"wrong_feed_noticed_after_{NAMES.get(kind, kind)}", statistics.median(after)


def undisturbed(rows: Rows, rng: np.random.Generator, *, replays: int) -> Iterator[Rows]:
    """Return rows of undisturbed replays: folds in time order, mixed, stretches forwards and backwards."""
    for number in range(replays):
        fold = np.sort(rng.permutation(rows)[: rows.size // 4])
        start = int(rng.integers(rows.size - LONGEST))
        stretch = rows[start : start + LONGEST]
        yield (fold, rng.permutation(fold), stretch, stretch[::-1])[number % 4]
