"""Twenty transactions before and after the sigmoid: why probabilities look sure when logits are not."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from app.learning.report.basis import untouched
from app.learning.report.canvas import EDGE, FRAUD, LEGIT, SOFT, UNKNOWN, drawn, share_axis
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material
from app.learning.report.words import number, probability, span
from app.scoring.arrays import Floats
from app.triage.labels import LABELS, Label

SHOWN = 20
COLOURS = {Label.LEGIT: LEGIT, Label.UNKNOWN: UNKNOWN, Label.FRAUD: FRAUD}
#: A probability interval narrower than this is called sure to the eye.
NARROW = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passes:
    """Rows by rising margin; shape of each: (shown,)."""

    rows: NDArray[np.intp]
    #: Logits: mean over the passes, 5 % and 95 % quantiles.
    margin: Floats
    low: Floats
    high: Floats
    #: P(fraud) at each of them.
    at_margin: Floats
    at_low: Floats
    at_high: Floats


def drawn_rows(margin: Floats, generator: np.random.Generator, shown: int = SHOWN) -> NDArray[np.intp]:
    """Return different rows spread over the range of the margin, by rising margin, drawn by seed.

    The range is cut into as many equal steps; of each a place is drawn, and the row nearest to it.
    """
    edges = np.linspace(margin.min(), margin.max(), min(shown, margin.size) + 1)
    places = edges[:-1] + generator.random(edges.size - 1) * np.diff(edges)
    free = np.ones(margin.size, dtype=np.bool_)
    for place in places:
        free[np.argmin(np.where(free, np.abs(margin - place), np.inf))] = False
    rows = np.flatnonzero(~free)
    return rows[np.argsort(margin[rows], kind="stable")]


def passes(material: Material) -> Passes:
    """Return the rows shown, in logits and in probabilities."""
    scores, rows = material.scores, drawn_rows(material.scores.margin, material.generator())
    logits = [column[rows] for column in (scores.margin, scores.interval_low, scores.interval_high)]
    probabilities = [np.asarray(material.calibrator.probability(column)) for column in logits]
    margin, low, high = logits
    at_margin, at_low, at_high = probabilities
    return Passes(
        rows=rows, margin=margin, low=low, high=high, at_margin=at_margin, at_low=at_low, at_high=at_high
    )


def softmax(material: Material) -> Section:
    """Return the twenty, drawn and tabled."""
    shown = passes(material)
    sure = (shown.at_high - shown.at_low) < NARROW
    widths = (shown.high - shown.low)[sure]
    vanish = (
        f"{sure.sum()} of {shown.rows.size} intervals are narrower than one point of probability; in logits"
        f" the same {sure.sum()} are {span(widths.min(), widths.max(), 1)} wide."
        if sure.any()
        else f"All {shown.rows.size} intervals stay visible as probabilities."
    )
    return Section(
        anchor="softmax",
        title="Twenty transactions before and after softmax",
        finding=vanish,
        basis=f"{untouched(material)} {shown.rows.size} drawn by seed across the range of the margin.",
        chart=Chart(svg=drawn("softmax", 4.4, partial(_draw, shown, material)), alt=vanish),
        reading=(
            "One row of both halves is one transaction: dot and bar are the mean and the 5 to 95 % range of"
            " the passes. Where the left bar is wide and the right one a speck, the sigmoid hid the doubt."
        ),
        tables=(_table(shown, material),),
        notes=(
            (
                "Softmax over two classes is the sigmoid of their difference, the margin. It flattens towards"
                " 0 and 1, so a spread of whole logits becomes thousandths of probability there. Bounds and"
                " spread are therefore kept in logits."
            ),
        ),
    )


def _draw(shown: Passes, material: Material, figure: Figure) -> None:
    left, right = figure.subplots(1, 2, sharey=True)
    colours = [COLOURS[LABELS[code]] for code in material.labels[shown.rows]]
    places = np.arange(shown.rows.size)
    for axes, middle, low, high in (
        (left, shown.margin, shown.low, shown.high),
        (right, shown.at_margin, shown.at_low, shown.at_high),
    ):
        axes.hlines(places, low, high, colors=colours, linewidth=3.2, alpha=0.45)
        axes.scatter(middle, places, c=colours, s=15, zorder=3)
        axes.grid(axis="x")
        axes.tick_params(left=False, labelleft=False)
        axes.spines["left"].set_visible(False)
    for bound in (material.policy.approve_at_most, material.policy.decline_at_least):
        left.axvline(bound, color=EDGE, linewidth=1, linestyle=(0, (4, 3)))
    left.set(title="Before: the margin", xlabel="logit (dashed: the two bounds)")
    right.set(title="After: P(fraud)", xlabel="calibrated probability", xlim=(-0.02, 1.02))
    share_axis(right.xaxis, (0, 0.25, 0.5, 0.75, 1))
    for label in LABELS:
        left.plot([], [], color=COLOURS[label], marker="o", markersize=4, linewidth=3, label=f"said {label}")
    figure.legend(loc="outside lower center", ncols=3)
    left.set_ylabel("transactions by rising margin", color=SOFT)


def _table(shown: Passes, material: Material) -> Table:
    scores = material.scores
    two = scores.evidence_legit is not None
    heads = ["", "Margin", "5 to 95 %", "Spread", "P(fraud)", "5 to 95 %", "Truth", "Label"]
    if two:
        heads[1:1] = ["Evidence fraud", "Evidence legit"]
    rows = []
    for place, row in enumerate(shown.rows):
        cells = [
            str(place + 1),
            number(shown.margin[place]),
            span(shown.low[place], shown.high[place]),
            number(scores.spread[row]),
            probability(shown.at_margin[place]),
            f"{probability(shown.at_low[place])} to {probability(shown.at_high[place])}",
            "fraud" if material.is_fraud[row] else "legit",
            str(LABELS[material.labels[row]]),
        ]
        if scores.evidence_legit is not None:
            cells[1:1] = [number(scores.evidence_fraud[row]), number(scores.evidence_legit[row])]
        rows.append(tuple(cells))
    words = frozenset({len(heads) - 2, len(heads) - 1})
    return Table(caption="The twenty", heads=tuple(heads), rows=tuple(rows), words=words)
