"""Whether strange transactions are told from known ones."""

from collections.abc import Mapping
from functools import partial

from matplotlib.figure import Figure

from app.learning.report.basis import rows_of
from app.learning.report.canvas import EDGE, SOFT, UNKNOWN, drawn
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material
from app.learning.report.words import count, number


def novelty(material: Material) -> Section:
    """Return the AUROC of every score for every kind of strangeness."""
    told = material.novelty
    clear = [name for name, value in told.items() if value >= 0.9]
    finding = (
        f"Of {count(len(told))} tasks {count(len(clear))} are told apart clearly (AUROC of at least 0.9)."
    )
    height = 0.8 + 0.24 * len(told)
    return Section(
        anchor="novelty",
        title="Telling strange from known",
        finding=finding,
        basis=f"Known: the calibration part, {rows_of(material)}. Strange: made or drawn as named.",
        chart=Chart(svg=drawn("novelty", height, partial(_draw, told)), alt=finding),
        reading="At 0.5 (the line) a score does no better than chance, at 1 every strange row scores higher.",
        tables=(
            Table(
                caption="AUROC of strange against known",
                heads=("Score and task", "AUROC"),
                rows=tuple((name, number(value, 3)) for name, value in told.items()),
            ),
        ),
        notes=(
            "Novelty catches what is far from the training data; a fraud among ordinary payments is not.",
        ),
    )


def _draw(told: Mapping[str, float], figure: Figure) -> None:
    axes = figure.subplots()
    places, values = range(len(told), 0, -1), list(told.values())
    axes.hlines(places, 0.5, values, colors=UNKNOWN, linewidth=3, alpha=0.4)
    axes.scatter(values, places, s=30, color=UNKNOWN, zorder=3)
    for place, value in zip(places, values, strict=True):
        axes.annotate(
            number(value, 3),
            (max(value, 0.5), place),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=SOFT,
        )
    axes.axvline(0.5, color=EDGE, linewidth=1)
    axes.set_yticks(list(places), list(told))
    axes.set(xlim=(min([0.45, *values]) - 0.02, 1.07), ylim=(0.4, len(told) + 0.6), xlabel="AUROC")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
