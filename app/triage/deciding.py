"""The threshold layer: which transactions the machine decides, and which a person must.

Precedence, the first that speaks decides:

1. ``blocked``               an entity of it is on the block list, whether there is a score or not: fraud
2. ``model_unavailable``     the model failed, timed out or gave no finite number: unknown
3. ``features_unsupported``  the features are those of another model: unknown
4. ``currency_unsupported``  the model never learned this currency: unknown
5. ``unusual_feed``          the client's feed is wrong as a whole, and the policy leaves it to people
6. ``allowed``               an entity of it is on the allow list, the amount is within the policy's limit,
                             and the bounds would not decline it, unless the policy overrides them: legit
7. ``novel``                 farther from the training data than the policy allows: unknown
8. ``passes_disagree``       the spread over the dropout passes is above the policy's limit: unknown
9. ``epistemic_doubt``       the mutual information is above the policy's limit: unknown
10. the bounds of the amount's band: ``contested`` where both claim it (bounds out of order),
    ``ambiguous`` and ``unfamiliar`` by the legit evidence, ``between_bounds``: unknown; fraud; legit
11. ``large_exposure``       the bounds would approve, but too much would be at risk: unknown
"""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.scoring.uncertainty import Scores
from app.triage.audits.allocation import doubt_weights
from app.triage.costs import expected_loss
from app.triage.labels import (
    LABELS,
    LISTINGS,
    REASONS,
    STANDINGS,
    Codes,
    Decisions,
    Label,
    Listed,
    Reason,
    Standing,
)
from app.triage.policies.bounds import bound
from app.triage.policies.choices import AboveDecline, ListsInForce, WrongFeed
from app.triage.policies.policy import Policy

UNUSUAL_FEED = STANDINGS.index(Standing.UNUSUAL_FEED)
#: Why a transaction was never scored, though the model answers, and the reason that says so.
NEVER_SCORED = {
    STANDINGS.index(Standing.FEATURES_UNSUPPORTED): Reason.FEATURES_UNSUPPORTED,
    STANDINGS.index(Standing.CURRENCY_UNSUPPORTED): Reason.CURRENCY_UNSUPPORTED,
}


def decide(
    scores: Scores, standings: Codes, amounts: Floats, policy: Policy, listed: Codes | None = None
) -> Decisions:
    """Label every transaction, each with exactly one reason, in the precedence of this module.

    `standings` holds codes into `STANDINGS`; where there is no score the score columns are not read.
    `listed` holds codes into `LISTINGS`; None: no entity of any is on a list. All of them and `amounts` have
    shape (transactions,). Pure, total, and the same for one row or a million.

    Raises ValueError when the columns differ in length.
    """
    if not standings.shape == amounts.shape == scores.evidence_fraud.shape:
        raise ValueError(
            f"one standing and one amount per score: {standings.shape=}, {amounts.shape=},"
            f" {scores.evidence_fraud.shape=}"
        )
    if listed is not None:
        if listed.shape != standings.shape:
            raise ValueError(f"one listing per score: {listed.shape=}, {standings.shape=}")
        # Nearly always nothing is listed, and two rules less are looked at.
        listed = listed if listed.any() else None
    labels: Codes = np.full(standings.shape, LABELS.index(Label.UNKNOWN), dtype=np.int8)
    reasons: Codes = np.full(standings.shape, REASONS.index(Reason.BETWEEN_BOUNDS), dtype=np.int8)
    # Written from the last rule to the first, so that the first that speaks is what remains.
    rules = [
        *_blocked(listed, policy),
        *_without_judgement(scores, standings, policy),
        *_allowed(listed, scores, amounts, policy),
        *_doubts(scores, policy),
        *_by_bounds(scores, amounts, policy),
    ]
    for rule in reversed(rules):
        np.copyto(labels, LABELS.index(rule.label), where=rule.holds)
        np.copyto(reasons, REASONS.index(rule.reason), where=rule.holds)
    return Decisions(labels=labels, reasons=reasons)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where a rule speaks, shape (transactions,), and what it says."""

    holds: Flags
    label: Label
    reason: Reason


def _blocked(listed: Codes | None, policy: Policy) -> list[_Rule]:
    if listed is None or policy.lists is ListsInForce.NONE:
        return []
    return [_Rule(listed == LISTINGS.index(Listed.BLOCK), Label.FRAUD, Reason.BLOCKED)]


def _allowed(listed: Codes | None, scores: Scores, amounts: Floats, policy: Policy) -> list[_Rule]:
    """Return where an allowed entity approves: never, unless told to, what the score alone would decline."""
    if listed is None or policy.lists is not ListsInForce.BOTH:
        return []
    holds = listed == LISTINGS.index(Listed.ALLOW)
    if policy.allow_amount_at_most is not None:
        holds &= amounts <= policy.allow_amount_at_most
    if policy.allow_above_decline is AboveDecline.DECLINE:
        holds &= scores.evidence_fraud < bound("decline_at_least", amounts, policy)
    return [_Rule(holds, Label.LEGIT, Reason.ALLOWED)]


def _without_judgement(scores: Scores, standings: Codes, policy: Policy) -> list[_Rule]:
    """Return the rules for what has no score, or one that means nothing."""
    return [
        _Rule(_unavailable(scores, standings, policy), Label.UNKNOWN, Reason.MODEL_UNAVAILABLE),
        *(_Rule(standings == code, Label.UNKNOWN, reason) for code, reason in NEVER_SCORED.items()),
        *_wrong_feed(standings, policy),
    ]


def _doubts(scores: Scores, policy: Policy) -> list[_Rule]:
    """Return the limits that keep the machine from deciding, whatever the bounds say."""
    limits = (
        (scores.novelty, policy.novelty_at_most, Reason.NOVEL),
        (scores.spread, policy.spread_at_most, Reason.PASSES_DISAGREE),
        (scores.mutual_information, policy.mutual_information_at_most, Reason.EPISTEMIC_DOUBT),
    )
    return [
        _Rule(column > limit, Label.UNKNOWN, reason) for column, limit, reason in limits if limit is not None
    ]


def _wrong_feed(standings: Codes, policy: Policy) -> list[_Rule]:
    if policy.wrong_feed is WrongFeed.DECIDE:
        return []
    return [_Rule(standings == UNUSUAL_FEED, Label.UNKNOWN, Reason.UNUSUAL_FEED)]


def _unavailable(scores: Scores, standings: Codes, policy: Policy) -> Flags:
    """No score, or none that a bound or a limit could be compared with."""
    numbers = [scores.evidence_fraud, scores.spread, scores.novelty]
    if scores.evidence_legit is not None:
        numbers.append(scores.evidence_legit)
    if policy.mutual_information_at_most is not None:
        numbers.append(scores.mutual_information)
    if policy.expected_loss_at_most is not None:
        numbers.append(scores.probability)
    usable = (standings == STANDINGS.index(Standing.SCORED)) | (standings == UNUSUAL_FEED)
    for column in numbers:
        usable &= np.isfinite(column)
    unavailable: Flags = ~usable & ~np.isin(standings, list(NEVER_SCORED))
    return unavailable


def _by_bounds(scores: Scores, amounts: Floats, policy: Policy) -> list[_Rule]:
    """Return what the bounds say; at lo = hi the bound itself declines, so that nothing is between."""
    fraud, legit = scores.evidence_fraud, scores.evidence_legit
    approve_at_most = bound("approve_at_most", amounts, policy)
    decline_at_least = bound("decline_at_least", amounts, policy)
    declined, approved = fraud >= decline_at_least, fraud <= approve_at_most
    rules = []
    if not all(band.bounds.are_in_order for band in policy.all_bands):
        crossed = approve_at_most > decline_at_least
        rules.append(_Rule(declined & approved & crossed, Label.UNKNOWN, Reason.CONTESTED))
    if legit is not None:
        # A band without such a bound holds NaN, which no evidence lies beyond.
        contradicted = legit > bound("decline_legit_at_most", amounts, policy)
        rules.append(_Rule(declined & contradicted, Label.UNKNOWN, Reason.AMBIGUOUS))
    rules.append(_Rule(declined, Label.FRAUD, Reason.EVIDENCE_FRAUD))
    if legit is not None:
        unsupported = legit < bound("approve_legit_at_least", amounts, policy)
        rules.append(_Rule(approved & unsupported, Label.UNKNOWN, Reason.UNFAMILIAR))
    if policy.expected_loss_at_most is not None:
        at_risk = expected_loss(scores.probability, amounts, policy.costs)
        rules.append(
            _Rule(approved & (at_risk > policy.expected_loss_at_most), Label.UNKNOWN, Reason.LARGE_EXPOSURE)
        )
    rules.append(_Rule(approved, Label.LEGIT, Reason.EVIDENCE_LEGIT))
    return rules


def label_propensities(decisions: Decisions, scores: Scores, amounts: Floats, policy: Policy) -> Floats:
    """Return the probability that a person looks at each transaction, shape (transactions,).

    Unknowns: 1. Decided ones: the audit share of their zone; approvals within `near_width` of their
    approve bound are a zone of their own. Where the policy audits by doubt, `audit_by_doubt` x
    sqrt(p (1 - p)) x (amount + overhead) where that is more, at most 1.
    """
    shares = {
        Label.LEGIT: policy.audit_share_approved,
        Label.UNKNOWN: 1.0,
        Label.FRAUD: policy.audit_share_declined,
    }
    propensities = np.array([shares[label] for label in LABELS])[decisions.labels]
    if policy.near_width > 0:
        reach = bound("approve_at_most", amounts, policy) - policy.near_width
        near = (decisions.labels == LABELS.index(Label.LEGIT)) & (scores.evidence_fraud > reach)
        propensities[near] = policy.audit_share_near
    if policy.audit_by_doubt > 0:
        doubt = doubt_weights(scores.probability, amounts + policy.costs.overhead)
        # Without a probability it is undecided, and looked at anyhow.
        propensities = np.fmax(propensities, np.minimum(policy.audit_by_doubt * doubt, 1.0))
    return propensities
