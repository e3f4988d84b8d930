"""Distances to a point per class: far from both is unlike anything learned."""

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from app.scoring.network.heads.head import ClassPasses, Head, of_own_member

# Keeps the square root's slope finite at a point itself.
SMALLEST_SQUARE = 1e-12


class Distance(Head):
    """z_class = offset - |hidden - point|, each class a sigmoid of its own (DM logits).

    After Padhy et al. 2020 ("Revisiting one-vs-all classifiers"); the learned offset per class lets a
    logit rise above zero, and carries the base rate.
    """

    classes = 2

    def __init__(self, *, members: int, units: int) -> None:
        super().__init__()
        self.point = nn.Parameter(torch.randn(members, units, self.classes) * units**-0.5)
        self.offset = nn.Parameter(torch.zeros(members, 1, self.classes))

    def forward(self, hidden: Tensor) -> Tensor:
        """Return logits of shape (members, rows, classes)."""
        square = (hidden[..., None] - self.point[:, None]).square().sum(dim=2)
        return self.offset - square.clamp_min(SMALLEST_SQUARE).sqrt()

    def negative_log_likelihood(self, logits: Tensor, fraud: Tensor) -> Tensor:
        """Return the sum of the two one-vs-all cross-entropies."""
        truth = torch.stack([fraud, 1 - fraud], dim=-1)
        return -(truth * logsigmoid(logits) + (1 - truth) * logsigmoid(-logits)).sum(dim=-1)

    @torch.no_grad()
    def start_at(self, log_odds: float) -> None:
        """Let fraud start at the log odds, legit at their negative."""
        self.offset[..., 0] = log_odds
        self.offset[..., 1] = -log_odds

    def passes(self, kept: Tensor) -> ClassPasses:
        """Return the passes as two products: |m h - p|^2 = m^2 h^2 - 2 m h p + p^2, summed over units."""
        passes, members = len(kept), len(self.point)
        factors = of_own_member(kept, members)
        squares = factors.square().permute(1, 2, 0).reshape(-1, passes, 1)
        squares = squares.expand(-1, -1, self.classes).reshape(-1, passes * self.classes).contiguous()
        crosses = (-2 * factors[..., None] * self.point).permute(1, 2, 0, 3)
        crosses = crosses.reshape(-1, passes * self.classes).contiguous()
        member_of_pass = torch.arange(passes) % members
        norms = self.point.square().sum(dim=1)[member_of_pass].reshape(-1)
        offset = self.offset[member_of_pass, 0].reshape(-1)

        def apply(hidden: Tensor) -> Tensor:
            square = torch.addmm(norms, hidden.square(), squares).addmm_(hidden, crosses)
            logits = offset - square.clamp_min(SMALLEST_SQUARE).sqrt()
            return logits.view(len(hidden), passes, self.classes)

        return apply
