"""All dropout passes of a batch as one matrix product, on the CPU or the GPU."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from app.scoring.network.masks import Masks
from app.scoring.network.mlp import Mlp

Floats = NDArray[np.float64]
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
    w_t = w * mask_t / (1 - dropout) (inverted scaling). The trunk runs once; the passes are the one
    product (transactions, hidden) @ (hidden, passes). Everything is float64: batch-mates then move a
    logit by some 1e-15, far below the 1e-6 to which scores are rounded.
    """

    def __init__(self, network: Mlp, masks: Masks, *, device: Device) -> None:
        if masks.ndim != 2 or masks.shape[1] != network.hidden[-1]:
            raise ValueError(f"expected masks of shape (passes, {network.hidden[-1]}), got {masks.shape=}")
        self.device = device
        self.passes = masks.shape[0]
        self.columns = network.columns
        self.clamp = network.clamp

        def ready(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.detach().to(device=device, dtype=torch.float64, copy=True).contiguous()

        self._layers = [
            (ready(layer.bias), ready(layer.weight.t()))
            for layer in network.layers
            if isinstance(layer, nn.Linear)
        ]
        kept = torch.from_numpy(masks.astype(np.float64)).t().to(device) / (1 - network.dropout)
        self._heads = (ready(network.head.weight).t() * kept).contiguous()
        self._offset = ready(network.head.bias)

    @torch.inference_mode()
    def margins(self, vectors: Floats) -> Floats:
        """Return the logit of every pass, shape (transactions, passes).

        `vectors`: standardised, shape (transactions, columns), float64.
        """
        inputs = torch.from_numpy(vectors)
        if self.device != "cpu":
            inputs = inputs.to(self.device)
        hidden = inputs.clamp(-self.clamp, self.clamp)
        for bias, weight in self._layers:
            hidden = torch.addmm(bias, hidden, weight).relu_()
        margins = torch.addmm(self._offset, hidden, self._heads)
        return margins.numpy() if self.device == "cpu" else margins.cpu().numpy()

    def mean_margin(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return the mean logit over the passes, shape (transactions,), with its gradient graph."""
        hidden = vectors.to(self.device).clamp(-self.clamp, self.clamp)
        for bias, weight in self._layers:
            hidden = torch.addmm(bias, hidden, weight).relu()
        return hidden @ self._heads.mean(dim=1) + self._offset
