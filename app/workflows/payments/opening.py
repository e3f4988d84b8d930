"""How a case opens: whether it is reviewed blind, and its place in the queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.review.blindness import queue_losses
from app.review.currency_rates import RateTable
from app.review.queue.priority import losses_in_base
from app.scoring.arrays import Flags, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Cases about to open, as columns of shape (cases,)."""

    #: With which chance draws each to be judged blind.
    blind_probabilities: Floats
    #: What the machine expects to lose, and what the amount and the base rate alone do; in own currencies.
    expected: Floats
    by_amount: Floats
    currencies: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The same cases as they open, columns of shape (cases,)."""

    blind: Flags
    #: In the transaction's currency, its rate to the base currency (NaN: none), both as one (base currency).
    queue_losses: Floats
    rates: Floats
    base_losses: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Draws who is blind, and ranks in one currency."""

    #: Of ordinary unknowns so many are judged before the machine's opinion is shown.
    blind_share: float
    #: Who is judged blind, and which decisions are audited: two streams, that neither tells of the other.
    blind_draws: np.random.Generator
    audit_draws: np.random.Generator
    #: By which audits are drawn where a policy spreads them by doubt.
    audit_secret: bytes
    rates: Callable[[], RateTable]
    #: What a loss counts as whose currency has no rate (base currency): the most urgent class begins there.
    unrated_loss: float

    def places(self, cases: Cases) -> Places:
        """Draw and rank; who is drawn is real chance, and known to nobody before."""
        blind = self.blind_draws.random(cases.expected.size) < cases.blind_probabilities
        losses = queue_losses(cases.expected, cases.by_amount, blind)
        rates = self.rates().factors(cases.currencies)
        return Places(
            blind=blind,
            queue_losses=losses,
            rates=rates,
            base_losses=losses_in_base(losses, rates, unrated=self.unrated_loss),
        )
