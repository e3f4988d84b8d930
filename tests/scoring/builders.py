"""Small networks and scorers with seeded weights."""

import numpy as np
import torch

from app.learning.fitting import fit_neighbours, fit_novelty
from app.scoring.arrays import Floats
from app.scoring.calibration.curves import Platt
from app.scoring.features import FeatureSchema
from app.scoring.network.embeddings import Clamped, Joined, PiecewiseLinear, SignedLog
from app.scoring.network.masks import draw_masks
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import Passes
from app.scoring.schema.encoding import Encoding
from app.scoring.schema.schema import numeric_schema
from app.scoring.scorer import Scorer


def vectors(rows: int, *, columns: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(scale=2.0, size=(rows, columns))


def an_embedding(*, columns: int = 4, limit: float = 30.0) -> Joined:
    edges = [np.array([-2.0, -0.5, 0.5, 2.0])] * columns
    return Joined(
        [Clamped(columns=columns, limit=5.0), SignedLog(columns=columns), PiecewiseLinear.of_edges(edges)],
        limit=limit,
    )


def a_network(
    *,
    columns: int = 4,
    hidden: tuple[int, ...] = (16, 8),
    dropout: float = 0.2,
    members: int = 1,
    head: str = "margin",
) -> Mlp:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Mlp(
            embedding=an_embedding(columns=columns),
            hidden=hidden,
            dropout=dropout,
            members=members,
            head=head,
        )
    return network.double().eval()


def a_schema(names: tuple[str, ...] = ("V1", "V2", "V3")) -> FeatureSchema:
    columns = len(names) + 1
    return FeatureSchema(
        encoding=Encoding(schema=numeric_schema(names)), centre=np.zeros(columns), scale=np.ones(columns)
    )


def a_scorer(names: tuple[str, ...] = ("V1", "V2", "V3")) -> Scorer:
    columns = len(names) + 1
    network = a_network(columns=columns)
    training = vectors(2000, columns=columns, seed=1)
    return Scorer(
        schema=a_schema(names),
        passes=Passes(network, draw_masks(hidden=8, dropout=0.2, seed=0), device="cpu"),
        calibrator=Platt(slope=1.1, offset=-0.3),
        novelty=fit_novelty(training, np.ones(len(training))),
        neighbours=fit_neighbours(training, np.ones(len(training)), prototypes=50, k=3, clamp=5.0, seed=0),
        legit_median=np.zeros(columns),
    )
