"""Whether 64 stored masks say what 100,000 free ones would, and what the closed form says."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from app.scoring.arrays import Floats
from app.scoring.network.closed_form import free_passes
from app.scoring.network.masks import draw_masks
from app.scoring.network.passes import Passes

FREE_PASSES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PassesCheck:
    """How stored masks, free masks and the closed form agree, over some rows."""

    #: Root mean square, over the rows, of (stored - free variance) / predicted standard error.
    stored_in_standard_errors: float
    #: Largest relative difference of stored and free spread (standard deviation).
    stored_worst: float
    #: Mean predicted relative standard error of the stored spread.
    stored_predicted: float
    #: Largest relative difference of the closed form's and the free spread.
    closed_form_worst: float


def check_passes(
    passes: Passes, vectors: Floats, *, generator: Generator, count: int = FREE_PASSES
) -> PassesCheck:
    """Compare the three on standardised vectors of shape (transactions, columns); `count` free passes.

    The predicted relative standard error of a variance from T passes is
    sqrt((kurtosis - (T - 3) / (T - 1)) / T), by the variance of the sample variance; half of that for a
    standard deviation.
    """
    stored = passes.margins(vectors)
    free = _free_margins(passes, vectors, generator=generator, count=count)
    centred = free - free.mean(axis=1, keepdims=True)
    variance = np.mean(centred**2, axis=1)
    kurtosis = np.mean(centred**4, axis=1) / variance**2
    own = passes.passes
    predicted = np.sqrt((kurtosis - (own - 3) / (own - 1)) / own)
    apart = stored.var(axis=1, ddof=1) / variance - 1
    _, exact = free_passes(passes.network, vectors)
    return PassesCheck(
        stored_in_standard_errors=float(np.sqrt(np.mean((apart / predicted) ** 2))),
        stored_worst=float(np.abs(np.sqrt(1 + apart) - 1).max()),
        stored_predicted=float(predicted.mean() / 2),
        closed_form_worst=float(np.abs(np.sqrt(exact / variance) - 1).max()),
    )


def _free_margins(passes: Passes, vectors: Floats, *, generator: Generator, count: int) -> Floats:
    """Return margins of fresh masks, the members in turn, shape (transactions, `count` or a few more)."""
    network = passes.network
    rounds = -(-count // passes.passes)
    seeds = generator.integers(2**63, size=rounds)
    parts = []
    for seed in seeds.tolist():
        masks = draw_masks(
            hidden=network.hidden[-1], dropout=network.dropout, seed=seed, passes=passes.passes
        )
        parts.append(Passes(network, masks, device=passes.device).margins(vectors))
    return np.concatenate(parts, axis=1)
