"""Payments as the demo's generator draws them: all different, for those alike are noticed as a wrong feed."""

from pathlib import Path
from typing import Any

import numpy as np

from app.datasets import load_generator


def ordinary_payments(count: int, random: np.random.Generator) -> list[dict[str, Any]]:
    """Return bodies of payments of which none is a fraud, without an id and attributes."""
    generator = load_generator(Path("models/demo"))
    drawn = generator.sample(count, fraud_share=0.0, rng=random)
    return [
        {
            "occurred_at": "2026-05-01T12:00:00Z",
            "amount": f"{amount:.2f}",
            "currency": "EUR",
            "features": dict(zip(generator.names, features, strict=True)),
        }
        for features, amount in zip(drawn.features.tolist(), drawn.amounts.tolist(), strict=True)
    ]
