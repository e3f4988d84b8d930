"""Rows unlike what was learned, made from held-out legits, to ask whether novelty sees them."""

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from app.learning.metrics.ranking import auroc
from app.scoring.arrays import Floats
from app.scoring.scorer import Scorer

# An injected novelty: this many columns of a legit row, each moved this far (standard deviations).
MOVED_COLUMNS, MOVED_BY = 3, 8.0
# Another currency: amounts a hundred times as large, as in yen.
CURRENCY_FACTOR = 100.0


def injected(vectors: Floats, generator: Generator) -> Floats:
    """Return the rows with three columns each moved by eight standard deviations, up or down."""
    moved = vectors.copy()
    rows, columns = vectors.shape
    chosen = generator.permuted(np.tile(np.arange(columns), (rows, 1)), axis=1)[:, :MOVED_COLUMNS]
    signs = generator.choice([-1.0, 1.0], chosen.shape)
    np.put_along_axis(moved, chosen, np.take_along_axis(moved, chosen, axis=1) + signs * MOVED_BY, axis=1)
    return moved


def shuffled(vectors: Floats, generator: Generator) -> Floats:
    """Return rows whose every column is ordinary, but comes from another row."""
    return np.asarray(generator.permuted(vectors, axis=0))


def other_currency(vectors: Floats, scorer: Scorer) -> Floats:
    """Return the rows with the amount in another currency's units; the amount is the last column."""
    schema = scorer.schema
    moved = vectors.copy()
    amounts = np.expm1(moved[:, -1] * schema.scale[-1] + schema.centre[-1])
    moved[:, -1] = (np.log1p(amounts * CURRENCY_FACTOR) - schema.centre[-1]) / schema.scale[-1]
    return moved


def novelty_figures(
    scorer: Scorer, legits: Floats, *, later: NDArray[np.bool_], generator: Generator
) -> dict[str, float]:
    """Return AUROCs of telling odd rows from held-out legits, per kind of row and score.

    `legits`: standardised held-out legits, shape (rows, columns); `later` marks those of the later
    period, which are told from the earlier ones.
    """
    odd: Mapping[str, Floats] = {
        "injected": injected(legits, generator),
        "shuffled": shuffled(legits, generator),
        "other_currency": other_currency(legits, scorer),
    }
    told: dict[str, float] = {}
    ordinary = _opinions(scorer, legits)
    for kind, rows in odd.items():
        for name, values in _opinions(scorer, rows).items():
            told[f"{name}_auroc_{kind}"] = _told_apart(values, ordinary[name])
    for name, values in ordinary.items():
        told[f"{name}_auroc_later_period"] = _told_apart(values[later], values[~later])
    return told


def _opinions(scorer: Scorer, vectors: Floats) -> dict[str, Floats]:
    scores = scorer.score(vectors)
    return {
        "novelty": scores.novelty,
        "neighbour_novelty": scorer.neighbours.percentile(vectors),
        "mutual_information": scores.mutual_information,
        "spread": scores.spread,
    }


def _told_apart(odd: Floats, ordinary: Floats) -> float:
    values = np.concatenate([odd, ordinary])
    is_odd = np.arange(values.size) < odd.size
    return auroc(values, is_odd, np.ones(values.size))
