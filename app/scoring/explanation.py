"""Which columns pull a transaction away from an ordinary legit one."""

import numpy as np
import torch
from numpy.typing import NDArray

from app.scoring.network.passes import Passes

Floats = NDArray[np.float64]


def contributions(passes: Passes, vector: Floats, *, baseline: Floats) -> Floats:
    """Return gradient x (input - baseline) of the mean margin, per column (logits), shape (columns,).

    `vector` and `baseline` (the legit median) are standardised, shape (columns,). Positive pulls
    towards fraud. It is a local, first-order picture: the contributions need NOT add up to the
    difference of the margins, because the network bends between the two points. Both points are held
    within the network's clamp first, so a value far out counts as the farthest the network can see.
    """
    if vector.shape != (passes.columns,) or baseline.shape != vector.shape:
        raise ValueError(f"expected ({passes.columns},), got {vector.shape=}, {baseline.shape=}")
    held, start = (np.clip(values, -passes.clamp, passes.clamp) for values in (vector, baseline))
    with torch.enable_grad():
        point = torch.tensor(held[None, :], dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(passes.mean_margin(point).sum(), point)
    slope: Floats = gradient[0].cpu().numpy()
    return slope * (held - start)
