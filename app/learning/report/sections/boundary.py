"""Where networks trained on other draws of the data would put the two bounds."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from app.learning.report.basis import rows_of
from app.learning.report.canvas import FRAUD, LEGIT, drawn
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Boundary, Material
from app.learning.report.words import number, percent, span
from app.scoring.arrays import Floats

#: Legits drawn as dots, by seed; all frauds are.
LEGITS_SHOWN = 400
#: Grid values told in the table, of each axis.
TOLD = 7


def boundary(material: Material, told: Boundary) -> Section:
    """Return the bands of both bounds on the two columns of the grid."""
    undecided = {
        name: float(((told.low < bound) & (told.high > bound)).mean()) for name, bound, _ in _bounds(material)
    }
    finding = (
        f"On {percent(undecided['approve'])} of the area shown the {told.networks} networks do not agree on"
        f" which side of the approve bound it lies, on {percent(undecided['decline'])} for the decline bound."
    )
    across, upwards = told.axes
    return Section(
        anchor="boundary",
        title="The decision boundary, and how far it would move",
        finding=finding,
        basis=(
            f"{told.networks} networks, each trained on a bootstrap sample drawn by class; dots from the"
            f" calibration part ({rows_of(material)}, {LEGITS_SHOWN} legits of it drawn by seed)."
        ),
        chart=Chart(svg=drawn("boundary", 4.4, partial(_draw, material, told)), alt=finding),
        reading=(
            f"A line is where the median network's evidence meets a bound; the band is where the middle of"
            f" the networks put it. {across} runs across, {upwards} upwards, in standard deviations; all"
            " other columns lie at the legit median, so a dot may lie on a side its own other columns"
            " overrule."
        ),
        tables=(_table(told),),
    )


def _bounds(material: Material) -> tuple[tuple[str, float, str], ...]:
    policy = material.policy
    return ("approve", policy.approve_at_most, LEGIT), ("decline", policy.decline_at_least, FRAUD)


def _draw(material: Material, told: Boundary, figure: Figure) -> None:
    axes = figure.subplots()
    _draw_dots(axes, material, told)
    for name, bound, colour in _bounds(material):
        # Inside where the least network is below the bound and the greatest above it.
        inside = np.minimum(bound - told.low, told.high - bound)
        if inside.max() > 0:
            axes.contourf(
                told.x, told.y, inside, levels=[0, float(inside.max()) + 1], colors=[colour], alpha=0.22
            )
        if told.median.min() < bound < told.median.max():
            axes.contour(
                told.x,
                told.y,
                told.median,
                levels=[bound],
                colors=[colour],
                linewidths=[1.8],
                linestyles="solid",
            )
        axes.plot([], [], color=colour, label=f"{name} bound, {number(bound)}")
    axes.set(xlim=(told.x[0], told.x[-1]), ylim=(told.y[0], told.y[-1]))
    axes.set(xlabel=f"{told.axes[0]} (standard deviations)", ylabel=f"{told.axes[1]} (standard deviations)")
    figure.legend(loc="outside upper left", ncols=4)


def _draw_dots(axes: Axes, material: Material, told: Boundary) -> None:
    columns = [material.vectors[:, material.names.index(name)] for name in told.axes]
    rows = _dots(columns, material, told)
    for is_fraud, colour, size, alpha in ((False, LEGIT, 5, 0.5), (True, FRAUD, 12, 0.85)):
        kind = rows[material.is_fraud[rows] == is_fraud]
        label = "a fraud" if is_fraud else "a legit"
        axes.scatter(columns[0][kind], columns[1][kind], s=size, color=colour, alpha=alpha, lw=0, label=label)


def _dots(columns: list[Floats], material: Material, told: Boundary) -> NDArray[np.intp]:
    """Return the rows within the grid: all frauds, some legits."""
    within = np.ones(material.is_fraud.size, dtype=np.bool_)
    for column, grid in zip(columns, (told.x, told.y), strict=True):
        within &= (column >= grid[0]) & (column <= grid[-1])
    legits = np.flatnonzero(~material.is_fraud)
    some = material.generator().choice(legits, size=min(LEGITS_SHOWN, legits.size), replace=False)
    shown = np.concatenate([np.flatnonzero(material.is_fraud), np.sort(some)])
    return np.asarray(shown[within[shown]])


def _table(told: Boundary) -> Table:
    across, upwards = (
        np.unique(np.linspace(0, grid.size - 1, TOLD).astype(np.intp)) for grid in (told.x, told.y)
    )
    rows = tuple(
        (
            number(told.y[y]),
            *(f"{number(told.median[y, x], 1)} ({span(told.low[y, x], told.high[y, x], 1)})" for x in across),
        )
        for y in upwards[::-1]
    )
    heads = (f"{told.axes[1]} \\ {told.axes[0]}", *(number(told.x[x]) for x in across))
    return Table(caption="Evidence for fraud on the grid: median (band)", heads=heads, rows=rows)
