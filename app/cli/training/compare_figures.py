"""The comparison's tables as lines `figure NAME VALUE`."""

from collections.abc import Iterator, Mapping
from typing import Any

Table = Mapping[str, Any]

_ENDS = (("", "value"), ("_low", "low"), ("_high", "high"))
#: The shipped model's promises, by the names of the card's table.
_PROMISES = {rate: f"miss at most {rate}%" for rate in ("5", "10", "15")}


def report_figures(table: Table) -> Iterator[tuple[str, float]]:
    """Yield the chosen recipe's figures, XGBoost's, and their differences with intervals."""
    yield "candidates_tried", table["candidates_tried"]
    for prefix, name in (("", table["recipe"]), ("xgboost_", "xgboost"), ("logistic_", "logistic")):
        for figure, over_seeds in table["models"][name].items():
            yield f"{prefix}{figure}", over_seeds["mean"]
            yield f"{prefix}{figure}_lowest", over_seeds["lowest"]
            yield f"{prefix}{figure}_highest", over_seeds["highest"]
    for figure, interval in table["minus_xgboost"].items():
        for end, key in _ENDS:
            yield f"{figure}_minus_xgboost{end}", interval[key]


def later_figures(table: Table, *, recipe: str) -> Iterator[tuple[str, float]]:
    """Yield the figures of the split by time."""
    yield "later_period_frauds", table["frauds"]
    for prefix, name in (("", recipe), ("xgboost_", "xgboost")):
        for figure, value in table["models"][name].items():
            yield f"{prefix}later_period_{figure}", value


def shipped_figures(table: Table) -> Iterator[tuple[str, float]]:
    """Yield what the shipped model promises, how it knows odd rows, and how its passes agree."""
    yield "shipped_calibration_frauds", table["metrics"]["frauds"]
    yield "shipped_calibration_legits", table["metrics"]["legits"]
    for rate, promise in _PROMISES.items():
        outcome = table["policies"][promise]
        if isinstance(outcome, Mapping):
            yield f"shipped_review_rate_at_miss_{rate}", outcome["calibration"]["review_rate"]
    for rate, review_rate in table["without_choice"].items():
        yield f"shipped_review_rate_at_miss_{rate}_without_choice", review_rate
    for name in ("ap", "auroc", "nll", "brier", "augrc"):
        for end, key in _ENDS:
            yield f"shipped_{name}{end}", table["metrics"][name][key]
    yield from table["novelty"].items()
    for name, value in table["passes"].items():
        yield f"mc_{name}", value


def line(name: str, figures: Table) -> str:
    """Return one candidate's figures as a line of a table."""
    mean = {figure: value["mean"] for figure, value in figures.items()}
    reviews = " ".join(f"{mean[f'review_rate_at_miss_{rate}']:.2%}" for rate in (15, 10, 5))
    return (
        f"{name:24} AP {mean['ap']:.4f}  AUROC {mean['auroc']:.4f}  NLL {mean['nll']:.5f}"
        f"  AUGRC {mean['augrc']:.3g}  review at miss 15/10/5 % {reviews}"
    )
