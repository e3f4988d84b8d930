"""The order of the queue: by expected loss, and forward with age, so that no case starves."""

from datetime import datetime

import numpy as np

from app.scoring.arrays import Floats

# Below one cent the logarithm would outweigh any waiting time.
LEAST_LOSS = 0.01


def loss_in_base(loss: float, rate: float | None) -> float | None:
    """Return a loss in the base currency; None: its currency has no rate, and it may be any."""
    return None if rate is None else loss * rate


def losses_in_base(losses: Floats, rates: Floats, *, unrated: float) -> Floats:
    """Return losses, each in its own currency, in the base currency; shape (transactions,).

    `rates` are NaN where none is known: then a loss counts as `unrated`, whatever its number says.
    """
    return np.where(np.isnan(rates), unrated, losses * rates)


def priority_keys(losses: Floats, opened_at: datetime, *, urgency_tau_minutes: float) -> Floats:
    """Return ln(loss) - opened_at / tau, the highest first; losses in one currency, shape (transactions,).

    Sorting by loss x e^(age / tau) at any moment gives the order of this key, which needs no
    rewriting as time passes; and since age grows without bound, nothing starves.
    """
    tau_seconds = urgency_tau_minutes * 60
    keys: Floats = np.log(np.maximum(losses, LEAST_LOSS)) - opened_at.timestamp() / tau_seconds
    return keys
