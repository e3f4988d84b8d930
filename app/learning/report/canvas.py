"""Drawing with matplotlib into SVG that wears the page's colours, light and dark.

No pyplot and no global state: every chart is its own `Figure`, drawn under its own settings. Colours
are drawn as the light theme's and become CSS variables afterwards; text stays text.
"""

import re
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from app.learning.report.words import plain_percent

#: The product's palette (app/web/static/tokens.css, light); of each the CSS variable it becomes.
INK, SOFT, LINE, EDGE = "#191c20", "#59616b", "#e1e3de", "#868e97"
LEGIT, UNKNOWN, FRAUD, CARD = "#08695f", "#80570a", "#ab2219", "#fefefe"
VARIABLES: Final = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    EDGE: "--edge",
    LEGIT: "--legit",
    UNKNOWN: "--unknown",
    FRAUD: "--fraud",
    CARD: "--card",
}

#: Inches; the page scales it to the width of its column.
WIDTH = 8.0

SETTINGS: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 9,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": EDGE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
}

_ID = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r"#([^\")]+)")
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
_NAMESPACE = re.compile(r' xmlns(?::xlink)?="[^"]*"')
_SIZE = re.compile(r'<svg([^>]*?) width="[^"]*"')
_HEIGHT = re.compile(r'<svg([^>]*?) height="[^"]*"')


def drawn(name: str, height: float, draw: Callable[[Figure], None]) -> str:
    """Return a chart as an `<svg>` element; `height` in inches, `name` makes its inner ids its own."""
    settings: dict[Any, Any] = {**mpl.rcParamsDefault, **SETTINGS, "svg.hashsalt": name}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure)
        written = StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=nothing)
    return _dressed(written.getvalue())


def _dressed(svg: str) -> str:
    """Cut what belongs to a file of its own, and put CSS variables in the place of colours."""
    svg = svg[svg.index("<svg") :]
    for pattern in (_STYLE, _NAMESPACE):
        svg = pattern.sub("", svg)
    # Names of groups, to which nothing refers, repeat from chart to chart.
    wanted = set(_REFERENCE.findall(svg))
    svg = _ID.sub(lambda found: found[0] if found[1] in wanted else "", svg)
    for pattern in (_SIZE, _HEIGHT):
        svg = pattern.sub(r"<svg\1", svg, count=1)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return re.sub(r"\n\s*", "\n", svg).strip()


def share_axis(axis: Any, ticks: Sequence[float]) -> None:
    """Mark an axis of shares at these places, in percent."""
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda share, _: plain_percent(share)))


def upright(axes: Axes, at: float, colour: str, words: str, *, side: str) -> None:
    """Draw a bound: an upright line with its words beside it (`left` or `right` of it)."""
    axes.axvline(at, color=colour, linewidth=1.6)
    axes.annotate(
        words,
        (at, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if side == "left" else 5, 0),
        textcoords="offset points",
        ha="right" if side == "left" else "left",
        va="top",
        color=colour,
        fontweight="bold",
    )
