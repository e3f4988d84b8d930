"""The residual risk statement: what is knowingly let through, in words and numbers, to be signed."""

from dataclasses import dataclass

from app.triage.certificate import Certificate
from app.triage.labels import Label
from app.triage.simulation.audited import Audited, AuditedRate
from app.triage.simulation.estimates import NOTHING_KNOWN, Estimate
from app.triage.simulation.observed import MINIMUM, Observed
from app.triage.simulation.replay import Outcome
from app.triage.tuning.staircase import choice_told
from app.triage.written_numbers import count, exact_percent, few, percent

ZONES = {Label.LEGIT: "approved", Label.UNKNOWN: "manual review", Label.FRAUD: "declined"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualRisk:
    """Frauds and money that pass unseen, and legits turned away, per day; each with its interval."""

    frauds_per_day: Estimate
    amount_per_day: Estimate
    miss_rate: Estimate
    legits_declined_per_day: Estimate
    sentences: tuple[str, ...]


def residual_risk(
    outcome: Outcome, certificate: Certificate | None, *, observed: Observed, currency: str
) -> ResidualRisk:
    """Return the statement about a policy, from what it does to what was observed."""
    risk = outcome.risk
    frauds, amount = risk.frauds_approved.per_day(observed), risk.amount_let_through.per_day(observed)
    declined = risk.legits_declined.per_day(observed)
    return ResidualRisk(
        frauds_per_day=frauds,
        amount_per_day=amount,
        miss_rate=risk.miss_rate,
        legits_declined_per_day=declined,
        sentences=(
            _promise(certificate),
            *(() if certificate is None else choice_told(certificate)),
            *_two_samples(outcome, certificate),
            f"Frauds approved unseen: {_told(frauds, 'a day')}.",
            f"Money let through: {_told(amount, f'{currency} a day')}.",
            f"Of all frauds it approves {_told_share(risk.miss_rate)}.",
            f"Good customers declined: {_told(declined, 'a day')}.",
            *_too_little(observed),
            _basis(outcome),
            *audited_told(outcome.audited),
        ),
    )


def audited_told(audited: Audited) -> tuple[str, ...]:
    """Say what was looked at tells, in two estimates with one interval; nothing where nothing was."""
    told = (
        ("Of what it approves", audited.approved, "is fraud"),
        ("Of what it declines", audited.declined, "is fraud"),
        ("Of all frauds", audited.missed, "is approved"),
    )
    found = [f"{whole} {_both(rate)} {what}." for whole, rate, what in told if rate.truths]
    return (f"By looking: {' '.join(found)} {AUDITED}",) if found else ()


#: What the two estimates are, in one sentence.
AUDITED = (
    "AIPW corrects the model's probability by the truths that were seen, H\u00e1jek weighs those alone;"
    " intervals are Clopper-Pearson by chance of being looked at. Of payments that taught the model its"
    " probability proves nothing: there H\u00e1jek counts."
)


def _both(rate: AuditedRate) -> str:
    ends = f"between {percent(rate.low)} and {percent(rate.high)}"
    if rate.aipw is None or rate.hajek is None:
        seen = f"no fraud seen among {count(rate.truths)}" if not rate.frauds else "not all was looked at"
        only = f"at most {percent(rate.high)}" if rate.low == 0 else ends
        return f"{only} ({seen})"
    return f"{percent(rate.aipw)} (AIPW) or {percent(rate.hajek)} (H\u00e1jek), {ends},"


def _too_little(observed: Observed) -> tuple[str, ...]:
    if observed.is_enough:
        return ()
    return (f"Nothing is known of a day: {observed.told}, and it takes {MINIMUM}.",)


def _promise(certificate: Certificate | None) -> str:
    if certificate is None:
        return "Nothing is promised about how many frauds the machine approves."
    missed = f"{certificate.miss_rate_at_most * 100:g}"
    basis = f"{count(certificate.frauds)} known frauds of {certificate.source}, {certificate.kind}"
    if certificate.confidence is None:
        return (
            f"On average over many such calibrations, at most {missed} of 100 frauds are approved;"
            f" this one may miss more ({basis})."
        )
    return (
        f"Of 100 frauds the machine approves at most {missed}, with"
        f" {exact_percent(certificate.confidence)} confidence ({basis}), if {certificate.assumption}."
    )


def _two_samples(outcome: Outcome, certificate: Certificate | None) -> tuple[str, ...]:
    """Say which sample each interval is from, so that two of them do not seem to contradict each other."""
    if certificate is None:
        return ()
    told = (
        f"Two samples: the promise was worked out on those {count(certificate.frauds)} frauds, what"
        f" follows is counted on the {count(outcome.risk.known_frauds)} known frauds of this window, so its"
        " intervals may reach beyond the promise."
    )
    return (told,)


def _told(estimate: Estimate, unit: str) -> str:
    if estimate == NOTHING_KNOWN:
        return "not known"
    low, high = few(estimate.low), None if estimate.high is None else few(estimate.high)
    between = f"{low} {unit} or more" if high is None else f"between {low} and {high} {unit}"
    return f"not known, {between}" if estimate.value is None else f"about {few(estimate.value)}, {between}"


def _told_share(estimate: Estimate) -> str:
    if estimate.value is None and (estimate.low, estimate.high) == (0.0, 1.0):
        return "a share not known"
    high = 1.0 if estimate.high is None else estimate.high
    between = f"between {percent(estimate.low)} and {percent(high)}"
    value = "a share not known" if estimate.value is None else percent(estimate.value)
    return f"{value}, {between}"


def _basis(outcome: Outcome) -> str:
    risk = outcome.risk
    if not outcome.labels.total:
        return "No transaction of the window was scored by this model."
    basis = (
        f"From {count(outcome.labels.total)} transactions, of which the truth of {count(risk.known)} counts"
        f" ({count(risk.known_frauds)} frauds); intervals hold with {exact_percent(0.95)} confidence."
    )
    if not risk.not_known:
        return basis
    zones = " and ".join(ZONES[label] for label in risk.not_known)
    return f"{basis} Of what is {zones} nothing is known: nobody looked, or the labels have not come yet."
