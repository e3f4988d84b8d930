"""Which frauds enter a sequential certificate, and with which probability each was to be seen.

Payments enter in order of arrival, all at one age, whatever was known earlier: fed as they become known,
frauds that people caught come before those that slipped through, and any promise is certified. A way to
know that states no probability makes no payment enter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import nan, prod

from app.triage.labels import Label
from app.triage.policies.policy import Policy
from app.triage.simulation.window import SMALLEST_CHANCE, TOO_SMALL


class Gap(StrEnum):
    """Why nothing can be known of a promise, however long one waits."""

    APPROVALS = "approvals_not_seen"
    DECLINES = "declines_not_audited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """The smallest probability with which a fraud becomes known: one that was approved, one that was not."""

    approved: float
    not_approved: float
    gap: Gap | None = None

    @property
    def are_certain(self) -> bool:
        """Whether every fraud becomes known, so that counting them is enough."""
        return self.gap is None and self.approved >= 1 and self.not_approved >= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A source called a payment a fraud; `propensity`: what it stated itself."""

    source: str
    propensity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFraud:
    """A fraud as it was known at the age at which payments enter."""

    label: Label
    #: Logged when it was decided: the probability that a person looks.
    drawn_with: float
    #: Whether a person has judged it.
    is_judged: bool
    reports: Sequence[Report] = ()

    @property
    def is_missed(self) -> bool:
        """Whether the machine had approved it."""
        return self.label is Label.LEGIT


def chances_of(policy: Policy, stated: Mapping[str, float]) -> Chances:
    """Return what a policy's audits and the stated sources let be known.

    `stated`: of sources that report approved frauds, the probability the operator states for each.
    """
    near = [policy.audit_share_near] if policy.near_width > 0 else []
    audited = min([policy.audit_share_approved, *near])
    approved, declined = _either([audited, *stated.values()]), policy.audit_share_declined
    gap = Gap.DECLINES if declined <= 0 else Gap.APPROVALS if approved <= 0 else None
    return Chances(
        approved=max(approved, SMALLEST_CHANCE), not_approved=max(declined, SMALLEST_CHANCE), gap=gap
    )


def chance_of(fraud: KnownFraud, stated: Mapping[str, float]) -> float | None:
    """Return the probability with which this fraud was to be seen; None: it does not enter.

    Stated sources see approved payments alone: what was declined is never charged back. A report's own
    propensity counts where it is larger than what the policy and the stated sources give.
    """
    ways = dict(stated) if fraud.label is Label.LEGIT else {}
    own = [report.propensity for report in fraud.reports if report.propensity is not None]
    is_seen = (
        (fraud.is_judged and fraud.drawn_with > 0)
        or bool(own)
        or any(report.source in ways for report in fraud.reports)
    )
    if not is_seen:
        return None
    return min(1.0, max([_either([fraud.drawn_with, *ways.values()]), SMALLEST_CHANCE, *own]))


def stated_sources(written: object) -> object:
    """Return the propensities of sources written as `chargeback=1, bureau=0.8`, by their names.

    Raises ValueError with a sentence.
    """
    if not isinstance(written, str):
        return written
    stated: dict[str, float] = {}
    for part in written.split(","):
        name, _, number = (word.strip() for word in part.partition("="))
        if not (name or number):
            continue
        try:
            stated[name] = float(number)
        except ValueError:
            stated[name] = nan
        if not name or not SMALLEST_CHANCE <= stated[name] <= 1:
            raise ValueError(
                f"{part.strip()[:40]!r} is no source with its propensity, such as chargeback=1;"
                f" {TOO_SMALL}, and at most 1"
            )
    return stated


def _either(chances: Sequence[float]) -> float:
    """Return the probability that at least one of independent ways leads to a truth."""
    return 1 - prod(1 - chance for chance in chances)
