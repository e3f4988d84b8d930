"""Which columns lead from an ordinary legit payment to this one: to its evidence, and to its spread.

Integrated gradients (Sundararajan, Taly and Yan 2017) along the straight line from the baseline to the
input. It asks the network for nothing but its logits and their gradient, so it outlives a change of
architecture. Exact: the slopes at each point of the line. Approximate: the integral over it, a sum over
steps, because the slopes of a ReLU network jump; what the sum misses of the whole is reported.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from app.scoring.arrays import Floats

# Measured on the shipped model: the contributions miss the whole by at most 1 % and 0.05 logits up to
# four deviations out, 0.12 at twenty; its piecewise linear columns turn often. 15 ms per case; twice the
# steps halve the error and take 33 ms, in which no payment is scored.
STEPS = 320
# The steps grow with the square of the way: a network turns where payments are, near the baseline, and
# hardly any more thirty deviations out.
_EDGES: Floats = np.linspace(0, 1, STEPS + 1) ** 2
#: Where on the way from 0 (the baseline) to 1 (the input) the slopes are taken, and what each counts.
PLACES: Floats = (_EDGES[1:] + _EDGES[:-1]) / 2
WEIGHTS: Floats = np.diff(_EDGES)


class Explainable(Protocol):
    """All that an explanation needs of a network."""

    @property
    def limit(self) -> float:
        """How far from the mean the network sees (standard deviations)."""
        ...

    @property
    def device(self) -> str:
        """Where the vectors must lie."""
        ...

    def margins_tensor(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return the evidence of every pass, shape (transactions, passes), with its gradient graph."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """What each column adds on the way from the baseline to the input; shape (columns,), in logits."""

    #: To the mean over the passes of the evidence for fraud against legit: above zero pulls to fraud.
    evidence: Floats
    #: To the standard deviation over the passes: above zero it makes the machine less sure.
    spread: Floats
    #: How far evidence and spread of the input lie above those of the baseline.
    evidence_gained: float
    spread_gained: float


def explain(passes: Explainable, vector: Floats, *, baseline: Floats) -> Explanation:
    """Return what leads from `baseline` (the legit median) to `vector`; standardised, shape (columns,).

    Both are held within the network's limit first, so a value far out counts as the farthest the
    network can see. One forward and two backward passes. Raises ValueError for another shape.
    """
    if vector.ndim != 1 or vector.shape != baseline.shape:
        raise ValueError(f"expected {baseline.shape}, got {vector.shape=}")
    held, start = (np.clip(values, -passes.limit, passes.limit) for values in (vector, baseline))
    way = held - start
    points = np.vstack([start + PLACES[:, None] * way, start, held])
    evidence, spread, slopes = _slopes(passes, points)
    towards_fraud, towards_doubt = (WEIGHTS @ slope[:STEPS] * way for slope in slopes)
    return Explanation(
        evidence=towards_fraud,
        spread=towards_doubt,
        evidence_gained=float(evidence[-1] - evidence[-2]),
        spread_gained=float(spread[-1] - spread[-2]),
    )


def _slopes(passes: Explainable, points: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Return evidence and spread at each point, shape (points,), and their slopes, (points, columns)."""
    with torch.enable_grad():
        inputs = torch.tensor(points, dtype=torch.float64, device=passes.device, requires_grad=True)
        margins = passes.margins_tensor(inputs)
        evidence = margins.mean(dim=1)
        # The norm, unlike a root of the variance, has a slope (zero) where all passes agree.
        deviation = torch.linalg.vector_norm(margins - evidence[:, None], dim=1)
        spread = deviation / margins.shape[1] ** 0.5
        (evidence_slope,) = torch.autograd.grad(evidence.sum(), inputs, retain_graph=True)
        (spread_slope,) = torch.autograd.grad(spread.sum(), inputs)
    slopes = evidence_slope.cpu().numpy(), spread_slope.cpu().numpy()
    return evidence.detach().cpu().numpy(), spread.detach().cpu().numpy(), slopes
