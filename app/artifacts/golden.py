"""Golden vectors: synthetic payloads and the scores they must always get."""

from typing import Any

import numpy as np

from app.artifacts.model import ArtifactRefused
from app.scoring.arrays import Floats
from app.scoring.scorer import Scorer

# Scores are rounded to 1e-6; two machines may round a last bit to neighbouring steps.
GOLDEN_TOLERANCE = 1e-6 + 1e-9
GOLDEN_VECTORS = 16
GOLDEN_COLUMNS = ("evidence_fraud", "spread", "interval_low", "interval_high", "probability", "novelty")


def golden(scorer: Scorer) -> dict[str, Any]:
    """Return synthetic payloads (never rows of data) and what this scorer says of them."""
    generator, schema = np.random.Generator(np.random.PCG64(0)), scorer.schema
    drawn = generator.normal(scale=2.0, size=(GOLDEN_VECTORS, len(schema.columns) - 1))
    features = (schema.centre[:-1] + schema.scale[:-1] * drawn).round(6)
    amounts = generator.exponential(100.0, size=GOLDEN_VECTORS).round(2)
    return {
        "what": "synthetic columns and amounts, drawn from a seed, and their scores",
        "features": features.tolist(),
        "amounts": amounts.tolist(),
        "scores": _golden_scores(scorer, features, amounts),
    }


def _golden_scores(scorer: Scorer, features: Floats, amounts: Floats) -> dict[str, list[float]]:
    scores = scorer.score(scorer.schema.standardised(features, amounts))
    return {name: getattr(scores, name).tolist() for name in GOLDEN_COLUMNS}


def check_golden(golden: dict[str, Any], scorer: Scorer, version: str) -> None:
    """Raise `ArtifactRefused` when the scorer does not say what the card says."""
    scored = _golden_scores(scorer, np.array(golden["features"]), np.array(golden["amounts"]))
    for name in GOLDEN_COLUMNS:
        off = float(np.abs(np.array(scored[name]) - np.array(golden["scores"][name])).max())
        if not off <= GOLDEN_TOLERANCE:
            raise ArtifactRefused(
                f"model {version} does not score as its card says: {name} is off by {off:.2g}"
            )
