"""How much faster the batched dropout passes are than a loop of forwards with the same masks."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from app.scoring.network.masks import Masks, draw_masks
from app.scoring.network.mlp import Mlp
from app.scoring.network.passes import Passes

Floats = NDArray[np.float64]

COLUMNS, HIDDEN, DROPOUT = 29, (128, 64), 0.2
#: Alternated rounds per batch size: the median of each side is compared.
ROUNDS = {1: 60, 512: 15}


def naive(network: Mlp, masks: Masks, vectors: Floats) -> Floats:
    """Return every pass by its own forward through the whole network, shape (transactions, passes)."""
    kept = torch.from_numpy(masks / (1 - network.dropout))
    with torch.inference_mode():
        inputs = torch.from_numpy(vectors)
        passes = [network.head(network.trunk(inputs) * mask).squeeze(-1) for mask in kept]
        return torch.stack(passes, dim=1).numpy()


def figures() -> dict[str, float]:
    """Return the speed-ups at batch 1 and 512, one thread as served, float64, same machine and run."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = Mlp(columns=COLUMNS, hidden=HIDDEN, dropout=DROPOUT).double().eval()
        masks = draw_masks(hidden=HIDDEN[-1], dropout=DROPOUT, seed=0)
        batched = Passes(network, masks, device="cpu")
        return {
            f"mc_speedup_{batch}": _speedup(network, masks, batched, batch=batch, rounds=rounds)
            for batch, rounds in ROUNDS.items()
        }
    finally:
        torch.set_num_threads(threads)


def _speedup(network: Mlp, masks: Masks, batched: Passes, *, batch: int, rounds: int) -> float:
    vectors = np.random.default_rng(0).normal(size=(batch, COLUMNS))
    if not np.allclose(naive(network, masks, vectors), batched.margins(vectors), rtol=0, atol=1e-12):
        raise AssertionError("the two sides must compute the same passes")
    slow, fast = [], []
    for _ in range(rounds):
        slow.append(_seconds(lambda: naive(network, masks, vectors)))
        fast.append(_seconds(lambda: batched.margins(vectors)))
    return median(slow) / median(fast)


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    for name, value in figures().items():
        print(f"figure {name} {value:.1f}")
