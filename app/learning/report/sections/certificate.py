"""The promise the policy is sold with, and what it does not promise."""

from dataclasses import fields

from app.learning.report.basis import untouched
from app.learning.report.content import Section, Table
from app.learning.report.material import Material
from app.learning.report.words import count, number, percent, plain
from app.triage.binomial import clopper_pearson
from app.triage.tuning.neyman_pearson import frauds_needed

#: Fields of the policy a report tells, in words.
BOUNDS = {
    "approve_at_most": "Approve at or below (evidence for fraud, logit)",
    "decline_at_least": "Decline at or above (evidence for fraud, logit)",
    "approve_legit_at_least": "Approve only at or above (evidence for legit, logit)",
    "decline_legit_at_most": "Decline only at or below (evidence for legit, logit)",
    "spread_at_most": "Decide only up to this spread (logits)",
    "novelty_at_most": "Decide only up to this novelty (percentile)",
}


def certificate(material: Material) -> Section:
    """Return the promise with its size, confidence and limits."""
    told = material.certificate
    return Section(
        anchor="certificate",
        title="The certificate",
        finding=(
            f"Of 100 frauds the machine approves at most {number(100 * told.miss_rate_at_most, 0)}, with"
            f" {percent(material.confidence)} confidence, on {count(told.frauds)} known frauds, if"
            f" {told.assumption}."
        ),
        basis=untouched(material),
        tables=(_promise(material), _policy(material)),
        notes=(
            (
                "It does not promise that the coming weeks resemble these rows: under drift the promise"
                " lapses and must be made again on newer ground truth."
            ),
            (
                f"It does not promise the share seen here: {percent(_seen(material))} is one draw. The"
                " confidence is over calibration parts like this one, about one in"
                f" {number(1 / (1 - material.confidence), 0)} of which breaks the promise."
            ),
            (
                "It speaks of frauds approved, not of money, of single cards, or of legits declined; the"
                " precision of declines is measured, not certified."
            ),
            (
                f"A stricter promise needs more frauds: 5 % takes {frauds_of(0.05, material.confidence)}, 3 %"
                f" takes {frauds_of(0.03, material.confidence)}, 1 %"
                f" takes {frauds_of(0.01, material.confidence)}."
            ),
        ),
    )


def frauds_of(miss_rate: float, confidence: float) -> str:
    """Return how many known frauds a promise takes at least."""
    return count(frauds_needed(miss_rate=miss_rate, confidence=confidence))


def zero_error_bound(material: Material) -> float:
    """Return the miss rate that zero errors on these frauds rule out: 1 - (1 - confidence)^(1/n)."""
    _, high = clopper_pearson(0, material.certificate.frauds, material.confidence)
    return high


def _seen(material: Material) -> float:
    return (material.order - 1) / material.certificate.frauds


def _promise(material: Material) -> Table:
    told = material.certificate
    rows = (
        ("Method", told.method),
        ("Kind", told.kind),
        ("Miss rate at most", percent(told.miss_rate_at_most)),
        ("Confidence", percent(material.confidence)),
        ("Known frauds it rests on", count(told.frauds)),
        ("The bound lies under the", f"{material.order}. smallest fraud evidence"),
        ("Frauds below the bound on these rows", f"{material.order - 1} of {told.frauds}"),
        ("Calibration rows (sha256)", told.rows_sha256),
    )
    return Table(caption="The promise", heads=("", "Value"), rows=rows, words=frozenset({1}), is_open=True)


def _policy(material: Material) -> Table:
    values = {each.name: getattr(material.policy, each.name) for each in fields(material.policy)}
    rows = tuple((words, plain(values[name])) for name, words in BOUNDS.items() if values[name] is not None)
    return Table(caption="The bounds", heads=("Bound", "Value"), rows=rows, is_open=True)
