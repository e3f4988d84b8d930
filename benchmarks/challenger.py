"""How many payments it takes until a better challenger is called so, by how many declines are audited.

Made-up payments, 0.5 % of them frauds, half of them declined by the champion and seen by an audit alone; all
others become known. Both models give legits 0.2 %.
"""

from collections.abc import Iterator

import numpy as np

from app.scoring.arrays import Floats
from app.triage.betting.frauds import brier_saved, compared
from app.triage.betting.paired import Comparison

PAYMENTS, FRAUD_SHARE, LEGIT_PROBABILITY = 1_000_000, 0.005, 0.002
AUDITS = (1.0, 0.2, 0.02)
#: What the champion and the challenger say of frauds.
FRAUDS_SAID = {"gain": (0.3, 0.6), "drift": (0.05, 0.6)}
#: Payments are found to this share.
NEAR = 1.02


def figures() -> dict[str, float]:
    """Return payments, and frauds seen among them, until *better*; nan where a million are too few."""
    return dict(_figures(np.random.default_rng(2026)))


def _figures(rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    is_fraud = rng.random(PAYMENTS) < FRAUD_SHARE
    is_declined = rng.random(PAYMENTS) < 0.5
    for audits in AUDITS:
        chances = np.where(is_declined, audits, 1.0)
        seen = is_fraud & (rng.random(PAYMENTS) < chances)
        for name, said in FRAUDS_SAID.items():
            champion, challenger = (np.where(is_fraud, p, LEGIT_PROBABILITY) for p in said)
            saved = brier_saved(champion, challenger, seen, chances)
            reached = _until_better(saved, audits)
            figure = f"challenger_{name}_audits_{audits * 100:g}_percent"
            yield f"{figure}_payments", reached
            yield f"{figure}_frauds_seen", float(seen[: int(np.nan_to_num(reached))].sum())


def _until_better(saved: Floats, audits: float) -> float:
    """Return the first number of payments with that verdict, which stays once it is given."""
    if not _is_better(saved, audits):
        return float("nan")
    least, enough = 1, saved.size
    while enough > NEAR * least:
        middle = (least + enough) // 2
        if _is_better(saved[:middle], audits):
            enough = middle
        else:
            least = middle + 1
    return float(enough)


def _is_better(saved: Floats, audits: float) -> bool:
    return compared(saved, frauds=0, least_chance=audits).verdict is Comparison.BETTER
