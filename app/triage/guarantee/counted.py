"""Evidence on a miss rate where every fraud is known: how many lay below the bound, of how many.

A mixture of Bernoulli likelihoods over Beta(a, b), cut to the miss rates that would speak against the
promise, divided by the likelihood of the promise itself. While the promise's other side is true it is an
e-process: it ever reaches 1 / delta with a probability of at most delta, however often it is read (Ville's
inequality).

A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, Game-theoretic statistics and safe anytime-valid inference, 2023.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.scoring.arrays import Floats
from app.triage.guarantee.incomplete_beta import log_above, log_below


@dataclass(frozen=True, slots=True)
class Prior:
    """Beta(a, b): which miss rates are bet on, before they are cut to one side of the promise."""

    a: float
    b: float


#: For "the promise holds" and for "it is broken".
KEPT_PRIOR: Final = Prior(1.0, 15.0)
BROKEN_PRIOR: Final = Prior(2.0, 8.0)


def log_evidence_kept(missed: Floats, frauds: Floats, promised: float, prior: Prior = KEPT_PRIOR) -> Floats:
    """Return ln M against "the miss rate is `promised` or more", of shape (counts,).

    `missed` of `frauds` were approved. With S missed of n and alpha promised:
    ln B_alpha(a + S, b + n - S) - ln B_alpha(a, b) - S ln alpha - (n - S) ln(1 - alpha), B_alpha the integral
    from 0 to alpha.
    """
    above, below = prior.a + missed, prior.b + frauds - missed
    begun = log_below(promised, np.array([prior.a]), np.array([prior.b]))[0]
    found: Floats = log_below(promised, above, below) - begun - _log_promised(missed, frauds, promised)
    return found


def log_evidence_broken(
    missed: Floats, frauds: Floats, promised: float, prior: Prior = BROKEN_PRIOR
) -> Floats:
    """Return ln M against "the miss rate is `promised` or less": the same with integrals from alpha to 1."""
    above, below = prior.a + missed, prior.b + frauds - missed
    begun = log_above(promised, np.array([prior.a]), np.array([prior.b]))[0]
    found: Floats = log_above(promised, above, below) - begun - _log_promised(missed, frauds, promised)
    return found


def _log_promised(missed: Floats, frauds: Floats, promised: float) -> Floats:
    log_likelihood: Floats = missed * np.log(promised) + (frauds - missed) * np.log1p(-promised)
    return log_likelihood
