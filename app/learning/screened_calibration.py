"""Two calibrations that were tried and are not shipped: lines of the screening table.

Both are read as the articles describe them; neither is known to `app.scoring.calibration`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from app.learning.calibrating import best_temperature

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionTemperature:
    """P(fraud) = sigmoid(margin / T_r), T_r that of the region of certainty |margin|.

    At a border the probability jumps, and where a surer region is the hotter one it jumps BACK: a
    likelier fraud then gets a lower probability, which no bound on evidence survives. Hence no
    calibrator of ours.
    """

    #: Certainties |margin| (logits) that part the regions, rising; shape (regions - 1,).
    borders: Floats
    #: Shape (regions,), the unsure region first.
    temperatures: Floats

    @property
    def is_monotone(self) -> bool:
        """Whether a likelier fraud always has the higher probability: no surer region is hotter."""
        return bool((np.diff(self.temperatures) <= 0).all())

    def probability(self, margins: Floats) -> Floats:
        """Return P(fraud) for margins (logits) of any shape."""
        region = np.searchsorted(self.borders, np.abs(margins), side="right")
        return np.asarray(expit(margins / self.temperatures[region]))


def fit_region_temperature(
    margins: Floats, is_fraud: Flags, weights: Floats, *, regions: int
) -> RegionTemperature:
    """Return the temperature with the least weighted NLL in each region; arguments (transactions,).

    The regions hold equally many frauds: with equally many rows nearly all would hold none.

    Raises ValueError when there are fewer distinct certainties of frauds than regions.
    """
    certainty = np.abs(margins)
    shares = np.arange(1, regions) / regions
    borders = np.unique(np.quantile(certainty[is_fraud], shares)) if is_fraud.any() else np.empty(0)
    if len(borders) < regions - 1 or not is_fraud.any():
        raise ValueError(f"{regions} regions need as many frauds that differ in certainty")
    region = np.searchsorted(borders, certainty, side="right")
    temperatures = [
        best_temperature(margins[inside], is_fraud[inside], weights[inside])
        for inside in (region == each for each in range(regions))
    ]
    return RegionTemperature(borders=borders, temperatures=np.array(temperatures))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankPreserving:
    """P(fraud) = sigmoid(g(margin)), g(s) = sum_j a_j tanh((s - b_j) / T_j), a_j >= 0, T_j > 0.

    NOTE[DIFF]: in the article ("NRPT") b and T depend on the transaction; on a hundred frauds that
    would learn the frauds. As they do not here, the order is kept. g is bounded by the sum of the
    heights, so far out on either side everything is equally likely.

    Raises ValueError when it would not rise.
    """

    #: a, b (logits) and T (logits), each of shape (bends,).
    heights: Floats
    centres: Floats
    widths: Floats

    def __post_init__(self) -> None:
        """Refuse a map that falls anywhere, or is flat everywhere."""
        if not ((self.heights >= 0).all() and (self.widths > 0).all() and self.heights.sum() > 0):
            raise ValueError("heights must not be negative, nor all zero, and widths must be above zero")

    @property
    def is_monotone(self) -> bool:
        """Whether a likelier fraud always has the higher probability: it has, by construction."""
        return True

    def probability(self, margins: Floats) -> Floats:
        """Return P(fraud) for margins (logits) of any shape."""
        bends = np.tanh((np.asarray(margins)[..., None] - self.centres) / self.widths)
        return np.asarray(expit(bends @ self.heights))


def fit_rank_preserving(margins: Floats, is_fraud: Flags, weights: Floats, *, bends: int) -> RankPreserving:
    """Return the transform with the least weighted NLL found from evenly spread bends (L-BFGS-B).

    Arguments have shape (transactions,). The NLL is not convex: another start may end elsewhere.
    """
    share, sign = weights / weights.sum(), np.where(is_fraud, -1.0, 1.0)
    reach = max(float(np.ptp(margins)), 1e-6)

    def nll_and_slope(parameters: Floats) -> tuple[float, Floats]:
        heights, centres, log_widths = parameters.reshape(3, bends)
        inside = (margins[:, None] - centres) * np.exp(-log_widths)
        bent = np.tanh(inside)
        against = sign * (bent @ heights)
        pull = share * sign * expit(against)
        steep = pull[:, None] * (1 - bent * bent) * heights
        slope = [pull @ bent, -(steep * np.exp(-log_widths)).sum(axis=0), -(steep * inside).sum(axis=0)]
        return float(share @ np.logaddexp(0, against)), np.concatenate(slope)

    centres = np.quantile(margins, (np.arange(bends) + 0.5) / bends)
    start = np.concatenate([np.ones(bends), centres, np.full(bends, np.log(reach / bends))])
    # Narrower than a thousandth of the margins' reach, a bend would be a step between two rows.
    widths = [(np.log(reach / 1e3), np.log(reach * 1e3))]
    bounds = [(0.0, None)] * bends + [(None, None)] * bends + widths * bends
    found = minimize(nll_and_slope, start, jac=True, method="L-BFGS-B", bounds=bounds)
    heights, centres, log_widths = found.x.reshape(3, bends)
    return RankPreserving(heights=heights, centres=centres, widths=np.exp(log_widths))
