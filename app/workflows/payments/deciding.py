"""From transactions to decisions: score, triage, draw the audits, order the cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.database.payments.transactions import SCORE_COLUMNS, BlindDraw, Context, Decided
from app.review.blindness import blind_probability
from app.review.case import CaseKind
from app.review.lists.in_force import Hit
from app.review.queue.priority import priority_keys
from app.scoring.arrays import Flags, Floats
from app.scoring.transaction import Transaction
from app.scoring.uncertainty import Scores
from app.triage.audits.draw import drawn
from app.triage.costs import expected_loss
from app.triage.deciding import decide, label_propensities
from app.triage.labels import LABELS, LISTINGS, REASONS, STANDINGS, Codes, Label, Reason, Standing
from app.triage.policies.policy import Policy
from app.workflows.models.serving import ActivePair
from app.workflows.payments.lists_in_force import Listings
from app.workflows.payments.opening import Cases, Opening
from app.workflows.payments.scoring import GuardedScorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Transactions with their scores (NaN where there is none) and why there is none."""

    transactions: Sequence[Transaction]
    scores: Scores
    standings: Codes


async def score_all(
    scorer: GuardedScorer,
    pair: ActivePair,
    transactions: Sequence[Transaction],
    *,
    wrong_feeds: frozenset[int] = frozenset(),
) -> Scored:
    """Score what the model knows; the rest keeps its standing and no score.

    `wrong_feeds` are the clients whose feeds stand as wrong for this model.
    """
    standings = np.array([_standing(pair, each) for each in transactions], dtype=np.int8)
    rows = np.flatnonzero(standings == _code(Standing.SCORED))
    scores = None
    if rows.size:
        scores = await scorer.score(pair.model, [transactions[int(row)] for row in rows])
    if scores is None:
        standings[rows] = _code(Standing.MODEL_UNAVAILABLE)
        scores = Scores.empty(len(transactions))
    elif rows.size < len(transactions):
        scores = scores.scattered(rows, into=len(transactions))
    if wrong_feeds:
        is_doubtful = np.array([each.client_id in wrong_feeds for each in transactions])
        standings[is_doubtful & (standings == _code(Standing.SCORED))] = _code(Standing.UNUSUAL_FEED)
    return Scored(transactions=transactions, scores=scores, standings=standings)


def context_of(pair: ActivePair, now: datetime, listings: Listings) -> Context:
    """Return by what a batch is decided, as it is stored with it."""
    return Context(
        policy_id=pair.policy_id,
        model_version=pair.model.version,
        fallback=pair.policy.deadline_fallback,
        device=str(pair.model.scorer.device),
        now=now,
        lists_version=listings.version,
        list_prints=listings.prints,
    )


def decide_all(
    scored: Scored, pair: ActivePair, *, opening: Opening, now: datetime, hits: Sequence[Hit | None]
) -> list[Decided]:
    """Turn scores into decisions, each with its label propensity and, for a person, its case.

    `hits`: what the lists say of each.
    """
    policy = pair.policy
    amounts = np.array([float(each.amount) for each in scored.transactions])
    decisions = decide(scored.scores, scored.standings, amounts, policy, listed_codes(hits))
    labels = [LABELS[code] for code in decisions.labels]
    reasons = [REASONS[code] for code in decisions.reasons]
    unlisted = _unlisted(scored, amounts, policy, hits)
    propensities = label_propensities(decisions, scored.scores, amounts, policy)
    looked_at = _looked_at(scored.transactions, propensities, policy, opening).tolist()
    cases = _cases(scored, labels, reasons, amounts, pair, opening.blind_share)
    places = opening.places(cases)
    keys = priority_keys(places.base_losses, now, urgency_tau_minutes=policy.urgency_tau_minutes)
    scores = score_rows(scored.scores)
    # As lists: to take single numbers out of an array takes longer than all that is done with them.
    propensity, expected, chances = _lists(propensities, cases.expected, cases.blind_probabilities)
    queue_losses, rates, priorities, blind = _lists(places.queue_losses, places.rates, keys, places.blind)
    return [
        Decided(
            transaction=transaction,
            score=None if (unlisted[row] or reasons[row]) in UNSCORED else scores[row],
            label=labels[row],
            reason=reasons[row],
            label_propensity=propensity[row],
            case=_kind(labels[row]) if looked_at[row] else None,
            expected_loss=expected[row],
            queue_loss=queue_losses[row],
            queue_rate=None if isnan(rates[row]) else rates[row],
            priority_key=priorities[row],
            blind=_draw(unlisted[row] or reasons[row], is_blind=blind[row], chance=chances[row]),
            awaits_model=reasons[row] is Reason.MODEL_UNAVAILABLE,
            listed=hits[row],
            unlisted_reason=unlisted[row],
        )
        for row, transaction in enumerate(scored.transactions)
    ]


def listed_codes(hits: Sequence[Hit | None]) -> Codes | None:
    """Return what the lists say, as codes into `LISTINGS`; None, as nearly always, where they say nothing."""
    if not any(hits):
        return None
    return np.array([LISTINGS.index(each and each.effect) for each in hits], dtype=np.int8)


def _unlisted(
    scored: Scored, amounts: Floats, policy: Policy, hits: Sequence[Hit | None]
) -> list[Reason | None]:
    """Return by which rule what is listed would be decided without lists."""
    if not any(hits):
        return [None] * len(hits)
    reasons = decide(scored.scores, scored.standings, amounts, policy).reasons.tolist()
    return [REASONS[code] if each is not None else None for code, each in zip(reasons, hits, strict=True)]


def _looked_at(
    transactions: Sequence[Transaction], propensities: Floats, policy: Policy, opening: Opening
) -> Flags:
    """Draw whom people look at, each with its probability; audits by doubt by the installation's secret."""
    if policy.audit_by_doubt <= 0:
        flags: Flags = opening.audit_draws.random(propensities.size) < propensities
        return flags
    ids = [f"{each.client_id}\0{each.transaction_id}" for each in transactions]
    return drawn(ids, propensities, opening.audit_secret)


def _lists(*columns: NDArray[Any]) -> list[list[Any]]:
    return [column.tolist() for column in columns]


def _cases(
    scored: Scored,
    labels: Sequence[Label],
    reasons: Sequence[Reason],
    amounts: NDArray[np.float64],
    pair: ActivePair,
    blind_share: float,
) -> Cases:
    """Return what the queue orders by, as if each transaction opened a case; (transactions,)."""
    # Without a score the base rate is all that is known.
    base_rate, costs = pair.model.base_rate, pair.policy.costs
    probabilities = np.where(np.isfinite(scored.scores.probability), scored.scores.probability, base_rate)
    return Cases(
        blind_probabilities=np.array(
            [_blind_probability(*each, blind_share) for each in zip(labels, reasons, strict=True)]
        ),
        expected=expected_loss(probabilities, amounts, costs),
        by_amount=expected_loss(np.full(amounts.shape, base_rate), amounts, costs),
        currencies=[each.currency for each in scored.transactions],
    )


UNSCORED = frozenset({Reason.MODEL_UNAVAILABLE, Reason.FEATURES_UNSUPPORTED, Reason.CURRENCY_UNSUPPORTED})


def score_rows(scores: Scores) -> list[Mapping[str, float | None]]:
    """Return the columns as one mapping per transaction."""
    size = scores.evidence_fraud.size
    columns = [
        [None] * size if column is None else column.tolist()
        for column in (getattr(scores, name) for name in SCORE_COLUMNS)
    ]
    return [dict(zip(SCORE_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]


@cache  # of a few kinds of decisions, and asked for each
def _blind_probability(label: Label, reason: Reason, share: float) -> float:
    return blind_probability(_kind(label), label, has_score=reason not in UNSCORED, share=share)


def _draw(reason: Reason, *, is_blind: bool, chance: float) -> BlindDraw | None:
    """Keep the draw, also one that nobody could lose: what was not drawn counts as hidden.

    Without a score nothing is hidden yet; it is drawn when a model has seen it.
    """
    return None if reason in UNSCORED else BlindDraw(is_blind=is_blind, probability=chance)


def _standing(pair: ActivePair, transaction: Transaction) -> int:
    schema = pair.model.schema
    # Checked at the door against the pair that was active then; another one may decide.
    if schema.problems(transaction.features):
        return _code(Standing.FEATURES_UNSUPPORTED)
    if not schema.knows_currency(transaction.currency):
        return _code(Standing.CURRENCY_UNSUPPORTED)
    if schema.lacks_history(transaction.derived):
        return _code(Standing.FEATURES_UNSUPPORTED)
    return _code(Standing.SCORED)


def _kind(label: Label) -> CaseKind:
    return CaseKind.UNKNOWN if label is Label.UNKNOWN else CaseKind.AUDIT


def _code(standing: Standing) -> int:
    return STANDINGS.index(standing)
