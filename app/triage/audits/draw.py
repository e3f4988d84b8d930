"""Which payments are drawn: by a secret, so that nobody outside can tell, and a draw can be repeated."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np

from app.scoring.arrays import Flags, Floats

_PURPOSE: Final = b"audit draw\0"
# As many bits as a double has room for.
_BITS: Final = 53


def draw_numbers(payment_ids: Sequence[str], secret: bytes) -> Floats:
    """Return a number in [0, 1) for each payment, shape (payments,): HMAC-SHA256 of its id."""
    digests = (
        hmac.digest(secret, _PURPOSE + each.encode("utf-8", "surrogatepass"), sha256) for each in payment_ids
    )
    return np.array(
        [(int.from_bytes(each[:8], "big") >> (64 - _BITS)) / 2**_BITS for each in digests], dtype=np.float64
    )


def drawn(payment_ids: Sequence[str], chances: Floats, secret: bytes) -> Flags:
    """Return which payments are drawn, each with its chance; shape (payments,)."""
    flags: Flags = draw_numbers(payment_ids, secret) < chances
    return flags
