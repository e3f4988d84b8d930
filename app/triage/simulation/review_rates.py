"""What several policies leave to people that differ in their approve bounds alone."""

from collections.abc import Sequence

import numpy as np

from app.triage.deciding import decide
from app.triage.labels import LABELS, REASONS, Label, Reason
from app.triage.policies.bounds import bound
from app.triage.policies.policy import Policy, widest
from app.triage.simulation.window import Window


def review_rates(window: Window, policies: Sequence[Policy]) -> tuple[float, ...]:
    """Return the share of a window that each policy sends to manual review, as its replay says.

    No approve bound lies above its decline bound. The window holds at least one transaction.
    """
    if not policies:
        return ()
    decisions = decide(window.scores, window.standings, window.amounts, widest(policies[0]), window.listed)
    labels = decisions.labels
    # What a list allows is approved wherever the bound stands.
    by_bound = decisions.reasons != REASONS.index(Reason.ALLOWED)
    approvable = (labels == LABELS.index(Label.LEGIT)) & by_bound
    evidence, amounts = window.scores.evidence_fraud[approvable], window.amounts[approvable]
    others = int((labels == LABELS.index(Label.UNKNOWN)).sum())
    return tuple(
        (others + int(np.sum(evidence > bound("approve_at_most", amounts, policy)))) / window.size
        for policy in policies
    )
