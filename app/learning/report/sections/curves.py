"""Precision against recall, and what is left to go wrong when people see the least sure."""

from functools import partial
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.learning.metrics.bootstrap import class_bootstrap
from app.learning.metrics.ranking import average_precision
from app.learning.metrics.selective import augrc
from app.learning.report.bands import (
    REPLICATES,
    Band,
    band_of,
    miss_at_reviews,
    precision_at_recalls,
    risk_at_reviews,
)
from app.learning.report.basis import untouched
from app.learning.report.canvas import EDGE, FRAUD, INK, LEGIT, UNKNOWN, drawn, share_axis
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material
from app.learning.report.sections.figures import decided
from app.learning.report.words import interval, number, percent, percent_span, plain_percent
from app.scoring.arrays import Floats

RECALLS: Final[Floats] = np.round(np.linspace(0.02, 1, 50), 2)
#: Shares of the population a person sees, evenly on a log axis.
REVIEWS: Final[Floats] = np.round(np.geomspace(1e-4, 0.5, 50), 6)
REVIEW_TICKS = (1e-4, 1e-3, 1e-2, 1e-1, 0.5)
#: Rows of the tables behind the curves: every fifth point.
EVERY = 5


def precision_recall(material: Material) -> Section:
    """Return the curve with its band, and the policy's point on it."""
    scores, truth = material.scores, (material.is_fraud, material.weights)
    band = band_of(precision_at_recalls(RECALLS), scores.margin, *truth, generator=material.generator())
    found = class_bootstrap(
        average_precision,
        (scores.probability,),
        *truth,
        replicates=REPLICATES,
        generator=material.generator(),
    )
    finding = f"Average precision is {number(found.value, 3)}, 95 % interval {interval(found)}."
    return Section(
        anchor="precision-recall",
        title="Precision and recall",
        finding=finding,
        basis=untouched(material),
        chart=Chart(
            svg=drawn("precision-recall", 3.1, partial(_draw_precision, band, material)), alt=finding
        ),
        reading=(
            "Go right to catch more of the frauds; the height is the best precision then left. The band holds"
            " the middle 95 % of curves on other draws of these rows; the dot is the policy's decline bound."
        ),
        tables=(_table("Precision at a recall", ("Recall", "Precision"), RECALLS, band),),
    )


def risk_coverage(material: Material) -> Section:
    """Return the risk left by reviews, of all errors and of missed frauds."""
    risk, miss = _risk_bands(material)
    columns = (material.scores.probability,), material.is_fraud, material.weights
    found = class_bootstrap(augrc, *columns, replicates=REPLICATES, generator=material.generator())
    told = decided(material)
    finding = (
        f"With {percent(told.review_rate)} left to people the machine approves {percent(told.miss_rate)} of"
        f" frauds. Area under the generalised risk: {number(1e6 * found.value, 0)} in a million, 95 %"
        f" interval {number(1e6 * found.low, 0)} to {number(1e6 * found.high, 0)}."
    )
    heads = ("Left to people", "Errors among the rest"), ("Left to people", "Miss rate")
    return Section(
        anchor="risk-coverage",
        title="Risk and coverage",
        finding=finding,
        basis=f"{untouched(material)} The right half moves the approve bound over these very frauds.",
        chart=Chart(svg=drawn("risk-coverage", 3.1, partial(_draw_risks, risk, miss, material)), alt=finding),
        reading=(
            "Go right to let people see more; the height is what still goes wrong without them. Left: all"
            " errors, the least sure seen first. Right: frauds approved, when only the approve bound moves;"
            " the dot is the policy. Coverage is 100 % less what is left to people."
        ),
        tables=(
            _table("Selective risk at a review rate", heads[0], REVIEWS, risk),
            _table("Miss rate at a review rate", heads[1], REVIEWS, miss),
        ),
        notes=(
            (
                "At so few frauds the plain error is ruled by approving everything; the right half is the one"
                " that speaks of frauds."
            ),
            "The dot may lie beside the curve: the gates of the policy send more to people than its bounds.",
        ),
    )


def _risk_bands(material: Material) -> tuple[Band, Band]:
    truth = (material.is_fraud, material.weights)
    risk = band_of(
        risk_at_reviews(REVIEWS), material.scores.probability, *truth, generator=material.generator()
    )
    decline = material.policy.decline_at_least
    miss = band_of(
        miss_at_reviews(REVIEWS, decline_at_least=decline),
        material.scores.evidence_fraud,
        *truth,
        generator=material.generator(),
    )
    return risk, miss


def _draw_precision(band: Band, material: Material, figure: Figure) -> None:
    axes = figure.subplots()
    _draw_band(axes, RECALLS, band, FRAUD)
    told = decided(material)
    if told.decline_precision is not None:
        _dot(axes, told.caught_rate, told.decline_precision)
    axes.axhline(material.base_rate, color=EDGE, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        "by chance", (0.02, material.base_rate), xytext=(0, 4), textcoords="offset points", color=EDGE
    )
    axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="recall: share of frauds caught", ylabel="precision")
    for axis in (axes.xaxis, axes.yaxis):
        share_axis(axis, (0, 0.25, 0.5, 0.75, 1))
    axes.grid()


def _draw_risks(risk: Band, miss: Band, material: Material, figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    _draw_band(left, REVIEWS, risk, UNKNOWN)
    _draw_band(right, REVIEWS, miss, LEGIT)
    told = decided(material)
    _dot(right, max(told.review_rate, REVIEWS[0]), told.miss_rate)
    left.set(title="Errors among what the machine decides", ylabel="selective risk")
    right.set(title="Frauds approved", ylabel="miss rate")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="left to people", ylim=(0, None))
        share_axis(axes.xaxis, REVIEW_TICKS)
        axes.yaxis.set_major_formatter(lambda share, _: plain_percent(share))
        axes.grid()


def _draw_band(axes: Axes, grid: Floats, band: Band, colour: str) -> None:
    axes.fill_between(grid, band.low, band.high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(grid, band.value, color=colour)


def _dot(axes: Axes, x: float, y: float) -> None:
    axes.scatter([x], [y], s=34, color=INK, zorder=4)
    axes.annotate("the policy", (x, y), xytext=(7, 7), textcoords="offset points", fontweight="bold")


def _table(caption: str, heads: tuple[str, str], grid: Floats, band: Band) -> Table:
    places = range(EVERY - 1, grid.size, EVERY)
    rows = tuple(
        (percent(grid[each]), percent(band.value[each], 3), percent_span(band.low[each], band.high[each]))
        for each in places
    )
    return Table(caption=caption, heads=(*heads, "95 % band"), rows=rows)
