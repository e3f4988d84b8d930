"""Feeds for tests and benchmarks: right ones, and ones that are wrong as a whole in some way."""

from collections.abc import Callable, Mapping

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.feed.reference import FeedReference
from app.scoring.feed.watch import FeedWatch, advanced

Breakage = Callable[[Floats, np.random.Generator], Floats]


def standardised(rows: Floats, _rng: np.random.Generator) -> Floats:
    """Return each column with mean 0 and standard deviation 1."""
    scaled: Floats = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    return scaled


def shuffled(rows: Floats, rng: np.random.Generator) -> Floats:
    """Return the values of each column in another order: what belonged together does not any more."""
    return rng.permuted(rows, axis=0)


def another_preparation(rows: Floats, _rng: np.random.Generator) -> Floats:
    """Return principal components fitted anew to other rows of the same kind, signs as they come."""
    fitted_to = rows[len(rows) // 2 :]
    centred = fitted_to - fitted_to.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    turned: Floats = (rows - fitted_to.mean(axis=0)) @ axes.T
    return turned


def one_column(rows: Floats, place: int, values: Floats) -> Floats:
    """Return the rows with one column replaced."""
    changed = rows.copy()
    changed[:, place] = values
    return changed


#: What the issue of a wrong feed looks like, by name; all keep the rows' order.
WRONG: Mapping[str, Breakage] = {
    "standardised": standardised,
    "reversed": lambda rows, _: rows[:, ::-1],
    "permuted": lambda rows, rng: rows[:, rng.permutation(rows.shape[1])],
    "shuffled": shuffled,
    "random": lambda rows, rng: rng.normal(size=rows.shape),
    "another_preparation": another_preparation,
    "negated": lambda rows, _: -rows,
    "signs": lambda rows, rng: rows * rng.choice([-1.0, 1.0], size=rows.shape[1]),
    "tenfold": lambda rows, _: rows * 10,
    "doubled": lambda rows, _: rows * 2,
    "halved": lambda rows, _: rows / 2,
    "shifted": lambda rows, _: rows + 1,
    "scaled_to_one": lambda rows, _: (rows - rows.min(axis=0)) / np.ptp(rows, axis=0),
    "two_decimals": lambda rows, _: rows.round(2),
    "zeros": lambda rows, _: np.zeros_like(rows),
    "moved_by_one": lambda rows, _: np.roll(rows, 1, axis=1),
    "two_swapped": lambda rows, _: rows[:, [1, 0, *range(2, rows.shape[1])]],
    "first_is_zero": lambda rows, _: one_column(rows, 0, np.zeros(len(rows))),
    "first_is_mean": lambda rows, _: one_column(rows, 0, np.full(len(rows), rows[:, 0].mean())),
    "repeated": lambda rows, _: np.repeat(rows[:1], len(rows), axis=0),
}


def noticed_after(reference: FeedReference, rows: Floats, amounts: Floats) -> int | None:
    """Return after how many rows, sent in this order, the feed is found wrong; None: it never is."""
    watch = FeedWatch.begun(reference)
    for start in range(0, len(rows), 500):
        watch = advanced(watch, rows[start : start + 500], amounts[start : start + 500], reference)
    return watch.alarmed_at
