"""A softmax over fraud, legit and a third class whose logit is a constant: neither."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from app.scoring.network.heads.linear import LinearHead


class ConstantLogit(LinearHead):
    """P(class) = e^z / (e^z_fraud + e^z_legit + e^0).

    A plain softmax over two logits never trains their sum; the constant pins it, so that each logit
    means something, and what neither class takes is the mass on "neither".
    """

    def __init__(self, *, members: int, units: int) -> None:
        super().__init__(members=members, units=units, classes=2)

    def negative_log_likelihood(self, logits: Tensor, fraud: Tensor) -> Tensor:
        """Return ln(1 + e^z_fraud + e^z_legit) minus the logit of the truth."""
        everything = softplus(torch.logsumexp(logits, dim=-1))
        return everything - fraud * logits[..., 0] - (1 - fraud) * logits[..., 1]

    @torch.no_grad()
    def start_at(self, log_odds: float) -> None:
        """Share the log odds between the two logits."""
        self.offset[..., 0] = log_odds / 2
        self.offset[..., 1] = -log_odds / 2
