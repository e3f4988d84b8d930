"""What was tried, each with its verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.learning.report.content import Section, Table
from app.learning.report.sections.candidates import chart_of, figures_table, line_of
from app.learning.report.words import count, number


def screening(comparison: Mapping[str, Any]) -> Section:
    """Return everything tried, by average precision, with its verdict."""
    told, verdicts = comparison["screening"], comparison.get("verdicts", {})
    tried = sorted(told["candidates"], key=lambda each: -each["figures"]["ap"]["mean"])
    best = tried[0]
    finding = (
        f"{count(len(tried))} candidates were tried once. The highest average precision is that of"
        f" {best['name']}, {number(best['figures']['ap']['mean'], 3)}."
    )
    lines = [line_of(each["name"], each["figures"]) for each in tried]
    return Section(
        anchor="screening",
        title="What was tried",
        finding=finding,
        basis=(
            f"Development rows ({count(told['rows'])}), four folds, one seed, out of fold. The"
            " calibration part took no part. The best of many on the same rows flatters itself."
        ),
        chart=chart_of("screening", lines, finding, marked=comparison.get("recipe")),
        reading=(
            "Each dot is one candidate; right is better. The chosen recipe, where it was among them, has a"
            " colour; an open ring lies farther left than the axis reaches."
        ),
        tables=(
            _verdicts(tried, verdicts),
            figures_table("All figures", {each["name"]: each["figures"] for each in tried}),
        ),
    )


def _verdicts(tried: Sequence[Mapping[str, Any]], verdicts: Mapping[str, str]) -> Table:
    rows = tuple(
        (
            each["name"],
            number(each["figures"]["ap"]["mean"], 3),
            each["about"],
            verdicts.get(each["name"], "no verdict written"),
        )
        for each in tried
    )
    heads = ("Candidate", "AP", "What it is", "Verdict")
    return Table(caption="Verdicts", heads=heads, rows=rows, words=frozenset({2, 3}), is_open=True)
