"""What was chosen, and how it stands beside the models everybody knows."""

from collections.abc import Mapping
from typing import Any

from app.learning.report.content import Section, Table
from app.learning.report.sections.candidates import FIGURES, by_value, chart_of, figures_table, line_of
from app.learning.report.words import count, number, span


def choice(comparison: Mapping[str, Any]) -> Section:
    """Return the finalists over the seeds of the choice."""
    told = comparison["choice"]
    lines = by_value([line_of(name, figures) for name, figures in told["candidates"].items()])
    best = lines[0]
    finding = (
        f"Of {count(len(lines))} finalists {best.name} has the highest average precision,"
        f" {number(best.value, 3)}."
    )
    tables = [figures_table("The finalists, mean over seeds", told["candidates"])]
    if told.get("calibrator_nll"):
        tables.append(_calibrators(told["calibrator_nll"]))
    return Section(
        anchor="choice",
        title="The choice",
        finding=finding,
        basis=(
            f"Development rows ({count(told['rows'])}), out of fold, {count(len(told['seeds']))} fold seeds."
        ),
        chart=chart_of("choice", lines, finding, marked=comparison.get("recipe")),
        reading="The dot is the mean over fold seeds, the bar their range; overlapping bars are no proof.",
        tables=tuple(tables),
    )


def known(comparison: Mapping[str, Any]) -> Section:
    """Return the chosen recipe beside the known models, on seeds nobody chose by."""
    lines = by_value([line_of(name, figures) for name, figures in comparison["models"].items()])
    gap = comparison.get("minus_xgboost", {}).get("ap")
    apart = (
        f" Its average precision less XGBoost's is {number(gap['value'], 3)}, 95 % interval"
        f" {span(gap['low'], gap['high'], 3)}{_and_so(gap)}"
        if gap
        else ""
    )
    finding = f"The chosen recipe is {comparison['recipe']}.{apart}"
    return Section(
        anchor="known-models",
        title="Beside the models everybody knows",
        finding=finding,
        basis=(
            f"All {count(comparison['rows'])} rows, {count(comparison['frauds'])} frauds, out of fold,"
            f" {count(len(comparison['seeds']))} fold seeds that nobody chose by; most of these rows took"
            " part in the choice."
        ),
        chart=chart_of("known-models", lines, finding, marked=comparison["recipe"]),
        reading="The dot is the mean over fold seeds, the bar their range; right is better.",
        tables=(
            figures_table("All figures, mean over seeds", comparison["models"]),
            *_interval_tables(comparison),
        ),
    )


def _and_so(gap: Mapping[str, float]) -> str:
    return ": the data cannot tell them apart." if gap["low"] <= 0 <= gap["high"] else "."


def _calibrators(told: Mapping[str, Mapping[str, float]]) -> Table:
    kinds = tuple(dict.fromkeys(kind for each in told.values() for kind in each))
    rows = tuple(
        (name, *(number(each[kind], 5) if kind in each else "" for kind in kinds))
        for name, each in told.items()
    )
    return Table(caption="NLL by calibrator, cross-fitted", heads=("Candidate", *kinds), rows=rows)


def _interval_tables(comparison: Mapping[str, Any]) -> tuple[Table, ...]:
    sets = dict(comparison.get("intervals", {}))
    if comparison.get("minus_xgboost"):
        sets["the recipe less xgboost"] = comparison["minus_xgboost"]
    decimals = {key: places or 3 for key, _, places in FIGURES}
    heads = {key: head for key, head, _ in FIGURES}
    return tuple(
        Table(
            caption=f"Bootstrap by class: {name}",
            heads=("Figure", "Value", "95 % interval"),
            rows=tuple(
                (
                    heads.get(key, key),
                    number(told["value"], decimals.get(key, 3)),
                    span(told["low"], told["high"], decimals.get(key, 3)),
                )
                for key, told in figures.items()
            ),
        )
        for name, figures in sets.items()
    )
