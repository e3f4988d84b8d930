"""Dropout masks are data: drawn once per model version, stored with it, the same for every score."""

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

#: True where a unit stays; shape (passes, hidden).
Masks = NDArray[np.bool_]

# The logit's spread over 64 masks has a relative standard error of 1 / sqrt(2 * 63), about 9 %.
PASSES = 64


def draw_masks(*, hidden: int, dropout: float, seed: int, passes: int = PASSES) -> Masks:
    """Return the masks of one model version: each unit stays with probability 1 - dropout.

    Raises ValueError when `dropout` is not a probability below one.
    """
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is a probability below one, not {dropout:g}")
    generator = np.random.Generator(np.random.PCG64(seed))
    kept: Masks = generator.random((passes, hidden)) >= dropout
    return kept


def passes_of(members: int) -> int:
    """Return how many passes an ensemble makes: as many for each of its members.

    >>> passes_of(8), passes_of(12)
    (64, 60)
    """
    return PASSES - PASSES % members


def masks_sha256(masks: Masks) -> str:
    """Return the fingerprint of the masks: their shape, then one byte per unit, row by row."""
    shape = f"{masks.shape[0]}x{masks.shape[1]}:".encode()
    return sha256(shape + np.ascontiguousarray(masks, dtype=np.uint8).tobytes()).hexdigest()
