"""What is decided rightly and wrongly: forced to choose, and with the thresholds."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from app.learning.report.basis import untouched
from app.learning.report.canvas import FRAUD, INK, LEGIT, SOFT, UNKNOWN, drawn
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material
from app.learning.report.words import count, number, percent
from app.triage.labels import LABELS, Label

COLOURS = {Label.LEGIT: LEGIT, Label.UNKNOWN: UNKNOWN, Label.FRAUD: FRAUD}
#: The truth, upwards: frauds in the first row.
TRUTHS = ("fraud", "legit")
POPULATION = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Rows by truth (fraud, legit) and label."""

    title: str
    labels: tuple[Label, ...]
    #: Rows of the sample, shape (2, labels).
    counts: NDArray[np.intp]
    #: Share of each class in the population, shape (2,).
    shares: tuple[float, float]

    def of_class(self, truth: int, label: int) -> float:
        """Return the share of this truth's rows with this label."""
        return float(self.counts[truth, label] / self.counts[truth].sum())

    def of_population(self, truth: int, label: int) -> float:
        """Return how many of 100 000 transactions of the population lie here."""
        return POPULATION * self.shares[truth] * self.of_class(truth, label)


def matrices(material: Material) -> tuple[Matrix, Matrix]:
    """Return the matrix at P(fraud) of one half, and that of the policy's labels."""
    forced = np.where(
        material.scores.probability >= 0.5, LABELS.index(Label.FRAUD), LABELS.index(Label.LEGIT)
    )
    return (
        _matrix(material, "Before: P(fraud) at least one half", (Label.LEGIT, Label.FRAUD), forced),
        _matrix(material, "After: the policy's thresholds and gates", tuple(LABELS), material.labels),
    )


def confusion(material: Material) -> Section:
    """Return both matrices, drawn and tabled."""
    before, after = matrices(material)
    missed, approved, asked = (
        int(before.counts[0, 0]),
        int(after.counts[0, LABELS.index(Label.LEGIT)]),
        int(after.counts[0, LABELS.index(Label.UNKNOWN)]),
    )
    finding = (
        f"Forced to choose, the model approves {missed} of {material.frauds} frauds. With the thresholds it"
        f" approves {approved} and hands {asked} to a person."
    )
    return Section(
        anchor="confusion",
        title="Confusion before and after thresholds",
        finding=finding,
        basis=f"{untouched(material)} The approve bound was set on these frauds.",
        chart=Chart(svg=drawn("confusion", 2.75, partial(_draw, (before, after))), alt=finding),
        reading=(
            "Each row is one truth and adds up to 100 %; deeper colour is a larger share of it. The lower"
            " number is how many of 100\u202f000 transactions of the population it comes to."
        ),
        tables=tuple(map(_table, (before, after))),
    )


def _matrix(material: Material, title: str, labels: tuple[Label, ...], chosen: NDArray[np.integer]) -> Matrix:
    counts = [
        [int(((chosen == LABELS.index(label)) & (material.is_fraud == fraud)).sum()) for label in labels]
        for fraud in (True, False)
    ]
    shares = (material.base_rate, 1 - material.base_rate)
    return Matrix(title=title, labels=labels, counts=np.array(counts), shares=shares)


def _draw(both: tuple[Matrix, Matrix], figure: Figure) -> None:
    across = figure.subplots(1, 2, width_ratios=[len(each.labels) for each in both])
    for axes, matrix in zip(across, both, strict=True):
        _draw_matrix(axes, matrix)


def _draw_matrix(axes: Axes, matrix: Matrix) -> None:
    for truth in range(2):
        for place, label in enumerate(matrix.labels):
            share = matrix.of_class(truth, place)
            corner = (place + 0.02, 1 - truth + 0.03)
            axes.add_patch(
                Rectangle(corner, 0.96, 0.94, color=COLOURS[label], alpha=0.06 + 0.34 * share, lw=0)
            )
            middle = (place + 0.5, 1 - truth + 0.5)
            for words, offset, size, colour, weight in (
                (percent(share, 3), 13, 11, INK, "bold"),
                (f"{count(matrix.counts[truth, place])} rows", -1, 8.5, INK, "normal"),
                (f"{_per_population(matrix, truth, place)} in 100\u202f000", -14, 8.5, SOFT, "normal"),
            ):
                axes.annotate(
                    words,
                    middle,
                    xytext=(0, offset),
                    textcoords="offset points",
                    ha="center",
                    va="center",
                    fontsize=size,
                    color=colour,
                    fontweight=weight,
                )
    axes.set(xlim=(0, len(matrix.labels)), ylim=(0, 2), title=matrix.title)
    axes.set_xticks(
        [place + 0.5 for place in range(len(matrix.labels))], [f"said {each}" for each in matrix.labels]
    )
    axes.set_yticks([1.5, 0.5], [f"is {each}" for each in TRUTHS])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _per_population(matrix: Matrix, truth: int, place: int) -> str:
    value = matrix.of_population(truth, place)
    return number(value, 0 if value >= 10 or value == 0 else 1)


def _table(matrix: Matrix) -> Table:
    rows = [
        (
            f"{truth} said {label}",
            count(matrix.counts[number_, place]),
            percent(matrix.of_class(number_, place), 3),
            _per_population(matrix, number_, place),
        )
        for number_, truth in enumerate(TRUTHS)
        for place, label in enumerate(matrix.labels)
    ]
    heads = ("Truth and label", "Rows", "Of this truth", "In 100\u202f000")
    return Table(caption=matrix.title, heads=heads, rows=tuple(rows))
