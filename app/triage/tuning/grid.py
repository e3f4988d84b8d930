"""The candidates of Learn then Test: fixed without looking at any known fraud."""

import numpy as np

from app.triage.policies.policy import Policy
from app.triage.simulation.replay import ReplayTable
from app.triage.simulation.window import FRAUD_TRUTH
from app.triage.tuning.evidence import slack_of
from app.triage.tuning.learn_then_test import Grid

#: Shifts of the approve bound, strict to loose (logits).
SHIFTS = np.round(np.arange(-30.0, 30.01, 0.05), 6)
# Spread limits that keep this share of the payments not known to be fraud.
SPREAD_QUANTILES = (0.999, 0.99, 0.95, 0.9)


def grid_of(bench: ReplayTable, policy: Policy) -> Grid:
    """Return shifts x spread limits, with the share of the window's payments each would approve.

    The limits are quantiles over payments that are not known to be fraud: given those, they are fixed,
    and the frauds a promise is tested on are drawn independently of them. Limits looser than the
    policy's own are left out.
    """
    window = bench.window
    ordinary = window.truths != FRAUD_TRUTH
    slack = slack_of(window.scores, window.standings, window.amounts, policy)[ordinary]
    spread = window.scores.spread[ordinary]
    usable = np.isfinite(spread)
    found = np.round(np.quantile(spread[usable], SPREAD_QUANTILES), 6) if usable.any() else np.empty(0)
    own = policy.spread_at_most
    tighter = [float(limit) for limit in found if own is None or limit < own]
    limits = (own, *dict.fromkeys(tighter))
    shares = tuple(
        np.searchsorted(np.sort(slack if limit is None else slack[spread <= limit]), SHIFTS, side="right")
        / max(slack.size, 1)
        for limit in limits
    )
    return Grid(shifts=SHIFTS, spread_limits=limits, approved_shares=shares)
