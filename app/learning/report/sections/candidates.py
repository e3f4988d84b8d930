"""Candidates side by side, drawn by average precision and tabled by every figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.learning.report.canvas import EDGE, LEGIT, SOFT, drawn
from app.learning.report.content import Chart, Table
from app.learning.report.words import number, percent

#: Figures of a candidate in the order they are told: key, head, decimals; None: a share.
FIGURES: tuple[tuple[str, str, int | None], ...] = (
    ("ap", "AP", 3),
    ("ap_without_ten_legits", "AP without the ten highest legits", 3),
    ("auroc", "AUROC", 3),
    ("nll", "NLL", 5),
    ("brier", "Brier", 6),
    ("augrc", "AUGRC", 6),
    ("review_rate_at_miss_15", "Review at miss 15 %", None),
    ("review_rate_at_miss_10", "Review at miss 10 %", None),
    ("review_rate_at_miss_5", "Review at miss 5 %", None),
)

#: Average precision below the best at which the axis ends: one hopeless candidate would crowd the rest.
REACH = 0.25

#: Of a candidate: by figure its mean, lowest and highest over fold seeds.
CandidateFigures = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A candidate's average precision, as drawn."""

    name: str
    value: float
    low: float
    high: float


def line_of(name: str, figures: CandidateFigures) -> Line:
    """Return what is drawn of a candidate."""
    ap = figures["ap"]
    return Line(name=name, value=ap["mean"], low=ap["lowest"], high=ap["highest"])


def by_value(lines: Sequence[Line]) -> list[Line]:
    """Return the best first."""
    return sorted(lines, key=lambda line: -line.value)


def chart_of(name: str, lines: Sequence[Line], alt: str, *, marked: str | None) -> Chart:
    """Return the candidates one below the other; the marked one has a colour."""
    return Chart(svg=drawn(name, 0.75 + 0.21 * len(lines), partial(_draw, lines, marked)), alt=alt)


def _draw(lines: Sequence[Line], marked: str | None, figure: Figure) -> None:
    axes = figure.subplots()
    floor = max(line.value for line in lines) - REACH
    for place, line in enumerate(reversed(lines)):
        _draw_line(axes, place, line, LEGIT if line.name == marked else EDGE, floor)
    axes.set_yticks(range(len(lines)), [line.name for line in reversed(lines)])
    axes.set(ylim=(-0.6, len(lines) - 0.4), xlabel="average precision, out of fold")
    axes.margins(x=0.08)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _draw_line(axes: Axes, place: int, line: Line, colour: str, floor: float) -> None:
    low, value, high = (max(each, floor) for each in (line.low, line.value, line.high))
    axes.hlines(place, low, high, colors=colour, linewidth=3, alpha=0.5)
    filled = colour if line.value >= floor else "none"
    axes.scatter([value], [place], s=26, facecolors=filled, edgecolors=colour, zorder=3)
    axes.annotate(
        number(line.value, 3),
        (high, place),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        color=SOFT,
    )


def figures_table(caption: str, candidates: Mapping[str, CandidateFigures]) -> Table:
    """Return every figure of every candidate, the mean over fold seeds."""
    rows = tuple((name, *(_figure(told, *each) for each in FIGURES)) for name, told in candidates.items())
    return Table(caption=caption, heads=("Candidate", *(head for _, head, _ in FIGURES)), rows=rows)


def _figure(told: CandidateFigures, key: str, _: str, decimals: int | None) -> str:
    if key not in told:
        return ""
    mean = told[key]["mean"]
    return percent(mean) if decimals is None else number(mean, decimals)
