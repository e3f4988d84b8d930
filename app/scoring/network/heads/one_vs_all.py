"""Two sigmoids: evidence for fraud, and evidence for legit; both low is neither."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from app.scoring.network.heads.linear import LinearHead


class OneVsAll(LinearHead):
    """Each class has a logit of its own, trained against all else, so its level means something."""

    def __init__(self, *, members: int, units: int) -> None:
        super().__init__(members=members, units=units, classes=2)

    def negative_log_likelihood(self, logits: Tensor, fraud: Tensor) -> Tensor:
        """Return the sum of the two binary cross-entropies."""
        truth = torch.stack([fraud, 1 - fraud], dim=-1)
        return binary_cross_entropy_with_logits(logits, truth, reduction="none").sum(dim=-1)

    @torch.no_grad()
    def start_at(self, log_odds: float) -> None:
        """Let fraud start at the log odds, legit at their negative."""
        self.offset[..., 0] = log_odds
        self.offset[..., 1] = -log_odds
