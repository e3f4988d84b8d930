"""How two policies stand to each other: whether one approves no more than the other, and what differs."""

from dataclasses import dataclass
from math import inf, nextafter

from app.triage.policies.bounds import bounds_at
from app.triage.policies.choices import WrongFeed
from app.triage.policies.document import document_of, flat_document
from app.triage.policies.policy import GATES, Bounds, Policy


def approves_no_more(policy: Policy, than: Policy) -> bool:
    """Whether every transaction this policy approves is approved by the other one, whatever the score.

    Then it keeps every promise about missed frauds that the other one keeps.
    """
    if policy.model_version != than.model_version:
        return False
    starts = {band.amount_from for each in (policy, than) for band in each.all_bands}
    return all(
        _bounds_approve_no_more(bounds_at(policy, start), bounds_at(than, start)) for start in starts
    ) and _gates_let_no_more_through(policy, than)


def declines_alike(policy: Policy, other: Policy) -> bool:
    """Whether both decline the very same transactions, whatever the score: what a precision promise needs."""
    starts = {band.amount_from for each in (policy, other) for band in each.all_bands}
    decisive = {"model_version", "wrong_feed", *GATES} - {"expected_loss_at_most"}
    return all(getattr(policy, name) == getattr(other, name) for name in decisive) and all(
        _declines(bounds_at(policy, start)) == _declines(bounds_at(other, start)) for start in starts
    )


def _bounds_approve_no_more(bounds: Bounds, than: Bounds) -> bool:
    return _approve_limit(bounds) <= _approve_limit(than) and _no_looser(
        _negated(bounds.approve_legit_at_least), _negated(than.approve_legit_at_least)
    )


def _approve_limit(bounds: Bounds) -> float:
    """Return the most evidence that is still approved: what the decline bound claims, too, is not."""
    if bounds.approve_at_most < bounds.decline_at_least:
        return bounds.approve_at_most
    return nextafter(bounds.decline_at_least, -inf)


def _declines(bounds: Bounds) -> tuple[float, float | None]:
    # Out of order, what lies up to the approve bound is contested and not declined.
    least = bounds.decline_at_least if bounds.are_in_order else nextafter(bounds.approve_at_most, inf)
    return least, bounds.decline_legit_at_most


def _gates_let_no_more_through(policy: Policy, than: Policy) -> bool:
    exposure_is_priced_no_lower = (
        than.expected_loss_at_most is None or policy.costs.overhead >= than.costs.overhead
    )
    leaves_wrong_feeds = policy.wrong_feed is WrongFeed.REVIEW or than.wrong_feed is WrongFeed.DECIDE
    return (
        leaves_wrong_feeds
        and exposure_is_priced_no_lower
        and all(_no_looser(getattr(policy, gate), getattr(than, gate)) for gate in GATES)
    )


def _no_looser(limit: float | None, than: float | None) -> bool:
    return than is None or (limit is not None and limit <= than)


def _negated(value: float | None) -> float | None:
    return None if value is None else -value


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value of a policy document that is not the same in another; None where there is none."""

    #: Such as `approve_at_most`, `costs.review` or `bands.1000.decline_at_least`.
    field: str
    before: object
    after: object


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Return what changes from one policy to another, in the order of the document."""
    old, new = (flat_document(document_of(policy)) for policy in (before, after))
    return tuple(
        Difference(field=field, before=old.get(field), after=new.get(field))
        for field in dict.fromkeys((*old, *new))
        if old.get(field) != new.get(field)
    )
