"""The residual risk statement: what is knowingly let through, in words and numbers, to be signed."""

from dataclasses import dataclass

from app.scoring.templated_text import Templated, recalled, together
from app.triage.certificate import Certificate
from app.triage.labels import Label
from app.triage.simulation.audited import Audited, AuditedRate
from app.triage.simulation.estimates import NOTHING_KNOWN, Estimate
from app.triage.simulation.observed import MINIMUM, Observed
from app.triage.simulation.replay import Outcome
from app.triage.tuning.staircase import choice_told
from app.triage.written_numbers import count, exact_percent, few, percent, plain

ZONES = {
    Label.LEGIT: Templated("approved"),
    Label.UNKNOWN: Templated("manual review"),
    Label.FRAUD: Templated("declined"),
}


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
            Templated("Frauds approved unseen: %(estimate)s.", estimate=_told(frauds, Templated("a day"))),
            Templated(
                "Money let through: %(estimate)s.",
                estimate=_told(amount, Templated("%(currency)s a day", currency=currency)),
            ),
            Templated("Of all frauds it approves %(share)s.", share=_told_share(risk.miss_rate)),
            Templated("Good customers declined: %(estimate)s.", estimate=_told(declined, Templated("a day"))),
            *_too_little(observed),
            _basis(outcome),
            *audited_told(outcome.audited),
        ),
    )


def audited_told(audited: Audited) -> tuple[str, ...]:
    """Say what was looked at tells, in two estimates with one interval; nothing where nothing was."""
    found = [
        Templated(text, rate=_both(rate))
        for text, rate in zip(LOOKED_AT, (audited.approved, audited.declined, audited.missed), strict=True)
        if rate.truths
    ]
    return (together([Templated("By looking:"), *found, AUDITED]),) if found else ()


#: What looking tells of approvals, of declines, and of frauds.
LOOKED_AT = (
    Templated("Of what it approves %(rate)s is fraud."),
    Templated("Of what it declines %(rate)s is fraud."),
    Templated("Of all frauds %(rate)s is approved."),
)
#: What the two estimates are, in one sentence.
AUDITED = Templated(
    "AIPW corrects the model's probability by the truths that were seen, H\u00e1jek weighs those alone;"
    " intervals are Clopper-Pearson by chance of being looked at. Of payments that taught the model its"
    " probability proves nothing: there H\u00e1jek counts."
)


def _both(rate: AuditedRate) -> str:
    ends = _between(percent(rate.low), percent(rate.high))
    if rate.aipw is None or rate.hajek is None:
        seen = (
            Templated("no fraud seen among %(truths)s", truths=count(rate.truths))
            if not rate.frauds
            else Templated("not all was looked at")
        )
        only = Templated("at most %(share)s", share=percent(rate.high)) if rate.low == 0 else ends
        return together([only, Templated("(%(seen)s)", seen=seen)])
    return Templated(
        "%(aipw)s (AIPW) or %(hajek)s (H\u00e1jek), %(between)s,",
        aipw=percent(rate.aipw),
        hajek=percent(rate.hajek),
        between=ends,
    )


def _between(low: str, high: str) -> Templated:
    return Templated("between %(low)s and %(high)s", low=low, high=high)


def _too_little(observed: Observed) -> tuple[str, ...]:
    if observed.is_enough:
        return ()
    return (
        Templated(
            "Nothing is known of a day: %(observed)s, and it takes %(minimum)s.",
            observed=observed.told,
            minimum=MINIMUM,
        ),
    )


def _promise(certificate: Certificate | None) -> Templated:
    if certificate is None:
        return Templated("Nothing is promised about how many frauds the machine approves.")
    missed = plain(certificate.miss_rate_at_most * 100)
    basis = Templated(
        "%(frauds)s known frauds of %(source)s, %(kind)s",
        frauds=count(certificate.frauds),
        source=recalled(certificate.source),
        kind=recalled(certificate.kind.value),
    )
    if certificate.confidence is None:
        return Templated(
            "On average over many such calibrations, at most %(missed)s of 100 frauds are approved;"
            " this one may miss more (%(basis)s).",
            missed=missed,
            basis=basis,
        )
    return Templated(
        "Of 100 frauds the machine approves at most %(missed)s, with %(confidence)s confidence (%(basis)s),"
        " if %(assumption)s.",
        missed=missed,
        confidence=exact_percent(certificate.confidence),
        basis=basis,
        assumption=recalled(certificate.assumption),
    )


def _two_samples(outcome: Outcome, certificate: Certificate | None) -> tuple[str, ...]:
    """Say which sample each interval is from, so that two of them do not seem to contradict each other."""
    if certificate is None:
        return ()
    return (
        Templated(
            "Two samples: the promise was worked out on those %(frauds)s frauds, what follows is counted on"
            " the %(known)s known frauds of this window, so its intervals may reach beyond the promise.",
            frauds=count(certificate.frauds),
            known=count(outcome.risk.known_frauds),
        ),
    )


def _told(estimate: Estimate, unit: Templated) -> Templated:
    if estimate == NOTHING_KNOWN:
        return Templated("not known")
    low, high = few(estimate.low), None if estimate.high is None else few(estimate.high)
    between = (
        Templated("%(low)s %(unit)s or more", low=low, unit=unit)
        if high is None
        else Templated("between %(low)s and %(high)s %(unit)s", low=low, high=high, unit=unit)
    )
    if estimate.value is None:
        return Templated("not known, %(between)s", between=between)
    return Templated("about %(value)s, %(between)s", value=few(estimate.value), between=between)


def _told_share(estimate: Estimate) -> Templated:
    if estimate.value is None and (estimate.low, estimate.high) == (0.0, 1.0):
        return Templated("a share not known")
    high = 1.0 if estimate.high is None else estimate.high
    value = Templated("a share not known") if estimate.value is None else percent(estimate.value)
    return together([value, _between(percent(estimate.low), percent(high))], ", ")


def _basis(outcome: Outcome) -> Templated:
    risk = outcome.risk
    if not outcome.labels.total:
        return Templated("No transaction of the window was scored by this model.")
    basis = Templated(
        "From %(transactions)s transactions, of which the truth of %(known)s counts (%(frauds)s frauds);"
        " intervals hold with %(confidence)s confidence.",
        transactions=count(outcome.labels.total),
        known=count(risk.known),
        frauds=count(risk.known_frauds),
        confidence=exact_percent(0.95),
    )
    if not risk.not_known:
        return basis
    return together([basis, _nobody_looked([ZONES[label] for label in risk.not_known])])


def _nobody_looked(zones: list[Templated]) -> Templated:
    whole = zones[0]
    for zone in zones[1:]:
        whole = Templated("%(one)s and %(other)s", one=whole, other=zone)
    return Templated(
        "Of what is %(zones)s nothing is known: nobody looked, or the labels have not come yet.", zones=whole
    )
