"""What a model's card says of its training and of its figures, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.web.languages.figures import in_figures
from app.web.languages.sentences import capital, marked, worded
from app.web.pages import formatting
from app.web.pages.formatting import exact_percent

#: Of the calibration part, as the card names them: what pages say, and decimals.
FIGURES = (
    ("ap", marked("Average precision"), 3),
    ("auroc", "AUROC", 3),
    ("brier_skill", marked("Brier skill score"), 3),
    ("brier", marked("Brier score"), 6),
    ("nll", marked("Log loss"), 5),
    ("augrc", marked("Risk over coverage (AUGRC)"), 6),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something the card says."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A figure, and the interval it lies in with 95 % confidence; empty where the card gives none."""

    name: str
    value: str
    interval: str


def training_facts(card: Mapping[str, Any], version: str) -> tuple[Fact, ...]:
    """Return when and on what a model was trained; what the card leaves out is left out here, too."""
    data, recipe = _part(card, "data"), _part(_part(card, "training"), "recipe")
    told = {
        worded("Trained"): _day_of(version),
        worded("Data file"): _text(data, "file"),
        worded("Frauds"): _frauds(data),
        worded("Legits"): _legits(data),
        worded("Base rate"): _base_rate(card),
        worded("Recipe"): ": ".join(
            filter(None, (_text(recipe, "name").replace("_", " "), worded(_text(recipe, "about"))))
        ),
        worded("Source"): worded(_text(card, "source")),
    }
    return tuple(Fact(name=name, value=value) for name, value in told.items() if value)


def figure_rows(card: Mapping[str, Any]) -> tuple[FigureRow, ...]:
    """Return the figures of the calibration part that the card holds."""
    told = _part(_part(card, "metrics"), "calibration")
    rows = (_figure(name, _part(told, key), digits) for key, name, digits in FIGURES)
    return tuple(row for row in rows if row is not None)


def figures_basis(card: Mapping[str, Any]) -> str:
    """Return on how many rows the figures were measured; empty where the card does not say."""
    told = _part(_part(card, "metrics"), "calibration")
    frauds, legits = _number(told, "frauds"), _number(told, "legits")
    if frauds is None or legits is None:
        return ""
    return worded(
        "Measured on %(frauds)s and %(legits)s%(card)s.",
        frauds=formatting.plural(int(frauds), "fraud", "frauds"),
        legits=formatting.plural(int(legits), "legit", "legits"),
        card=_scored_by(card),
    )


def _scored_by(card: Mapping[str, Any]) -> str:
    reading = _text(_part(_part(card, "metrics"), "reading"), "calibration")
    if reading.startswith("cross-fitted"):
        return worded(", each scored by the networks that had not seen it")
    return worded(" that the model never learned from")


def limits_of(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the limits of use that the card names, as sentences."""
    limits = card.get("limits")
    told = limits if isinstance(limits, list) else []
    return tuple(f"{capital(worded(each))}." for each in told if isinstance(each, str) and each)


def _figure(name: str, told: Mapping[str, Any], digits: int) -> FigureRow | None:
    value, low, high = (_number(told, key) for key in ("value", "low", "high"))
    if value is None:
        return None
    ends = (
        ""
        if low is None or high is None
        else worded(
            "%(low)s to %(high)s", low=formatting.number(low, digits), high=formatting.number(high, digits)
        )
    )
    return FigureRow(name=name, value=formatting.number(value, digits), interval=ends)


def _day_of(version: str) -> str:
    """Return the day a version is named by; empty for a name of another kind."""
    try:
        day = date.fromisoformat(version[:10])
    except ValueError:
        return ""
    return formatting.calendar_day(day)


def _frauds(data: Mapping[str, Any]) -> str:
    frauds, different = _number(data, "frauds"), _number(data, "different_frauds")
    if frauds is None:
        return ""
    copies = (
        ""
        if different in {None, frauds}
        else worded(", %(different)s of them different", different=formatting.count(different))
    )
    return f"{formatting.count(frauds)}{copies}"


def _legits(data: Mapping[str, Any]) -> str:
    legits, weight = _number(data, "legits"), _number(data, "legit_weight")
    if legits is None:
        return ""
    each = (
        ""
        if weight is None or weight == 1
        else worded(", each stands for %(weight)s payments", weight=in_figures(format(weight, "g")))
    )
    return f"{formatting.count(legits)}{each}"


def _rounded(share: float) -> float:
    """Return a share to three significant digits: that of a file has as many as its rows make.

    >>> _rounded(0.006446379413)
    0.00645
    """
    return float(f"{share:.3g}")


def _base_rate(card: Mapping[str, Any]) -> str:
    rate = _number(card, "base_rate")
    return (
        ""
        if rate is None
        else worded("%(rate)s of all payments are fraud", rate=exact_percent(_rounded(rate)))
    )


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(told: Mapping[str, Any], name: str) -> str:
    text = told.get(name)
    return text if isinstance(text, str) else ""


def _number(told: Mapping[str, Any], name: str) -> float | None:
    number = told.get(name)
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None
