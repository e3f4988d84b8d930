"""Small labelled samples with ties and uneven weights."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from app.scoring.arrays import Flags, Floats


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows with a probability each."""

    probability: Floats
    is_fraud: Flags
    weights: Floats

    def of(self, metric: Callable[..., float]) -> float:
        return metric(self.probability, self.is_fraud, self.weights)

    def rows(self, chosen: np.ndarray) -> "Sample":
        return Sample(self.probability[chosen], self.is_fraud[chosen], self.weights[chosen])


def a_sample(seed: int, *, rows: int = 300, decimals: int = 15, legit_weight: float = 5.41) -> Sample:
    """Rows whose probability tells something, rounded to make ties, with errors of both kinds."""
    generator = np.random.default_rng(seed)
    is_fraud = generator.random(rows) < 0.3
    probability = np.clip(generator.normal(0.35 + 0.3 * is_fraud, 0.25), 0.001, 0.999).round(decimals)
    is_fraud[:4], probability[:4] = [True, False, True, False], [0.2, 0.8, 0.8, 0.2]
    return Sample(probability, is_fraud, np.where(is_fraud, 1.0, legit_weight))


def an_untied_sample(seed: int, *, rows: int = 300) -> Sample:
    """Rows of equal weight, no two of the same probability nor on the border of a round number."""
    sample = a_sample(seed, rows=rows, legit_weight=1)
    jitter = np.random.default_rng(seed).uniform(-1e-4, 1e-4, rows)
    return Sample(sample.probability + jitter, sample.is_fraud, sample.weights)


def a_weighted_sample(seed: int, *, heaviest: int = 4) -> Sample:
    """The same with many ties and a whole number as the weight of each row."""
    sample = a_sample(seed, rows=60, decimals=1)
    weights = np.random.default_rng(seed + 1).integers(1, heaviest, size=60, endpoint=True)
    return Sample(np.clip(sample.probability, 0, 1), sample.is_fraud, weights.astype(np.float64))


seeds = st.integers(0, 100_000)
tied_samples = seeds.map(a_weighted_sample)
