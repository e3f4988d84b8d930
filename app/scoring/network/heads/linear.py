"""What the heads share whose logits are linear in the hidden units."""

import torch
from torch import Tensor, nn

from app.scoring.network.heads.head import ClassPasses, Head, of_own_member


class LinearHead(Head):
    """Logits as weighted sums of the hidden units plus an offset, per class and member."""

    def __init__(self, *, members: int, units: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        # nn.Linear's own start, drawn per member.
        bound = units**-0.5
        self.weight = nn.Parameter(torch.empty(members, units, classes).uniform_(-bound, bound))
        self.offset = nn.Parameter(torch.zeros(members, 1, classes))

    def forward(self, hidden: Tensor) -> Tensor:
        """Return logits of shape (members, rows, classes)."""
        return torch.baddbmm(self.offset, hidden, self.weight)

    def passes(self, kept: Tensor) -> ClassPasses:
        """Return the passes as one product (rows, members * units) @ (members * units, passes * classes)."""
        passes, members = len(kept), len(self.weight)
        factors = of_own_member(kept, members)[..., None] * self.weight
        matrix = factors.permute(1, 2, 0, 3).reshape(-1, passes * self.classes).contiguous()
        offset = self.offset[torch.arange(passes) % members, 0].reshape(-1)

        def apply(hidden: Tensor) -> Tensor:
            return torch.addmm(offset, hidden, matrix).view(len(hidden), passes, self.classes)

        return apply
