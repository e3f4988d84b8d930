"""Building the embedding that a group asks for, from the training rows."""

from dataclasses import dataclass

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from app.learning.training.recipe import Network, RecipeRefused
from app.scoring.arrays import Flags, Floats
from app.scoring.network.embeddings import (
    Clamped,
    Embedding,
    Joined,
    Periodic,
    PiecewiseLinear,
    SignedLog,
)

# Standard deviations; the farthest value of the sample lies at 51. Beyond it the gate speaks.
OUTER_LIMIT = 60.0
# An edge must part rows by so many bits in all: the best of many edges gains a few by chance.
LEAST_BITS = 10.0
FEWEST_ROWS_OF_A_BIN = 100
OUTER_QUANTILE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """The rows an embedding is fitted to; rows along the first axis of each."""

    #: Standardised, shape (rows, columns).
    vectors: Floats
    is_fraud: Flags


def build_embedding(rows: Seen, network: Network, *, seed: int) -> Joined:
    """Return the embedding for the rows that are learned from.

    With `clamped` alone nothing beyond the clamp is ever seen, so the outer limit is that clamp.
    Raises `RecipeRefused` for an unknown kind.
    """
    parts = [_part(kind, rows, network, seed=seed) for kind in network.embedding]
    limit = network.clamp if network.embedding == ("clamped",) else OUTER_LIMIT
    return Joined(parts, limit=limit)


def _part(kind: str, rows: Seen, network: Network, *, seed: int) -> Embedding:
    columns = rows.vectors.shape[1]
    match kind:
        case "clamped":
            return Clamped(columns=columns, limit=network.clamp)
        case "signed_log":
            return SignedLog(columns=columns)
        case "piecewise_linear":
            return PiecewiseLinear.of_edges(_edges(rows.vectors, rows.is_fraud, bins=network.bins))
        case "tree_pieces":
            return PiecewiseLinear.of_edges(_tree_edges(rows, bins=network.bins))
        case "periodic":
            generator = np.random.Generator(np.random.PCG64(seed))
            return Periodic(
                frequencies=generator.normal(scale=network.frequency, size=(columns, network.waves))
            )
    raise RecipeRefused(f"no embedding is called {kind!r}")


def _edges(vectors: Floats, is_fraud: Flags, *, bins: int) -> list[Floats]:
    """Return each column's edges: quantiles of all rows, and where frauds lie, theirs too."""
    of_all = np.quantile(vectors, np.linspace(0, 1, bins + 1), axis=0)
    of_frauds = np.quantile(vectors[is_fraud], np.linspace(0, 1, bins // 2 + 1), axis=0)
    return [np.unique(column) for column in np.concatenate([of_all, of_frauds]).T]


def _tree_edges(rows: Seen, *, bins: int) -> list[Floats]:
    """Return where each column's own tree parts frauds from legits; a column that parts nothing has no bin.

    Gorishniy, Rubachev and Babenko 2022, section 3.2.2: a network then turns where a tree would. Outside
    stand the 1 % and 99 % quantiles of what lies beyond the outermost of them.
    """
    return [_edges_of_tree(column, rows, bins=bins) for column in rows.vectors.T]


def _edges_of_tree(column: Floats, rows: Seen, *, bins: int) -> Floats:
    # Rows as they are: a legit that stands for five is no more evidence than one.
    tree = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=bins,
        min_samples_leaf=FEWEST_ROWS_OF_A_BIN,
        min_impurity_decrease=LEAST_BITS / len(column),
        random_state=0,
    ).fit(column[:, None], rows.is_fraud)
    inner = np.sort(tree.tree_.threshold[tree.tree_.children_left >= 0])
    if not inner.size:
        # One edge encloses nothing.
        return column[:1]
    low = np.quantile(column[column <= inner[0]], OUTER_QUANTILE)
    high = np.quantile(column[column > inner[-1]], 1 - OUTER_QUANTILE)
    return np.unique(np.concatenate([[low], inner, [high]]))
