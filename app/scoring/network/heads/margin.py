"""One logit: the evidence for fraud over legit."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from app.scoring.network.heads.linear import LinearHead


class Margin(LinearHead):
    """P(fraud) = sigmoid(s). Two bounds on s make three labels."""

    def __init__(self, *, members: int, units: int) -> None:
        super().__init__(members=members, units=units, classes=1)

    def negative_log_likelihood(self, logits: Tensor, fraud: Tensor) -> Tensor:
        """Return the binary cross-entropy."""
        return binary_cross_entropy_with_logits(logits[..., 0], fraud, reduction="none")

    @torch.no_grad()
    def start_at(self, log_odds: float) -> None:
        """Let s start at the log odds."""
        self.offset.fill_(log_odds)
