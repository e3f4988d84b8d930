"""Stored-mask passes with dropout after every hidden layer, to be compared with the last layer's."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from app.scoring.network.masks import Masks, draw_masks
from app.scoring.network.mlp import Mlp

Floats = NDArray[np.float64]


class EveryLayerPasses:
    """Passes whose masks drop units of every hidden layer; pass t is one of member t modulo members.

    Only the first layer is shared by the passes of a member: the rest is one batched product per layer
    over (passes, rows, units), T times the work of the last layer's passes. There is no closed form.
    """

    def __init__(self, network: Mlp, masks: Sequence[Masks]) -> None:
        """`masks`: per hidden layer, shape (passes, units).

        Raises ValueError when they do not fit the layers.
        """
        if [each.shape[1] for each in masks] != list(network.hidden):
            raise ValueError(f"one mask set per layer of {network.hidden}, not {[m.shape for m in masks]}")
        self.passes = len(masks[0])
        self._network = network
        self._member = torch.arange(self.passes) % network.members
        share = 1 - network.dropout
        self._kept = [torch.from_numpy(each.astype(np.float64))[:, None, :] / share for each in masks]

    @torch.inference_mode()
    def margins(self, vectors: Floats) -> Floats:
        """Return the margin of every pass, shape (transactions, passes)."""
        network, member = self._network, self._member
        inputs = network.embedding(torch.from_numpy(vectors)).expand(network.members, -1, -1)
        first = torch.baddbmm(network.offsets[0], inputs, network.weights[0]).relu()
        hidden = first[member] * self._kept[0]
        for depth in range(1, len(network.hidden)):
            weight, offset = network.weights[depth][member], network.offsets[depth][member]
            hidden = torch.baddbmm(offset, hidden, weight).relu() * self._kept[depth]
        logits = torch.stack(
            [
                network.head(each.expand(network.members, -1, -1))[one]
                for each, one in zip(hidden, member, strict=True)
            ]
        )
        return np.ascontiguousarray(network.head.margin(logits).numpy().T)


def draw_every_layer(network: Mlp, *, seed: int) -> list[Masks]:
    """Return one set of masks per hidden layer, each from a seed of its own."""
    return [
        draw_masks(hidden=units, dropout=network.dropout, seed=seed + depth)
        for depth, units in enumerate(network.hidden)
    ]
