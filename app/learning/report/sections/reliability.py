"""Whether what is said to have probability p happens with frequency p, on log axes."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.learning.metrics.reliability import (
    ReliabilityBins,
    event_ece,
    region_ece,
    reliability_bins,
    reliability_regions,
)
from app.learning.report.basis import untouched
from app.learning.report.canvas import EDGE, FRAUD, INK, drawn, share_axis
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material
from app.learning.report.words import count, number, percent, percent_span, probability

#: Shares marked on both axes; what is rarer is drawn at the edge.
TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
FLOOR = 2e-7


def reliability(material: Material) -> Section:
    """Return the diagram with regions of the logit axis and with bins of equal weight."""
    columns = (material.scores.probability, material.is_fraud, material.weights)
    regions, bins = reliability_regions(*columns), reliability_bins(*columns)
    held = int(((regions.low <= regions.mean_probability) & (regions.mean_probability <= regions.high)).sum())
    finding = (
        f"In {held} of {regions.rows.size} regions the stated P(fraud) lies within the 95 % interval of what"
        f" happened. Mean gap over the regions: {number(100 * region_ece(*columns), 1)} points of probability"
        f" (over the population {percent(event_ece(*columns))})."
    )
    return Section(
        anchor="reliability",
        title="Reliability of P(fraud)",
        finding=finding,
        basis=untouched(material),
        chart=Chart(svg=drawn("reliability", 3.7, partial(_draw, (regions, bins))), alt=finding),
        reading=(
            "On the dashed line, of transactions said to be fraud with probability p a share p was. Above it"
            " the model was too calm, below it too alarmed. An open mark at the foot is a group without any"
            " fraud; its bar shows how many it may still hold."
        ),
        tables=(_table("Regions of the logit axis", regions), _table("Bins of equal weight", bins)),
        notes=(
            (
                "A constant answer of the base rate would have almost no calibration error either: read this"
                " beside the precision and recall curve."
            ),
            "Bars: Clopper-Pearson, 95 %, of the rows of the group, its odds scaled to the weights.",
        ),
    )


def _draw(both: tuple[ReliabilityBins, ReliabilityBins], figure: Figure) -> None:
    titles = ("Regions of the logit axis", "Bins of equal weight")
    for axes, told, title in zip(figure.subplots(1, 2, sharey=True), both, titles, strict=True):
        axes.plot([FLOOR, 1], [FLOOR, 1], color=EDGE, linewidth=1, linestyle=(0, (4, 3)))
        _draw_groups(axes, told)
        axes.set(xscale="log", yscale="log", xlim=(FLOOR, 1.6), ylim=(FLOOR, 1.6), title=title)
        axes.set(xlabel="mean P(fraud) of the group")
        share_axis(axes.xaxis, TICKS[::2])
        share_axis(axes.yaxis, TICKS)
        axes.grid()
    figure.axes[0].set_ylabel("share of frauds among them")


def _draw_groups(axes: Axes, told: ReliabilityBins) -> None:
    x = np.clip(told.mean_probability, FLOOR, 1)
    axes.vlines(x, np.maximum(told.low, FLOOR), told.high, colors=INK, linewidth=1.4, alpha=0.45)
    some = told.frauds > 0
    axes.scatter(x[some], told.fraud_rate[some], s=24, color=FRAUD, zorder=3)
    foot = np.full(int((~some).sum()), 1.35 * FLOOR)
    axes.scatter(x[~some], foot, s=22, facecolors="none", edgecolors=FRAUD, zorder=3)


def _table(caption: str, told: ReliabilityBins) -> Table:
    rows = tuple(
        (
            probability(told.mean_probability[each]),
            probability(told.fraud_rate[each]),
            percent_span(told.low[each], told.high[each]),
            count(told.frauds[each]),
            count(told.rows[each]),
        )
        for each in range(told.rows.size)
    )
    heads = ("Mean P(fraud)", "Share of frauds", "95 % interval", "Frauds", "Rows")
    return Table(caption=caption, heads=heads, rows=rows)
