"""A data file beside what a model learned from, before anything is sent or learned."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.scoring.feed.causes import amounts_in_doubt
from app.scoring.feed.comparison import ColumnDifference, compared
from app.scoring.feed.reference import FeedReference

#: Columns that are told, the most different first.
COLUMNS_TOLD = 5
#: Exit code: the file differs from what the model learned, and nobody said that this is meant.
ANOTHER_FEED = 2


def feed_problem(
    features: Floats,
    amounts: Floats,
    is_fraud: NDArray[np.bool_] | None,
    reference: FeedReference,
) -> tuple[str, ...]:
    """Return how a file differs as a whole from what a model learned, one phrase each; empty: it does not.

    `features` has shape (rows, columns). Known frauds are left out: files often hold far too many.
    """
    rows = np.ones(len(features), dtype=np.bool_) if is_fraud is None else ~is_fraud
    comparison = compared(features[rows], amounts[rows], reference)
    doubts = amounts_in_doubt(amounts[rows], reference)
    if not comparison.is_wrong and not doubts:
        return ()
    causes = (*comparison.causes, *(doubt for doubt in doubts if doubt not in comparison.causes))
    return (*causes, *_columns(comparison.different))


def refusal(name: str, version: str, problem: tuple[str, ...]) -> str:
    """Return the one sentence that refuses a file, and says how to go on all the same."""
    told = "; ".join(problem)
    return (
        f"{name} differs as a whole from what model {version} learned from: {told}."
        " If this is meant, give --accept-feed"
    )


def newest_reference(models: Path) -> tuple[str, FeedReference] | None:
    """Return the newest model's version and reference; None without a model that keeps one."""
    from app.artifacts import ArtifactRefused, newest_model, read_feed

    try:
        folder = newest_model(models)
        reference = read_feed(folder)
    except ArtifactRefused:
        return None
    return None if reference is None else (folder.name, reference)


def _columns(different: tuple[ColumnDifference, ...]) -> Iterator[str]:
    if not different:
        return
    told = [f"{each.column} ({_quantiles(each)})" for each in different[:COLUMNS_TOLD]]
    more = f" and {len(different) - COLUMNS_TOLD} more" if len(different) > COLUMNS_TOLD else ""
    yield f"columns that differ: {', '.join(told)}{more}"


def _quantiles(difference: ColumnDifference) -> str:
    (_, low, median, high, _), (_, low_learned, learned, high_learned, _) = (
        difference.observed,
        difference.expected,
    )
    return (
        f"half lies in {low:.2g}..{high:.2g}, median {median:.2g},"
        f" learned {low_learned:.2g}..{high_learned:.2g}, median {learned:.2g}"
    )
