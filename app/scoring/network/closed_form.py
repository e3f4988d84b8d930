"""Mean and variance of free dropout before a linear head, without drawing a mask."""

import torch

from app.scoring.arrays import Floats
from app.scoring.network.heads.margin import Margin
from app.scoring.network.mlp import Mlp


@torch.inference_mode()
def free_passes(network: Mlp, vectors: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the margin over all members and all masks, each (transactions,).

    Per member, exactly: mean = w h + b and variance = q / (1 - q) sum w^2 h^2, q the dropout (each unit
    is kept and scaled by a Bernoulli variable of variance q / (1 - q)); over the members, the law of total
    variance. The stored masks are a sample of this.

    Raises TypeError for a head whose logit is not linear in the hidden units.
    """
    head = network.head
    if not isinstance(head, Margin):
        raise TypeError(f"only the margin head has a closed form here, not {type(head).__name__}")
    hidden = network.trunk(torch.from_numpy(vectors))
    means = head(hidden)[..., 0]
    odds = network.dropout / (1 - network.dropout)
    within = odds * torch.bmm(hidden.square(), head.weight.square())[..., 0]
    variance = within.mean(dim=0) + means.var(dim=0, correction=0)
    return means.mean(dim=0).numpy(), variance.numpy()
