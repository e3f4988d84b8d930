"""How a standardised column enters the network: as it is, bent, in pieces, or as waves."""

from collections.abc import Callable, Mapping, Sequence
from math import pi
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from app.scoring.arrays import Floats


class Embedding(nn.Module):
    """A fixed map of standardised columns to the inputs of the first layer.

    **Shape**
    - Input: ``(..., columns)``
    - Output: ``(..., width)``
    """

    kind: ClassVar[str]
    width: int

    def described(self) -> dict[str, Any]:
        """Return what, with its tensors, rebuilds it; see `embedding_from`."""
        return {"kind": self.kind}


class Clamped(Embedding):
    """Each column, held within +-`limit` standard deviations."""

    kind = "clamped"

    def __init__(self, *, columns: int, limit: float) -> None:
        super().__init__()
        self.width = columns
        self.limit = limit

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the held columns."""
        return vectors.clamp(-self.limit, self.limit)

    def described(self) -> dict[str, Any]:
        """Return kind and limit."""
        return {"kind": self.kind, "limit": self.limit}


class SignedLog(Embedding):
    """Each column as sign(x) ln(1 + |x|): far values stay apart, but no longer shout."""

    kind = "signed_log"

    def __init__(self, *, columns: int) -> None:
        super().__init__()
        self.width = columns

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the bent columns."""
        return vectors.abs().log1p().copysign(vectors)


class PiecewiseLinear(Embedding):
    """Each column as the share of every bin that it fills, -1 (empty) to 1 (full).

    Gorishniy, Rubachev and Babenko 2022 ("On embeddings for numerical features"), section 3.2: the
    network can then turn at every edge, as a tree can.
    """

    kind = "piecewise_linear"
    column_of_bin: Tensor
    low: Tensor
    inverse_width: Tensor

    def __init__(self, *, column_of_bin: NDArray[np.intp], low: Floats, high: Floats) -> None:
        super().__init__()
        if not (high > low).all():
            raise ValueError("every bin needs a lower and a higher edge")
        self.width = low.size
        self.register_buffer("column_of_bin", torch.as_tensor(column_of_bin, dtype=torch.int64))
        self.register_buffer("low", torch.as_tensor(low))
        self.register_buffer("inverse_width", torch.as_tensor(2.0 / (high - low)))

    @classmethod
    def of_edges(cls, edges: Sequence[Floats]) -> "PiecewiseLinear":
        """Build from the rising edges of each column's bins; one edge alone makes none."""
        return cls(
            column_of_bin=np.repeat(np.arange(len(edges)), [each.size - 1 for each in edges]),
            low=np.concatenate([each[:-1] for each in edges]),
            high=np.concatenate([each[1:] for each in edges]),
        )

    def forward(self, vectors: Tensor) -> Tensor:
        """Return how full each bin is."""
        beyond = vectors[..., self.column_of_bin] - self.low
        return beyond.mul(self.inverse_width).sub(1.0).clamp(-1.0, 1.0)

    def described(self) -> dict[str, Any]:
        """Return kind and number of bins."""
        return {"kind": self.kind, "bins": self.width}


class Periodic(Embedding):
    """Each column as sines and cosines of given frequencies (Gorishniy et al. 2022, section 3.3)."""

    kind = "periodic"
    frequencies: Tensor

    def __init__(self, *, frequencies: Floats) -> None:
        """`frequencies`: in cycles per standard deviation, shape (columns, waves)."""
        super().__init__()
        self.width = 2 * frequencies.size
        self.register_buffer("frequencies", torch.as_tensor(2 * pi * frequencies))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return sines, then cosines."""
        angles = (vectors[..., None] * self.frequencies).flatten(-2)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)

    def described(self) -> dict[str, Any]:
        """Return kind and waves per column."""
        return {"kind": self.kind, "waves": self.frequencies.shape[1]}


class Joined(nn.Module):
    """Several embeddings side by side, all behind one outer limit.

    Card features have tails of fifty standard deviations, from where a network would extrapolate a
    line: nothing beyond `limit` is told apart. What lies that far out is for the novelty gate.
    """

    def __init__(self, parts: Sequence[Embedding], *, limit: float) -> None:
        super().__init__()
        if not parts:
            raise ValueError("an embedding needs at least one part")
        self.parts = nn.ModuleList(parts)
        self.description = [part.described() for part in parts]
        self.width = sum(part.width for part in parts)
        self.limit = limit

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the parts' outputs, joined."""
        held = vectors.clamp(-self.limit, self.limit)
        return torch.cat([part(held) for part in self.parts], dim=-1)


class Rescaled(Embedding):
    """A whole embedding behind a scaling of its own: that of the rows its networks were taught.

    Members of a cross-fitted ensemble never saw one another's rows, not even through their mean.
    """

    kind = "rescaled"
    stretch: Tensor
    shift: Tensor

    def __init__(self, inner: Joined, *, stretch: Floats, shift: Floats) -> None:
        """`stretch` and `shift`: shape (columns,); a column x enters as x * stretch + shift."""
        super().__init__()
        self.inner = inner
        self.width = inner.width
        self.register_buffer("stretch", torch.as_tensor(stretch))
        self.register_buffer("shift", torch.as_tensor(shift))

    def forward(self, vectors: Tensor) -> Tensor:
        """Return the embedding of the rescaled columns."""
        embedded: Tensor = self.inner(torch.addcmul(self.shift, vectors, self.stretch))
        return embedded

    def described(self) -> dict[str, Any]:
        """Return kind, and the embedding inside with its limit."""
        return {"kind": self.kind, "parts": self.inner.description, "limit": self.inner.limit}


def embedding_from(description: Sequence[Mapping[str, Any]], *, columns: int, limit: float) -> Joined:
    """Return an embedding of this shape, its tensors blank until a state is loaded.

    Raises KeyError for an unknown kind.
    """
    blanks: Mapping[str, Callable[[Mapping[str, Any]], Embedding]] = {
        "clamped": lambda part: Clamped(columns=columns, limit=part["limit"]),
        "signed_log": lambda _: SignedLog(columns=columns),
        "piecewise_linear": lambda part: PiecewiseLinear(
            column_of_bin=np.zeros(part["bins"], dtype=np.intp),
            low=np.zeros(part["bins"]),
            high=np.ones(part["bins"]),
        ),
        "periodic": lambda part: Periodic(frequencies=np.ones((columns, part["waves"]))),
        "rescaled": lambda part: Rescaled(
            embedding_from(part["parts"], columns=columns, limit=part["limit"]),
            stretch=np.ones(columns),
            shift=np.zeros(columns),
        ),
    }
    return Joined([blanks[part["kind"]](part) for part in description], limit=limit)
