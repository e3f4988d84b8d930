"""The figures of the model and of its policy, each with its interval."""

from app.learning.evaluation import PolicyFigures, policy_figures
from app.learning.metrics.bootstrap import Metric, class_bootstrap
from app.learning.metrics.probability import brier_skill, nll_skill
from app.learning.metrics.ranking import auroc, average_precision
from app.learning.metrics.reliability import event_ece, region_ece
from app.learning.metrics.selective import augrc
from app.learning.report.bands import REPLICATES
from app.learning.report.basis import untouched
from app.learning.report.content import Headline, Section, Table
from app.learning.report.material import Material
from app.learning.report.words import count, interval, number, percent, percent_span
from app.triage.binomial import clopper_pearson, precision_lower_bound
from app.triage.labels import LABELS, Label

#: Of a promise about declines.
CONFIDENCE = 0.95

#: Name, metric of P(fraud), decimals, and what it means.
METRICS: tuple[tuple[str, Metric, int, str], ...] = (
    ("Average precision", average_precision, 3, "frauds ranked before legits; 1 is perfect"),
    ("AUROC", auroc, 3, "a fraud scores above a legit; flattering when frauds are rare"),
    ("NLL skill", nll_skill, 3, "0 is quoting the base rate, 1 is perfect"),
    ("Brier skill", brier_skill, 3, "the same, by squared error"),
    ("Calibration error, population", event_ece, 6, "mean gap of P(fraud) and frequency"),
    ("Calibration error, by region", region_ece, 3, "the same, every range of P weighing alike"),
    ("AUGRC", augrc, 6, "mean risk of a silent error; 0 is perfect"),
)


def decided(material: Material) -> PolicyFigures:
    """Return what the decisions come to."""
    return policy_figures(material.labels, material.is_fraud, base_rate=material.base_rate)


def headlines(material: Material) -> tuple[Headline, ...]:
    """Return the four figures of the decisions a manager asks for first."""
    told = decided(material)
    certified = percent(material.certificate.miss_rate_at_most)
    of_frauds = f"of {count(material.frauds)} frauds"
    return (
        Headline(figure=percent(told.review_rate), name="Review rate", about="left to a person"),
        Headline(figure=percent(told.caught_rate), name="Declined", about=f"{of_frauds}, by the machine"),
        Headline(
            figure=percent(told.miss_rate),
            name="Miss rate",
            about=f"{of_frauds}; certified at most {certified}",
        ),
        Headline(
            figure=percent(told.false_decline_rate),
            name="False-decline rate",
            about=f"of {count(material.legits)} legits",
        ),
    )


def figures(material: Material) -> Section:
    """Return the tables of figures."""
    told = decided(material)
    precision = "no" if told.decline_precision is None else percent(told.decline_precision)
    return Section(
        anchor="figures",
        title="The figures",
        finding=(
            f"The machine decides {percent(1 - told.review_rate, 3)} of transactions. Of its declines"
            f" {precision} are fraud, at least {percent(_least_precision(material))} with"
            f" {percent(CONFIDENCE)} confidence."
        ),
        basis=untouched(material),
        tables=(_policy_table(material, told), _model_table(material)),
        notes=(
            (
                "The approve bound is an order statistic of these very frauds, so the miss rate is so by"
                " construction; what is promised of it stands in the certificate."
            ),
            (
                f"Intervals of the model's figures: bootstrap by class, {REPLICATES} replicates, 95 %. Of the"
                " decisions' rates: Clopper-Pearson, 95 %, of the rows of that class."
            ),
        ),
    )


def _chosen(material: Material, label: Label, *, fraud: bool) -> int:
    of_class = material.is_fraud == fraud
    return int(((material.labels == LABELS.index(label)) & of_class).sum())


def _least_precision(material: Material) -> float:
    return precision_lower_bound(
        _chosen(material, Label.FRAUD, fraud=True),
        material.frauds,
        _chosen(material, Label.FRAUD, fraud=False),
        material.legits,
        base_rate=material.base_rate,
        confidence=CONFIDENCE,
    )


def _policy_table(material: Material, told: PolicyFigures) -> Table:
    each = (1 + CONFIDENCE) / 2
    rates = (
        ("Miss rate (by construction)", told.miss_rate, Label.LEGIT, True),
        ("Frauds left to a person", 1 - told.miss_rate - told.caught_rate, Label.UNKNOWN, True),
        ("Frauds declined", told.caught_rate, Label.FRAUD, True),
        ("False-decline rate", told.false_decline_rate, Label.FRAUD, False),
    )
    rows = []
    for name, rate, label, fraud in rates:
        chosen, trials = _chosen(material, label, fraud=fraud), material.frauds if fraud else material.legits
        of_rows = f"{count(chosen)} of {count(trials)}"
        rows.append((name, percent(rate), percent_span(*clopper_pearson(chosen, trials, each)), of_rows))
    rows.append(("Review rate, population", percent(told.review_rate), "", ""))
    if told.decline_precision is not None:
        least = f"at least {percent(_least_precision(material))}"
        rows.append(("Precision of declines, population", percent(told.decline_precision), least, ""))
    heads = ("The decisions", "Rate", "95 % interval", "Rows")
    return Table(caption="What the decisions come to", heads=heads, rows=tuple(rows), is_open=True)


def _model_table(material: Material) -> Table:
    columns = ((material.scores.probability,), material.is_fraud, material.weights)
    rows = []
    for name, metric, decimals, meaning in METRICS:
        found = class_bootstrap(metric, *columns, replicates=REPLICATES, generator=material.generator())
        rows.append((name, number(found.value, decimals), interval(found, decimals), meaning))
    return Table(
        caption="What the scores are worth, whatever the bounds",
        heads=("The model", "Value", "95 % interval", "Meaning"),
        rows=tuple(rows),
        words=frozenset({3}),
        is_open=True,
    )
