"""A sample that splits and fits in a blink."""

from dataclasses import replace
from typing import Any

import numpy as np

from app.learning.comparison.candidates import KnownModel, RecipeCandidate
from app.learning.comparison.sample import Sample
from app.learning.teachers import logistic
from tests.learning.training.builders import of, small

LOGISTIC = KnownModel("logistic", logistic)


def a_sample(*, rows: int = 1200, frauds: int = 240, copies: int = 20, seed: int = 0) -> Sample:
    """The last rows are copies of the first, as public data has them."""
    generator = np.random.default_rng(seed)
    is_fraud = generator.permutation(rows) < frauds
    features = generator.normal(size=(rows, 3)) + 1.5 * is_fraud[:, None]
    amounts = generator.exponential(60, size=rows).round(2)
    features[rows - copies :], amounts[rows - copies :] = features[:copies], amounts[:copies]
    is_fraud[rows - copies :] = is_fraud[:copies]
    seconds = np.sort(generator.uniform(0, 1e5, size=rows))
    return Sample.of(features, amounts, is_fraud, legit_weight=2.0, seconds=seconds)


def a_candidate(name: str = "small", **group: Any) -> RecipeCandidate:
    return RecipeCandidate(replace(of(small(epochs=4, **group)), name=name))
