"""The network: one small trunk, or several side by side, and a head."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from app.scoring.network.embeddings import Joined
from app.scoring.network.heads.constant_logit import ConstantLogit
from app.scoring.network.heads.distance import Distance
from app.scoring.network.heads.head import Head
from app.scoring.network.heads.margin import Margin
from app.scoring.network.heads.one_vs_all import OneVsAll

#: Heads by the name that recipes and cards use.
HEADS: Final[dict[str, type[Margin | OneVsAll | ConstantLogit | Distance]]] = {
    "margin": Margin,
    "one_vs_all": OneVsAll,
    "constant_logit": ConstantLogit,
    "distance": Distance,
}


class Mlp(nn.Module):
    """`members` networks of fully connected ReLU layers, computed together as batched products.

    **Shape**
    - Input: ``(rows, columns)``, standardised; or ``(members, rows, columns)``, each member its own rows
    - Output: ``(members, rows, classes)``, logits

    There is no batch normalisation, so a row's logit knows nothing of its batch. In training, dropout
    follows every hidden layer; when scoring only the masks before the head remain (see
    `app.scoring.network.passes`), whose mean and variance have a closed form. The members share
    nothing but their embedding: with more than one this is a deep ensemble (Lakshminarayanan 2017).
    """

    def __init__(
        self,
        *,
        embedding: Joined,
        hidden: Sequence[int],
        dropout: float,
        members: int = 1,
        head: str = "margin",
    ) -> None:
        super().__init__()
        if not hidden:
            raise ValueError("the trunk needs at least one hidden layer")
        self.hidden = tuple(hidden)
        self.dropout = dropout
        self.members = members
        self.head_name = head
        self.embedding = embedding
        widths = list(pairwise((embedding.width, *hidden)))
        self.weights = nn.ParameterList(_drawn(members, before, after, before) for before, after in widths)
        self.offsets = nn.ParameterList(_drawn(members, 1, after, before) for before, after in widths)
        self.drop = nn.Dropout(dropout)
        self.head: Head = HEADS[head](members=members, units=hidden[-1])

    def trunk(self, vectors: Tensor) -> Tensor:
        """Return the last hidden layer before its dropout, shape (members, rows, units)."""
        activations: Tensor = self.embedding(vectors)
        if activations.ndim == 2:
            activations = activations.expand(self.members, -1, -1)
        last = len(self.weights) - 1
        for depth, (weight, offset) in enumerate(zip(self.weights, self.offsets, strict=True)):
            activations = torch.baddbmm(offset, activations, weight).relu()
            if depth < last:
                activations = self.drop(activations)
        return activations

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the logits, shape (members, rows, classes); with dropout when in training mode."""
        logits: Tensor = self.head(self.drop(self.trunk(vectors)))
        return logits


def _drawn(members: int, rows: int, columns: int, inputs: int) -> nn.Parameter:
    """Return a parameter drawn as `nn.Linear` draws its own, within 1 / sqrt(inputs)."""
    bound = inputs**-0.5
    return nn.Parameter(torch.empty(members, rows, columns).uniform_(-bound, bound))
