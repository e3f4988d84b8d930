"""Zero-error coverage: what bounds that know the answers would decide, and what is promised instead."""

from functools import partial

import numpy as np
from matplotlib.figure import Figure

from app.learning.metrics.certified import zero_error_coverage
from app.learning.report.basis import untouched
from app.learning.report.canvas import INK, LEGIT, SOFT, drawn, share_axis
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material, ZeroError
from app.learning.report.sections.certificate import frauds_of, zero_error_bound
from app.learning.report.words import count, percent, percent_span
from app.scoring.arrays import Floats


def zero_error(material: Material, splits: ZeroError) -> Section:
    """Return the distribution over splits, beside logistic regression's."""
    here = zero_error_coverage(material.scores.evidence_fraud, material.is_fraud, material.weights)
    finding = (
        f"Over {count(splits.recipe.size)} splits the recipe would decide {percent(_median(splits.recipe))}"
        f" without error (median; {percent_span(splits.recipe.min(), splits.recipe.max())}), logistic"
        f" regression {percent(_median(splits.logistic))}. What zero errors on"
        f" {count(material.certificate.frauds)} frauds really promise is a miss rate of at most"
        f" {percent(zero_error_bound(material))}."
    )
    return Section(
        anchor="zero-error",
        title="Zero-error coverage",
        finding=finding,
        basis=(
            "Oracle: on each split the bounds are set on the very rows they are scored on."
            f" This model on its own calibration part: {percent(here)} ({untouched(material)})"
        ),
        is_oracle=True,
        chart=Chart(svg=drawn("zero-error", 2.3, partial(_draw, splits, here)), alt=finding),
        reading=(
            "Each dot is one split, the tick its model's median, the open ring this model on its own"
            " calibration part. A wide cloud means that one lucky split proves nothing."
        ),
        tables=(_summary(splits), _table(splits)),
        notes=(
            (
                f"No error among n frauds bounds the miss rate at 1 \u2212 0.05^(1/n) with"
                f" {percent(material.confidence)} confidence: a bound of {percent(0.03)} takes"
                f" {frauds_of(0.03, material.confidence)} frauds, here there are"
                f" {count(material.certificate.frauds)}."
            ),
            "The single easiest-looking fraud of a split decides its figure; that is why it jumps.",
        ),
    )


def _median(values: Floats) -> float:
    return float(np.median(values))


def _draw(splits: ZeroError, here: float, figure: Figure) -> None:
    axes = figure.subplots()
    for place, values, colour in ((1.0, splits.recipe, LEGIT), (0.0, splits.logistic, SOFT)):
        # Dots one above the other where they would hide each other, in a fixed pattern.
        heights = place + 0.07 * (np.argsort(np.argsort(values)) % 5 - 2)
        axes.scatter(values, heights, s=26, color=colour, alpha=0.65, linewidths=0)
        axes.vlines(_median(values), place - 0.3, place + 0.3, colors=colour, linewidth=2.2)
    axes.scatter([here], [1.0], s=70, facecolors="none", edgecolors=INK, linewidths=1.4, zorder=4)
    axes.set_yticks([1, 0], ["the recipe", "logistic regression"])
    axes.set(ylim=(-0.5, 1.5), xlim=(-0.02, 1.02), xlabel="share decided without error (oracle)")
    share_axis(axes.xaxis, (0, 0.2, 0.4, 0.6, 0.8, 1))
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _summary(splits: ZeroError) -> Table:
    rows = tuple(
        (name, *(percent(float(np.quantile(values, level)), 3) for level in (0, 0.25, 0.5, 0.75, 1)))
        for name, values in (("The recipe", splits.recipe), ("Logistic regression", splits.logistic))
    )
    heads = ("Model", "Lowest", "25 %", "Median", "75 %", "Highest")
    return Table(caption="Over the splits", heads=heads, rows=rows, is_open=True)


def _table(splits: ZeroError) -> Table:
    pairs = enumerate(zip(splits.recipe, splits.logistic, strict=True), 1)
    rows = tuple((f"Split {each}", percent(ours, 3), percent(theirs, 3)) for each, (ours, theirs) in pairs)
    return Table(caption="Every split", heads=("", "The recipe", "Logistic regression"), rows=rows)
