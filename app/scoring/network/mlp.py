"""The network: a small trunk of hidden layers and one logit, the margin of fraud over legit."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

# Standard deviations. Cross-validated on the development parts of the sample: AP .79, without it .76.
CLAMP = 5.0


class Mlp(nn.Module):
    """A trunk of fully connected ReLU layers and a head that gives ONE logit s = evidence for fraud.

    **Shape**
    - Input: ``(transactions, columns)``, standardised
    - Output: ``(transactions,)``, logits

    Inputs are held within +-clamp first: card features have tails of fifty standard deviations, from
    where a ReLU network would extrapolate a line. What lies that far out is for the novelty gate.

    There is no batch normalisation, so a row's logit knows nothing of its batch. In training,
    dropout follows every hidden layer; when scoring only the masks before the head remain
    (see `app.scoring.network.passes`), whose mean and variance have a closed form.
    """

    def __init__(
        self, *, columns: int, hidden: Sequence[int] = (128, 64), dropout: float = 0.2, clamp: float = CLAMP
    ) -> None:
        super().__init__()
        if not hidden:
            raise ValueError("the trunk needs at least one hidden layer")
        widths = (columns, *hidden)
        self.columns = columns
        self.hidden = tuple(hidden)
        self.dropout = dropout
        self.clamp = clamp
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], 1)

    def trunk(self, vectors: Tensor) -> Tensor:
        """Return the last hidden layer before its dropout, shape (transactions, hidden)."""
        activations = vectors.clamp(-self.clamp, self.clamp)
        last = len(self.layers) - 1
        for depth, layer in enumerate(self.layers):
            activations = layer(activations).relu()
            if depth < last:
                activations = self.drop(activations)
        return activations

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the margin, shape (transactions,); with dropout when in training mode."""
        margin: Tensor = self.head(self.drop(self.trunk(vectors)))
        return margin.squeeze(-1)
