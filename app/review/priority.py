"""Who is next: the case where waiting puts most money at risk, and nobody waits forever."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Below one cent the logarithm would outweigh any waiting time.
LEAST_LOSS = 0.01


def priority_keys(losses: Floats, opened_at: datetime, *, patience_minutes: float) -> Floats:
    """Return ln(loss) - opened_at / tau, the highest first; shape (transactions,).

    Sorting by loss x e^(age / tau) at any moment gives the order of this key, which needs no
    rewriting as time passes; and since age grows without bound, nothing starves.
    """
    tau_seconds = patience_minutes * 60
    keys: Floats = np.log(np.maximum(losses, LEAST_LOSS)) - opened_at.timestamp() / tau_seconds
    return keys
