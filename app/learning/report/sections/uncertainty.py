"""Whether the machine doubts where it is wrong."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.learning.metrics.grouping import averages, equal_mass
from app.learning.metrics.ranking import auroc
from app.learning.report.basis import untouched
from app.learning.report.canvas import EDGE, FRAUD, UNKNOWN, drawn
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material
from app.learning.report.words import count, number, percent, percent_span, plain_percent, span
from app.scoring.arrays import Flags, Floats
from app.scoring.uncertainty import Scores
from app.triage.binomial import clopper_pearson

GROUPS = 10
#: Groups of the frauds alone: few rows, wider groups.
FRAUD_GROUPS = 5

#: Every doubt a score holds, in words; a column may be absent.
DOUBTS = {
    "spread": "Spread over the passes (logits)",
    "one_minus_confidence": "1 less confidence",
    "entropy": "Entropy",
    "expected_entropy": "Ambiguity: expected entropy",
    "mutual_information": "Unfamiliarity: mutual information",
    "predictive_variance": "Variance of P(fraud)",
    "novelty": "Novelty (Mahalanobis)",
    "neighbour_novelty": "Novelty (prototypes)",
    "energy": "Free energy",
}


def is_wrong(material: Material) -> Flags:
    """Return which rows P(fraud) of one half gets wrong, shape (transactions,)."""
    wrong: Flags = (material.scores.probability >= 0.5) != material.is_fraud
    return wrong


def rankings(scores: Scores, wrong: Flags, weights: Floats) -> dict[str, float]:
    """Return by doubt the AUROC of errors against the rest; empty when nothing or all is wrong."""
    if wrong.all() or not wrong.any():
        return {}
    columns = {name: getattr(scores, name) for name in DOUBTS}
    return {name: auroc(column, wrong, weights) for name, column in columns.items() if column is not None}


def uncertainty(material: Material) -> Section:
    """Return the share of errors by spread, and how well every doubt tells errors."""
    wrong = is_wrong(material)
    ranking = rankings(material.scores, wrong, material.weights)
    finding = _finding(wrong, ranking)
    everybody = np.ones(wrong.shape, dtype=np.bool_)
    tables = (
        _ranking_table(ranking),
        _group_table("All rows by spread", _groups(material, wrong, everybody, GROUPS)),
        _group_table("Frauds by spread", _groups(material, wrong, material.is_fraud, FRAUD_GROUPS)),
    )
    return Section(
        anchor="uncertainty",
        title="Uncertainty against error",
        finding=finding,
        basis=untouched(material),
        chart=Chart(svg=drawn("uncertainty", 3.1, partial(_draw, material, wrong)), alt=finding),
        reading=(
            "Rows are grouped by how much the passes disagree; the height is the share that P(fraud) of one"
            " half gets wrong, the bar its 95 % interval. A useful doubt rises from left to right."
        ),
        tables=tables,
        notes=(
            "Bars: Clopper-Pearson of the rows of the group, the odds scaled to the weights.",
            (
                "Most errors are frauds held to be legit, so a doubt that only repeats P(fraud) does well"
                " here too; what it adds for strange transactions stands under novelty."
            ),
        ),
    )


def _finding(wrong: Flags, ranking: dict[str, float]) -> str:
    told = f"At P(fraud) of one half {count(wrong.sum())} of {count(wrong.size)} rows are wrong."
    if not ranking:
        return told
    best = max(ranking, key=lambda name: ranking[name])
    return (
        f"{told} The doubt that tells them best is: {DOUBTS[best]}, AUROC {number(ranking[best], 3)};"
        f" the spread's is {number(ranking['spread'], 3)}."
    )


#: Of a group: lowest and highest spread, mean spread, share wrong, its interval, wrong rows, rows.
Group = tuple[float, float, float, float, tuple[float, float], int, int]


def _groups(material: Material, wrong: Flags, among: Flags, groups: int) -> list[Group]:
    spread, wrong, weights = material.scores.spread[among], wrong[among], material.weights[among]
    group = equal_mass(spread, weights, groups)
    means, shares, _ = averages(group, spread, wrong, weights)
    odds = _odds(wrong, weights)
    told = []
    for each, (mean, share) in enumerate(zip(means, shares, strict=True)):
        rows = group == each
        size, errors = int(rows.sum()), int(wrong[rows].sum())
        span_of_group = float(spread[rows].min()), float(spread[rows].max())
        low, high = (each / (each + (1 - each) * odds) for each in clopper_pearson(errors, size, 0.975))
        told.append((*span_of_group, float(mean), float(share), (low, high), errors, size))
    return told


def _odds(wrong: Flags, weights: Floats) -> float:
    """Return by how much the weights lower the odds of an error, as in `reliability_bins`."""
    if wrong.all() or not wrong.any():
        return 1.0
    return float(weights[~wrong].mean() / weights[wrong].mean())


def _draw(material: Material, wrong: Flags, figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    everybody = np.ones(wrong.shape, dtype=np.bool_)
    _draw_groups(left, _groups(material, wrong, everybody, GROUPS), UNKNOWN)
    _draw_groups(right, _groups(material, wrong, material.is_fraud, FRAUD_GROUPS), FRAUD)
    left.set(title="All transactions", ylabel="share wrong at one half")
    right.set(title=f"The {count(material.frauds)} frauds alone")


def _draw_groups(axes: Axes, groups: list[Group], colour: str) -> None:
    x, share = [each[2] for each in groups], [each[3] for each in groups]
    axes.vlines(
        x, [each[4][0] for each in groups], [each[4][1] for each in groups], colors=colour, alpha=0.4, lw=2
    )
    axes.plot(x, share, color=colour, marker="o", markersize=4.5)
    axes.axhline(0, color=EDGE, linewidth=0.8)
    axes.set(xlabel="spread over the passes (logits)")
    axes.yaxis.set_major_formatter(lambda value, _: plain_percent(value))
    axes.grid()


def _ranking_table(ranking: dict[str, float]) -> Table:
    by_worth = sorted(ranking, key=lambda name: -ranking[name])
    rows = tuple((DOUBTS[name], number(ranking[name], 3)) for name in by_worth)
    return Table(caption="How well each doubt tells errors", heads=("Doubt", "AUROC of errors"), rows=rows)


def _group_table(caption: str, groups: list[Group]) -> Table:
    rows = tuple(
        (span(low, high), percent(share), percent_span(*bounds), count(errors), count(size))
        for low, high, _, share, bounds, errors, size in groups
    )
    heads = ("Spread (logits)", "Share wrong", "95 % interval", "Wrong", "Rows")
    return Table(caption=caption, heads=heads, rows=rows)
