"""One history over many payments in the order of their updates: what files and stored payments read alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.history.reading import read
from app.scoring.history.state import Occurrence, State
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_features


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A payment as it meets the state of one key."""

    #: What tells the key from others; None where the payment names none.
    key: str | None
    payment: Occurrence
    #: Whether it turned out a fraud; it is read by others once the label's delay is over.
    is_fraud: bool = False


def fold(history: KeptHistory, steps: Sequence[Step]) -> Floats:
    """Return what a model reads before each payment, NaN where something is missing.

    Shape (payments, features of the history); the payments in the order in which they update their keys.
    """
    states: dict[str, State] = {}
    nothing = State(history=history)
    out = np.empty((len(steps), len(history_features(history))))
    counts_frauds = history.delay_days is not None
    for row, step in enumerate(steps):
        if step.key is None:
            out[row] = read(nothing, step.payment)
            continue
        state = states.get(step.key)
        if state is None:
            state = states[step.key] = State(history=history)
        out[row] = read(state, step.payment)
        state.add(step.payment)
        if step.is_fraud and counts_frauds:
            state.know_fraud(step.payment.seconds, count=1)
    return out
