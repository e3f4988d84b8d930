"""All dropout passes of a batch as one matrix product, on the CPU or the GPU."""

import copy
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from app.scoring.arrays import Floats
from app.scoring.network.masks import Masks
from app.scoring.network.mlp import Mlp

Device = Literal["cpu", "cuda"]


class DeviceUnavailable(ValueError):
    """A GPU was asked for, and torch sees none."""

    def __init__(self) -> None:
        super().__init__("a GPU was asked for (device cuda), but torch sees none on this machine")


def choose_device(wish: str) -> Device:
    """Return where to score: `cpu`, `cuda`, or `auto`, which takes the GPU when there is one.

    Raises `DeviceUnavailable` when `cuda` is asked for and absent, ValueError for another word.
    """
    if wish not in ("auto", "cpu", "cuda"):
        raise ValueError(f"device is auto, cpu or cuda, not {wish!r}")
    if wish == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if wish == "cuda":
        raise DeviceUnavailable
    return "cpu"


class Passes:
    """The stored-mask passes of one network, ready to be applied to batches.

    Dropout sits before the head only, so pass t differs from the others by its head's weights:
    w_t = w * mask_t / (1 - dropout) (inverted scaling). With several members, pass t is one of member
    t modulo members, so that the spread holds the masks' and the members' disagreement. The trunks
    run once; the passes are one product. Everything is float64: batch-mates then move a logit by some
    1e-15, far below the 1e-6 to which scores are rounded.
    """

    def __init__(self, network: Mlp, masks: Masks, *, device: Device) -> None:
        if masks.ndim != 2 or masks.shape[1] != network.hidden[-1] or len(masks) % network.members:
            raise ValueError(
                f"expected masks of shape (passes, {network.hidden[-1]}), as many for each of"
                f" {network.members} members, got {masks.shape=}"
            )
        self.device = device
        self.passes = len(masks)
        self.masks = masks
        self.network = copy.deepcopy(network).to(device=device, dtype=torch.float64).eval()
        self.network.requires_grad_(requires_grad=False)
        kept = torch.from_numpy(masks.astype(np.float64)).to(device) / (1 - network.dropout)
        self._head = self.network.head.passes(kept)
        self._first = _first_layers(self.network)
        rest = list(zip(self.network.weights, self.network.offsets, strict=True))[1:]
        self._rest = [(weight.detach(), offset.detach()) for weight, offset in rest]

    @property
    def limit(self) -> float:
        """How far from the mean the network sees (standard deviations)."""
        return self.network.embedding.limit

    @torch.inference_mode()
    def logits(self, vectors: Floats) -> Floats:
        """Return the logits of every pass, shape (transactions, passes, classes).

        `vectors`: standardised, shape (transactions, columns), float64.
        """
        inputs = torch.from_numpy(vectors)
        if self.device != "cpu":
            inputs = inputs.to(self.device)
        logits = self.logits_tensor(inputs)
        return logits.numpy() if self.device == "cpu" else logits.cpu().numpy()

    def margins(self, vectors: Floats) -> Floats:
        """Return the evidence for fraud against legit of every pass, shape (transactions, passes)."""
        logits = self.logits(vectors)
        return logits[..., 0] if logits.shape[2] == 1 else logits[..., 0] - logits[..., 1]

    def margins_tensor(self, vectors: Tensor) -> Tensor:
        """Return what `margins` does, with its gradient graph; `vectors` on the network's device."""
        return self.network.head.margin(self.logits_tensor(vectors))

    def logits_tensor(self, vectors: Tensor) -> Tensor:
        """Return what `logits` does, with its gradient graph where one is asked for."""
        return self._head(self.embedded(vectors))

    def embedded(self, vectors: Tensor) -> Tensor:
        """Return the last hidden layer of all members side by side, shape (rows, members * units)."""
        inputs = self.network.embedding(vectors)
        layers = [layer.of(inputs) for layer in self._first]
        hidden = (layers[0] if len(layers) == 1 else torch.cat(layers, dim=1)).relu()
        if not self._rest:
            return hidden
        members = self.network.members
        hidden = hidden.view(len(hidden), members, self.network.hidden[0]).transpose(0, 1)
        for weight, offset in self._rest:
            hidden = torch.baddbmm(offset, hidden, weight).relu()
        return hidden.transpose(0, 1).flatten(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _FirstLayer:
    """The first layers of neighbouring members who read the same inputs, as one wide one."""

    begin: int
    end: int
    #: Shape (inputs, members * units), and (1, members * units).
    weight: Tensor
    offset: Tensor

    def of(self, inputs: Tensor) -> Tensor:
        return torch.addmm(self.offset, inputs[:, self.begin : self.end], self.weight)


def _first_layers(network: Mlp) -> list[_FirstLayer]:
    """Return the members' first layers as few wide ones, in the members' order.

    Members who read only some neighbouring inputs (see `side_by_side`) are not multiplied with the zeros of
    the others.
    """
    weights, offsets = network.weights[0].detach(), network.offsets[0].detach()
    layers = []
    start = 0
    for (begin, end), alike in groupby(map(_read, weights)):
        stop = start + len(list(alike))
        weight, offset = (
            each.transpose(0, 1).flatten(1).contiguous()
            for each in (weights[start:stop, begin:end], offsets[start:stop])
        )
        layers.append(_FirstLayer(begin=begin, end=end, weight=weight, offset=offset))
        start = stop
    return layers


def _read(weight: Tensor) -> tuple[int, int]:
    """Return the first input a member reads, and the one behind its last."""
    read = weight.any(dim=1).nonzero().flatten()
    return (int(read[0]), int(read[-1]) + 1) if len(read) else (0, 1)
