"""How much faster the batched dropout passes are than a loop of forwards with the same masks."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch

from app.artifacts import load_model, newest_model
from app.scoring.arrays import Floats
from app.scoring.network.masks import Masks
from app.scoring.network.mlp import Mlp
from app.scoring.scorer import Scorer
from tests.scoring.network.members import members_apart

MODELS = Path(__file__).parent.parent / "models"
#: Alternated rounds per batch size: the median of each side is compared.
ROUNDS = {1: 60, 512: 15}


def naive(members: list[Mlp], masks: Masks, vectors: Floats) -> Floats:
    """Return every pass by a forward of its own member, shape (transactions, passes)."""
    passes = []
    with torch.inference_mode():
        inputs = torch.from_numpy(vectors)
        for number, mask in enumerate(masks):
            member = members[number % len(members)]
            kept = torch.from_numpy(mask / (1 - member.dropout))
            passes.append(member.head.margin(member.head(member.trunk(inputs) * kept))[0])
        return torch.stack(passes, dim=1).numpy()


def figures() -> dict[str, float]:
    """Return the shipped model's speed-ups at batch 1 and 512, one thread as served, float64, same run."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        scorer = load_model(newest_model(MODELS), device="cpu").scorer
        return {
            f"mc_speedup_{batch}": _speedup(scorer, batch=batch, rounds=rounds)
            for batch, rounds in ROUNDS.items()
        }
    finally:
        torch.set_num_threads(threads)


def _speedup(scorer: Scorer, *, batch: int, rounds: int) -> float:
    passes = scorer.passes
    vectors = np.random.default_rng(0).normal(size=(batch, scorer.legit_median.size))
    members = members_apart(passes.network)
    if not np.allclose(naive(members, passes.masks, vectors), passes.margins(vectors), rtol=0, atol=1e-9):
        raise AssertionError("the two sides must compute the same passes")
    slow, fast = [], []
    for _ in range(rounds):
        slow.append(_seconds(lambda: naive(members, passes.masks, vectors)))
        fast.append(_seconds(lambda: passes.margins(vectors)))
    return median(slow) / median(fast)


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    for name, value in figures().items():
        print(f"figure {name} {value:.1f}")
