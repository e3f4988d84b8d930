"""Past transactions as columns: what a simulation looks back on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Floats
from app.scoring.uncertainty import Scores
from app.triage.labels import Codes
from app.triage.simulation.observed import Observed

#: Places of transactions in a window.

#: No source reports with a smaller chance than this: one row would stand for more than a thousand.
SMALLEST_CHANCE = 0.001
TOO_SMALL = (
    f"a propensity is at least {SMALLEST_CHANCE}: a single label must not stand for more than"
    f" {1 / SMALLEST_CHANCE:,.0f} transactions"
)

#: What is known of a transaction, as codes of `Window.truths`.
NO_TRUTH, LEGIT_TRUTH, FRAUD_TRUTH = -1, 0, 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """Transactions decided between two moments, oldest first, each column of shape (transactions,)."""

    #: The window's bounds (seconds since the epoch); there may be no transaction near either.
    started_at: float
    ended_at: float
    #: Keys of the transactions in the database.
    keys: NDArray[np.int64]
    #: When each was decided (seconds since the epoch).
    decided_at: Floats
    #: The quantities policies look at; all others are NaN.
    scores: Scores
    standings: Codes
    #: In the transactions' currency.
    amounts: Floats
    #: What the lists said when it was decided, as codes into `LISTINGS`.
    listed: Codes
    #: What the machine answered then, as codes into `LABELS`.
    labels: Codes
    #: The probability, logged when it was decided, that a person would look.
    propensities: Floats
    #: NO_TRUTH, LEGIT_TRUTH or FRAUD_TRUTH, as far as it has become known.
    truths: NDArray[np.int8]
    #: The probability with which this truth would have become known; NaN where nothing is known, or
    #: where its source cannot say (a chargeback comes for frauds alone).
    truth_propensities: Floats

    @property
    def size(self) -> int:
        """How many transactions there are."""
        return self.keys.size

    @property
    def observed(self) -> Observed:
        """From the first decision to the last, which is what rates are of."""
        if not self.size:
            return Observed(decisions=0)
        return Observed(
            decisions=self.size, first_at=float(self.decided_at[0]), last_at=float(self.decided_at[-1])
        )
