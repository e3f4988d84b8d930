"""Building the embedding that a group asks for, from the training rows."""

import numpy as np

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


def build_embedding(vectors: Floats, is_fraud: Flags, network: Network, *, seed: int) -> Joined:
    """Return the embedding for standardised training vectors of shape (rows, columns).

    With `clamped` alone nothing beyond the clamp is ever seen, so the outer limit is that clamp.
    Raises `RecipeRefused` for an unknown kind.
    """
    parts = [_part(kind, vectors, is_fraud, network, seed=seed) for kind in network.embedding]
    limit = network.clamp if network.embedding == ("clamped",) else OUTER_LIMIT
    return Joined(parts, limit=limit)


def _part(kind: str, vectors: Floats, is_fraud: Flags, network: Network, *, seed: int) -> Embedding:
    columns = vectors.shape[1]
    match kind:
        case "clamped":
            return Clamped(columns=columns, limit=network.clamp)
        case "signed_log":
            return SignedLog(columns=columns)
        case "piecewise_linear":
            return PiecewiseLinear.of_edges(_edges(vectors, is_fraud, bins=network.bins))
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
