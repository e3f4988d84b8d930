"""From a promise to a policy that keeps it, with the certificate to show for it.

Each method computes its bounds in a module of its own: `neyman_pearson`, `learn_then_test`, `mondrian`.
"""

from dataclasses import replace
from math import isinf

import numpy as np

from app.scoring.arrays import Floats
from app.scoring.templated_text import Templated
from app.triage.certificate import Certificate, Kind, Method, Promise, PromiseInfeasible
from app.triage.labels import LABELS, Label
from app.triage.policies.policy import Bounds, Policy, widest
from app.triage.tuning import learn_then_test, mondrian, neyman_pearson, precision
from app.triage.tuning.evidence import LabelledScores, shifted
from app.triage.tuning.learn_then_test import Grid
from app.triage.tuning.staircase import chosen_confidence


def propose_certified(
    policy: Policy, evidence: LabelledScores, promise: Promise, method: Method, *, grid: Grid
) -> tuple[Policy, Certificate]:
    """Return the policy with the loosest approve bounds that keep the promise, and its certificate.

    Gates, exposure and decline bounds stay as they are (a promise of precision moves the decline bound,
    a Mondrian promise of false declines, too); the bounds of all amount bands move together. `grid` is
    what Learn then Test chooses from, the policy's own spread limit among its limits. When miss and
    precision are both promised, each gets half of the risk, so that both hold together, and the spread
    limit stays: another one would decline other transactions than the precision was proved of. A promise
    chosen among several after looking shares its risk with them.

    Raises `PromiseInfeasible`.
    """
    _check_kinds(promise, method)
    if method is Method.MONDRIAN:
        return _mondrian(policy, evidence, promise)
    if method is Method.NEYMAN_PEARSON:
        return propose_by_order(policy, evidence, promise)
    return _tested(policy, evidence, promise, grid)


def propose_by_order(
    policy: Policy, evidence: LabelledScores, promise: Promise
) -> tuple[Policy, Certificate]:
    """Return the policy and certificate of `propose_certified` by Neyman-Pearson.

    Raises `PromiseInfeasible`.
    """
    confidence = confidence_of_each(promise, evidence)
    policy = _precise(policy, evidence, promise, confidence)
    shift, order = neyman_pearson.approve_bound(
        evidence.slack(policy)[evidence.is_fraud],
        miss_rate=promise.miss_rate,
        confidence=confidence,
        rows_sha256=evidence.drawn_by,
    )
    return _moved(policy, shift), _certificate(neyman_pearson.NAME, evidence, promise, order=order)


def confidence_of_each(promise: Promise, evidence: LabelledScores) -> float:
    """Return the confidence with which each part of a promise is worked out, so that all of it holds.

    Its risk is shared by the promises and models it was chosen among, and by miss and precision where both
    are promised.
    """
    confidence = chosen_confidence(promise.confidence, steps=promise.chosen_among * evidence.chosen_among)
    return confidence if promise.decline_precision is None else (1 + confidence) / 2


def _check_kinds(promise: Promise, method: Method) -> None:
    """Refuse what a method does not promise: nobody shall believe it was."""
    if method is Method.MONDRIAN and promise.decline_precision is not None:
        raise PromiseInfeasible(
            Templated(
                "a Mondrian promise holds on average and says nothing of the precision of declines:"
                " prove it by Neyman-Pearson or Learn then Test"
            )
        )
    if method is Method.MONDRIAN and promise.chosen_among > 1:
        raise PromiseInfeasible(
            Templated(
                "what holds on average holds no longer for the promise chosen after looking:"
                " prove it by Neyman-Pearson or Learn then Test"
            )
        )
    if method is not Method.MONDRIAN and promise.false_decline_rate is not None:
        raise PromiseInfeasible(
            Templated(
                "a share of legits declined is promised on average only, by the Mondrian method;"
                " Neyman-Pearson and Learn then Test prove the precision of declines"
            )
        )


def _tested(
    policy: Policy,
    evidence: LabelledScores,
    promise: Promise,
    grid: Grid,
) -> tuple[Policy, Certificate]:
    confidence = confidence_of_each(promise, evidence)
    policy = _precise(policy, evidence, promise, confidence)
    fraud_slack = evidence.slack(policy)[evidence.is_fraud]
    if promise.decline_precision is not None:
        grid = grid.at_limit(policy.spread_at_most)
    spread = evidence.scores.spread[evidence.is_fraud]
    if evidence.kind is Kind.CROSS_FITTED:
        # As if no limit stopped any of them; see `LabelledScores.slack`.
        spread = np.zeros_like(spread)
    missed = learn_then_test.misses(fraud_slack, spread, grid)
    values = learn_then_test.p_values(missed, fraud_slack.size, miss_rate=promise.miss_rate)
    proved = learn_then_test.fixed_sequences(values, delta=1 - confidence)
    found = learn_then_test.cheapest(proved, grid.approved_shares)
    if found is None:
        split = 1 - (1 - confidence) / len(grid.spread_limits)
        raise _untestable(fraud_slack.size, promise.miss_rate, split)
    limit, shift = found
    chosen = replace(shifted(policy, float(grid.shifts[shift])), spread_at_most=grid.spread_limits[limit])
    return chosen, _certificate(learn_then_test.NAME, evidence, promise)


def _untestable(frauds: int, miss_rate: float, confidence: float) -> PromiseInfeasible:
    if frauds < neyman_pearson.frauds_needed(miss_rate=miss_rate, confidence=confidence):
        return neyman_pearson.too_few_frauds(frauds, miss_rate=miss_rate, confidence=confidence)
    return PromiseInfeasible(
        Templated(
            "even the strictest bounds of the grid miss too many of the known frauds for this promise;"
            " a tighter gate or a higher miss rate would do"
        )
    )


def _mondrian(policy: Policy, evidence: LabelledScores, promise: Promise) -> tuple[Policy, Certificate]:
    if promise.false_decline_rate is not None:
        bound = mondrian.decline_bound(
            _declinable(policy, evidence)[~evidence.is_fraud],
            evidence.legits,
            false_decline_rate=promise.false_decline_rate,
        )
        # Where gates alone keep the promise the bound stays, unless legits that were not kept reach it.
        stays = max(policy.decline_at_least, evidence.legit_floor)
        policy = _decline_from(policy, stays if isinf(bound) else bound)
    shift, order = mondrian.approve_bound(
        evidence.slack(policy)[evidence.is_fraud], miss_rate=promise.miss_rate
    )
    certificate = replace(
        _certificate(mondrian.NAME, evidence, replace(promise, decline_precision=None), order=order),
        confidence=None,
        false_decline_rate_at_most=promise.false_decline_rate,
        legits=None if promise.false_decline_rate is None else evidence.legits,
    )
    return _moved(policy, shift), certificate


def _precise(policy: Policy, evidence: LabelledScores, promise: Promise, confidence: float) -> Policy:
    if promise.decline_precision is None:
        return policy
    if policy.bands:
        raise PromiseInfeasible(
            Templated("a precision is promised for one decline bound; take the amount bands out first")
        )
    declinable = _declinable(policy, evidence)
    bound = precision.decline_bound(
        declinable[evidence.is_fraud],
        declinable[~evidence.is_fraud],
        legits=evidence.legits,
        legit_floor=evidence.legit_floor,
        precision=promise.decline_precision,
        base_rate=evidence.base_rate,
        confidence=confidence,
    )
    return _decline_from(policy, bound)


def _declinable(policy: Policy, evidence: LabelledScores) -> Floats:
    """Return the fraud evidence of every row, -inf where a gate keeps it from being declined."""
    scored = evidence.scores.evidence_fraud[np.isfinite(evidence.scores.evidence_fraud)]
    lowest = float(np.min(scored, initial=0.0)) - 1
    all_declined = _decline_from(policy, lowest)
    declined = evidence.labels(all_declined) == LABELS.index(Label.FRAUD)
    return np.where(declined, evidence.scores.evidence_fraud, -np.inf)


def _decline_from(policy: Policy, bound: float) -> Policy:
    """Return the policy with this decline bound in every band, no approve bound above it."""

    def moved(bounds: Bounds) -> Bounds:
        return replace(bounds, decline_at_least=bound, approve_at_most=min(bounds.approve_at_most, bound))

    base = moved(policy.base_bounds)
    return replace(
        policy,
        approve_at_most=base.approve_at_most,
        decline_at_least=bound,
        bands=tuple(replace(band, bounds=moved(band.bounds)) for band in policy.bands),
    )


def _moved(policy: Policy, shift: float) -> Policy:
    """Return the shifted policy; an infinite shift approves all that is not declined or gated."""
    return widest(policy) if isinf(shift) else shifted(policy, shift)


def _certificate(
    name: str, evidence: LabelledScores, promise: Promise, *, order: int | None = None
) -> Certificate:
    is_precise = promise.decline_precision is not None
    return Certificate(
        method=f"{name}; {precision.NAME}" if is_precise else name,
        confidence=promise.confidence,
        frauds=evidence.frauds,
        rows_sha256=evidence.rows_sha256,
        miss_rate_at_most=promise.miss_rate,
        decline_precision_at_least=promise.decline_precision,
        legits=evidence.legits if is_precise else None,
        order=order,
        kind=evidence.kind,
        chosen_among=promise.chosen_among * evidence.chosen_among,
        source=evidence.source,
        assumption=Templated("the coming weeks resemble %(source)s", source=evidence.source),
    )
