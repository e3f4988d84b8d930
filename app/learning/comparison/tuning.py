"""XGBoost deserves its best: sixty trials on inner folds of one training part, then kept."""

import numpy as np

from app.learning.comparison.sample import CHOICE_SEEDS, Sample
from app.scoring.arrays import Rows

TRIALS = 60
#: Of the inner folds; none of the comparison's.
INNER_SEED = 100


def trials(*, seed: int) -> list[dict[str, float]]:
    """Return the settings to try, drawn at random; the first is what most people start from."""
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn: list[dict[str, float]] = [{"n_estimators": 400, "max_depth": 6, "learning_rate": 0.1}]
    while len(drawn) < TRIALS:
        drawn.append(
            {
                "n_estimators": int(generator.choice([200, 400, 800])),
                "max_depth": int(generator.integers(3, 9)),
                "learning_rate": round(float(10 ** generator.uniform(-2, -0.7)), 4),
                "subsample": round(float(generator.uniform(0.5, 1)), 2),
                "colsample_bytree": round(float(generator.uniform(0.3, 1)), 2),
                "min_child_weight": round(float(10 ** generator.uniform(-1, 1.3)), 2),
                "reg_lambda": round(float(10 ** generator.uniform(-1, 1.3)), 2),
            }
        )
    return drawn


def training_part(sample: Sample, development: Rows) -> Rows:
    """Return the one training part on whose inner folds the trials run."""
    first, *rest = sample.folds(development, seed=CHOICE_SEEDS[0])
    del first
    return np.sort(np.concatenate(rest))
