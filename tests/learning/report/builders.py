"""Made-up material: everything a report needs, seeded and small."""

from typing import Any

import numpy as np

from app.learning.report.material import Boundary, Material, ZeroError
from app.scoring.calibration.curves import Platt
from app.scoring.uncertainty import Scores, scores_of_passes
from app.triage.certificate import Certificate
from app.triage.deciding import decide
from app.triage.labels import STANDINGS, Standing
from tests.triage.builders import a_policy

FRAUDS, LEGITS, PASSES = 60, 1500, 16
NAMES = ("V1", "V2", "V3", "amount")
CALIBRATOR = Platt(slope=0.9, offset=-0.2)


def some_scores(generator: np.random.Generator) -> Scores:
    """Frauds first."""
    centre = np.r_[generator.normal(1.0, 3.0, FRAUDS), generator.normal(-8.0, 1.6, LEGITS)]
    width = 0.2 + 0.05 * np.abs(centre)
    margins = centre[:, None] + width[:, None] * generator.normal(size=(centre.size, PASSES))
    return scores_of_passes(margins, CALIBRATOR, novelty=generator.uniform(0, 100, centre.size))


def a_certificate() -> Certificate:
    return Certificate(
        method="Neyman-Pearson order statistic",
        miss_rate_at_most=0.15,
        confidence=0.95,
        frauds=FRAUDS,
        order=4,
        rows_sha256="ab" * 32,
    )


def a_boundary() -> Boundary:
    x, y = np.linspace(-4, 4, 21), np.linspace(-3, 3, 17)
    median = 1.6 * x[None, :] - 0.8 * y[:, None] - 1
    return Boundary(
        axes=("V2", "V1"), x=x, y=y, low=median - 1.2, median=median, high=median + 1.5, networks=20
    )


def some_splits() -> ZeroError:
    generator = np.random.default_rng(3)
    return ZeroError(recipe=generator.uniform(0.2, 0.7, 20), logistic=generator.uniform(0.05, 0.5, 20))


def some_figures(ap: float, spread: float = 0.0) -> dict[str, Any]:
    values = {"ap": ap, "auroc": 0.97, "nll": 0.003, "brier": 0.0005, "augrc": 0.0001}
    values |= {f"review_rate_at_miss_{each}": 1 / each for each in (15, 10, 5)}
    return {
        name: {"mean": value, "lowest": value - spread, "highest": value + spread}
        for name, value in values.items()
    }


def a_comparison(odd_name: str = "gated") -> dict[str, Any]:
    tried = {"taught": 0.84, odd_name: 0.81, "xgboost": 0.83}
    gap = {"value": 0.01, "low": -0.01, "high": 0.03}
    interval = {"ap": {"value": 0.84, "low": 0.8, "high": 0.88}}
    return {
        "recipe": "taught",
        "rows": 1560,
        "frauds": 60,
        "seeds": [1, 2],
        "models": {"taught": some_figures(0.84, 0.01), "xgboost": some_figures(0.83, 0.02)},
        "intervals": {"taught": interval, "xgboost": interval},
        "minus_xgboost": {"ap": gap},
        "screening": {
            "rows": 1200,
            "seed": 1,
            "candidates": [
                {"name": name, "about": f"what {name} is", "figures": some_figures(ap)}
                for name, ap in tried.items()
            ],
        },
        "choice": {
            "rows": 1200,
            "seeds": [1, 2],
            "candidates": {"taught": some_figures(0.84, 0.01), "xgboost": some_figures(0.83, 0.02)},
            "calibrator_nll": {"taught": {"platt": 0.003, "beta": 0.0031}},
        },
        "verdicts": {"taught": "Chosen: the best.", "xgboost": "Close."},
    }


def a_material(**changes: Any) -> Material:
    generator = np.random.default_rng(7)
    scores = some_scores(generator)
    rows = FRAUDS + LEGITS
    is_fraud = np.arange(rows) < FRAUDS
    standings = np.full(rows, STANDINGS.index(Standing.SCORED), dtype=np.int8)
    policy = a_policy(
        model_version=changes.get("version", "2026-01-01a"), approve_at_most=-4.0, novelty_at_most=99.5
    )
    told: dict[str, Any] = {
        "version": "2026-01-01a",
        "card": {"limits": ["made up"], "data": {"file": "made-up.csv", "legit_weight": 5.41}},
        "policy": policy,
        "certificate": a_certificate(),
        "base_rate": 0.0017,
        "names": NAMES,
        "vectors": generator.normal(size=(rows, 4)) + 1.5 * is_fraud[:, None],
        "amounts": generator.exponential(60, rows),
        "is_fraud": is_fraud,
        "weights": np.where(is_fraud, 1.0, 5.41),
        "scores": scores,
        "labels": decide(scores, standings, np.zeros(rows), policy).labels,
        "calibrator": CALIBRATOR,
        "splits": some_splits(),
        "boundary": a_boundary(),
        "comparison": a_comparison(),
        "novelty": {"Mahalanobis, injected": 0.99, "Mutual information, injected": 0.61},
    }
    return Material(**told | changes)
