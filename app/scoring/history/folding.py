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


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudKnown:
    """That a key was told of a fraud among its payments (1), or that one was none after all (-1)."""

    key: str
    #: When the payment occurred, since 1970.
    seconds: float
    count: int


def fold(
    history: KeptHistory, steps: Sequence[Step | FraudKnown], *, states: dict[str, State] | None = None
) -> Floats:
    """Return what a model reads before each payment, NaN where something is missing.

    Shape (payments, features of the history); the steps in the order in which they update their keys.
    `states`: those of the keys before the first step, none by default; they are moved on.
    """
    known = {} if states is None else states
    nothing = State(history=history)
    payments = sum(isinstance(step, Step) for step in steps)
    out = np.empty((payments, len(history_features(history))))
    row = 0
    for step in steps:
        if step.key is None:
            out[row] = read(nothing, step.payment)
            row += 1
            continue
        state = known.get(step.key)
        if state is None:
            state = known[step.key] = State(history=history)
        if isinstance(step, FraudKnown):
            state.know_fraud(step.seconds, count=step.count)
            continue
        out[row] = read(state, step.payment)
        row += 1
        state.add(step.payment)
        if step.is_fraud and history.delay_days is not None:
            state.know_fraud(step.payment.seconds, count=1)
    return out
