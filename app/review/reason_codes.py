"""At most four codes that say why a case deserves a look, each with the numbers behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.review.case import CaseKind, CaseState
from app.review.neighbours import HOURS, HourShare, Nearest
from app.triage.policies.bounds import bounds_at
from app.triage.policies.policy import Policy

MOST = 4
# So many features with the strongest pull may be named as extreme.
NAMED_FEATURES = 3
# Extreme: beyond this percentile of legit payments, on either side.
EXTREME = 2.0
# Like a known fraud: nearer than all but so many of a hundred pairs of legit payments.
ALIKE = 10.0
# A quiet hour holds less than half of its even share of the day's payments.
QUIET = 0.5 / HOURS
# Where the policy sets no limit: one standard deviation then moves the odds of fraud by a factor of e.
SPREAD_WITHOUT_LIMIT = 1.0
# High exposure: an expected loss of so many chargeback fees.
EXPOSED_FEES = 5.0


class Code(StrEnum):
    """The reason codes; R9 stays hidden until the verdict."""

    EXTREME_FEATURES = "R1"
    UNUSUAL_AMOUNT = "R2"
    QUIET_HOUR = "R3"
    LIKE_KNOWN_FRAUD = "R4"
    NOVEL = "R5"
    PASSES_DISAGREE = "R6"
    BETWEEN_BOUNDS = "R7"
    HIGH_EXPOSURE = "R8"
    RANDOM_AUDIT = "R9"


#: What makes the score itself doubtful comes first, then what looks like fraud, then what is at stake.
#: "Between the bounds" comes last: it holds for most cases, so it tells least about one.
IMPORTANCE: tuple[Code, ...] = (
    Code.RANDOM_AUDIT,
    Code.NOVEL,
    Code.PASSES_DISAGREE,
    Code.LIKE_KNOWN_FRAUD,
    Code.EXTREME_FEATURES,
    Code.HIGH_EXPOSURE,
    Code.UNUSUAL_AMOUNT,
    Code.QUIET_HOUR,
    Code.BETWEEN_BOUNDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One feature of a case: its percentile among legit payments, and its impact."""

    name: str
    #: -1 and 101 are beyond all legit payments seen.
    percentile: float
    #: Contribution to the evidence (logits); above zero towards fraud.
    pull: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a reason code may speak of; what is None or empty is not known."""

    kind: CaseKind
    state: CaseState
    policy: Policy
    #: In the transaction's currency: it decides which band's bounds hold.
    amount: float
    #: Evidence, spread (logits) and novelty (percentile), on the scale of the policy's model.
    evidence: float | None
    spread: float | None
    novelty: float | None
    expected_loss: float
    columns: tuple[Column, ...]
    amount_percentile: float | None
    hour: HourShare | None
    nearest: Nearest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCode:
    """A code and the numbers behind it, by name."""

    code: Code
    numbers: Mapping[str, float]


def reason_codes(situation: Situation) -> tuple[ReasonCode, ...]:
    """Return the codes that hold, the most important first, at most four."""
    found = ((code, RULES[code](situation)) for code in IMPORTANCE)
    spoken = [ReasonCode(code=code, numbers=numbers) for code, numbers in found if numbers is not None]
    return tuple(spoken[:MOST])


def is_revealed_audit(kind: CaseKind, state: CaseState) -> bool:
    """Whether a case may be told as a random audit: from its verdict on, and never before."""
    return kind is CaseKind.AUDIT and state is CaseState.JUDGED


Numbers = Mapping[str, float] | None


def _extreme_features(situation: Situation) -> Numbers:
    strongest = sorted(situation.columns, key=lambda column: -abs(column.pull))[:NAMED_FEATURES]
    found = {
        column.name: column.percentile
        for column in strongest
        if column.pull > 0 and _is_extreme(column.percentile)
    }
    return found or None


def _unusual_amount(situation: Situation) -> Numbers:
    percentile = situation.amount_percentile
    return None if percentile is None or not _is_extreme(percentile) else {"percentile": percentile}


def _quiet_hour(situation: Situation) -> Numbers:
    hour = situation.hour
    if hour is None or hour.share >= QUIET:
        return None
    return {"hour": hour.hour, "share": hour.share, "payments": hour.payments}


def _like_known_fraud(situation: Situation) -> Numbers:
    """A fraud is near, and no known legit payment is nearer."""
    if situation.nearest is None or not situation.nearest.frauds:
        return None
    fraud, legits = situation.nearest.frauds[0], situation.nearest.legits
    is_near = fraud.percentile is not None and fraud.percentile <= ALIKE
    if not is_near or (legits and legits[0].distance < fraud.distance):
        return None
    return {"distance": fraud.distance}


def _novel(situation: Situation) -> Numbers:
    return _beyond("novelty", situation.novelty, situation.policy.novelty_at_most)


def _passes_disagree(situation: Situation) -> Numbers:
    limit = situation.policy.spread_at_most
    if limit is not None:
        return _beyond("spread", situation.spread, limit)
    if situation.spread is None or situation.spread <= SPREAD_WITHOUT_LIMIT:
        return None
    return {"spread": situation.spread, "level": SPREAD_WITHOUT_LIMIT}


def _between_bounds(situation: Situation) -> Numbers:
    bounds, evidence = bounds_at(situation.policy, situation.amount), situation.evidence
    if evidence is None or not bounds.approve_at_most < evidence < bounds.decline_at_least:
        return None
    return {"evidence": evidence, "approve": bounds.approve_at_most, "decline": bounds.decline_at_least}


def _high_exposure(situation: Situation) -> Numbers:
    limit = EXPOSED_FEES * situation.policy.costs.overhead
    return {"expected_loss": situation.expected_loss} if 0 < limit <= situation.expected_loss else None


def _random_audit(situation: Situation) -> Numbers:
    return {} if is_revealed_audit(situation.kind, situation.state) else None


def _beyond(name: str, value: float | None, limit: float | None) -> Numbers:
    if value is None or limit is None or value <= limit:
        return None
    return {name: value, "limit": limit}


def _is_extreme(percentile: float) -> bool:
    return not EXTREME <= percentile <= 100 - EXTREME


RULES: Mapping[Code, Callable[[Situation], Numbers]] = {
    Code.EXTREME_FEATURES: _extreme_features,
    Code.UNUSUAL_AMOUNT: _unusual_amount,
    Code.QUIET_HOUR: _quiet_hour,
    Code.LIKE_KNOWN_FRAUD: _like_known_fraud,
    Code.NOVEL: _novel,
    Code.PASSES_DISAGREE: _passes_disagree,
    Code.BETWEEN_BOUNDS: _between_bounds,
    Code.HIGH_EXPOSURE: _high_exposure,
    Code.RANDOM_AUDIT: _random_audit,
}
