import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from app.learning.metrics.certified import zero_error_coverage
from app.learning.metrics.ranking import auroc, average_precision
from app.learning.metrics.reliability import reliability_regions
from app.learning.report.content import Section, Table
from app.learning.report.material import Boundary, Material
from app.learning.report.report import report
from app.learning.report.sections.figures import decided
from app.learning.report.words import count, number, percent, probability
from app.triage.tuning.neyman_pearson import frauds_needed
from tests.learning.report.builders import (
    FRAUDS,
    LEGITS,
    a_boundary,
    a_comparison,
    a_material,
    some_splits,
)

ANCHORS = [
    "certificate",
    "figures",
    "confusion",
    "softmax",
    "logits",
    "reliability",
    "precision-recall",
    "risk-coverage",
    "uncertainty",
    "boundary",
    "zero-error",
    "novelty",
    "screening",
    "choice",
    "known-models",
    "origin",
]


@pytest.fixture(scope="module")
def material() -> Material:
    return a_material()


@pytest.fixture(scope="module")
def sections(material: Material) -> dict[str, Section]:
    return {section.anchor: section for section in report(material).sections}


def the_table(section: Section, caption: str) -> Table:
    return next(table for table in section.tables if table.caption == caption)


def cells(table: Table, column: int) -> list[str]:
    return [row[column] for row in table.rows]


def test_every_section_is_there_in_order(sections: dict[str, Section]) -> None:
    assert list(sections) == ANCHORS


def test_every_chart_has_words_for_those_who_cannot_see_it(sections: dict[str, Section]) -> None:
    drawn = [section for section in sections.values() if section.chart]
    assert len(drawn) == len(ANCHORS) - 3
    assert all(section.chart and section.chart.alt and section.reading for section in drawn)


def test_every_chart_has_a_table_behind_it(sections: dict[str, Section]) -> None:
    assert all(section.tables for section in sections.values())


def test_every_row_of_a_table_has_a_cell_under_each_head(sections: dict[str, Section]) -> None:
    tables = [table for section in sections.values() for table in section.tables]
    assert all(len(row) == len(table.heads) for table in tables for row in table.rows)


def test_every_section_of_scores_says_on_how_many_frauds_it_rests(sections: dict[str, Section]) -> None:
    for anchor in ANCHORS[: ANCHORS.index("screening")]:
        assert f"{FRAUDS} frauds" in sections[anchor].basis


def test_charts_wear_variables_and_load_nothing(sections: dict[str, Section]) -> None:
    for section in sections.values():
        if section.chart:
            assert "http" not in section.chart.svg
            assert "<style" not in section.chart.svg
            assert "var(--soft)" in section.chart.svg
            # No colour of matplotlib's own, which would not follow the theme.
            assert set(re.findall(r"#[0-9a-f]{6}", section.chart.svg)) == set()


def test_ids_inside_charts_are_no_two_charts_own(sections: dict[str, Section]) -> None:
    charts = [section.chart.svg for section in sections.values() if section.chart]
    found = [set(re.findall(r' id="([^"]+)"', svg)) for svg in charts]
    assert sum(map(len, found)) == len(set().union(*found))


def test_what_is_missing_is_said(material: Material) -> None:
    bare = dataclasses.replace(material, comparison=None, boundary=None, splits=None, novelty={})
    told = report(bare)
    assert [section.anchor for section in told.sections] == [*ANCHORS[:9], "origin"]
    assert len(told.left_out) == 4
    assert any("bootstrap" in sentence for sentence in told.left_out)
    assert any("`tertium compare` was not run" in sentence for sentence in told.left_out)


def test_a_comparison_without_its_screening_is_told_all_the_same(material: Material) -> None:
    partly = {key: value for key, value in a_comparison().items() if key != "screening"}
    told = report(dataclasses.replace(material, comparison=partly))
    assert "screening" not in [section.anchor for section in told.sections]
    assert told.left_out == ("Screening: its table was not given.",)


def test_a_card_that_says_nothing_is_no_error(material: Material) -> None:
    origin = report(dataclasses.replace(material, card={})).sections[-1]
    assert not origin.tables
    assert not origin.notes


def test_the_confusion_tables_count_every_row_once(sections: dict[str, Section]) -> None:
    for table in sections["confusion"].tables:
        assert sum(int(cell.replace("\u202f", "")) for cell in cells(table, 1)) == FRAUDS + LEGITS


def test_the_policy_figures_are_those_of_the_evaluation(
    material: Material, sections: dict[str, Section]
) -> None:
    told, table = decided(material), the_table(sections["figures"], "What the decisions come to")
    rates = dict(zip(cells(table, 0), cells(table, 1), strict=True))
    assert rates["Miss rate (by construction)"] == percent(told.miss_rate)
    assert rates["Frauds declined"] == percent(told.caught_rate)
    assert rates["False-decline rate"] == percent(told.false_decline_rate)
    assert rates["Review rate, population"] == percent(told.review_rate)


def test_the_model_figures_are_those_of_the_metrics(material: Material, sections: dict[str, Section]) -> None:
    columns = material.scores.probability, material.is_fraud, material.weights
    table = the_table(sections["figures"], "What the scores are worth, whatever the bounds")
    values = dict(zip(cells(table, 0), cells(table, 1), strict=True))
    assert values["Average precision"] == number(average_precision(*columns), 3)
    assert values["AUROC"] == number(auroc(*columns), 3)


def test_the_reliability_table_is_that_of_the_metric(
    material: Material, sections: dict[str, Section]
) -> None:
    found = reliability_regions(material.scores.probability, material.is_fraud, material.weights)
    table = the_table(sections["reliability"], "Regions of the logit axis")
    assert cells(table, 0) == [probability(each) for each in found.mean_probability]
    assert cells(table, 3) == [count(each) for each in found.frauds]


def test_the_zero_error_figure_is_marked_an_oracle_and_is_the_metrics(
    material: Material, sections: dict[str, Section]
) -> None:
    section = sections["zero-error"]
    here = zero_error_coverage(material.scores.evidence_fraud, material.is_fraud, material.weights)
    assert section.is_oracle
    assert "Oracle" in section.basis
    assert percent(here) in section.basis
    assert len(the_table(section, "Every split").rows) == some_splits().recipe.size
    assert not any(each.is_oracle for anchor, each in report_but(sections, "zero-error"))


def report_but(sections: dict[str, Section], left_out: str) -> list[tuple[str, Section]]:
    return [each for each in sections.items() if each[0] != left_out]


def test_zero_errors_promise_what_the_number_of_frauds_allows(sections: dict[str, Section]) -> None:
    bound = 1 - 0.05 ** (1 / FRAUDS)
    assert f"a miss rate of at most {percent(bound)}" in sections["zero-error"].finding
    needed = frauds_needed(miss_rate=0.03, confidence=0.95)
    assert any(f"takes {needed} frauds" in note for note in sections["zero-error"].notes)


def test_the_certificate_says_what_it_does_not_promise(sections: dict[str, Section]) -> None:
    assert sum("not" in note for note in sections["certificate"].notes) >= 3


def test_screening_shows_every_candidate_with_its_verdict_best_first(
    sections: dict[str, Section],
) -> None:
    table = the_table(sections["screening"], "Verdicts")
    assert cells(table, 0) == ["taught", "xgboost", "gated"]
    assert cells(table, 3) == ["Chosen: the best.", "Close.", "no verdict written"]


def test_an_interval_around_zero_is_called_undecided(sections: dict[str, Section]) -> None:
    assert "cannot tell them apart" in sections["known-models"].finding


def test_a_head_with_two_logits_shows_both(material: Material) -> None:
    scores = dataclasses.replace(material.scores, evidence_legit=-material.scores.margin)
    told = {each.anchor: each for each in report(dataclasses.replace(material, scores=scores)).sections}
    assert [table.caption for table in told["logits"].tables] == [
        "Evidence for fraud, by class",
        "Evidence for legit, by class",
    ]
    assert "Evidence legit" in the_table(told["softmax"], "The twenty").heads


def test_a_model_without_errors_or_declines_has_a_report(material: Material) -> None:
    margin = np.where(material.is_fraud, 5.0, -9.0)
    probability_ = np.asarray(material.calibrator.probability(margin))
    scores = dataclasses.replace(
        material.scores, margin=margin, evidence_fraud=margin, probability=probability_
    )
    never = np.zeros_like(material.labels)
    told = report(dataclasses.replace(material, scores=scores, labels=never))
    assert [section.anchor for section in told.sections] == ANCHORS


@pytest.mark.parametrize(
    "change",
    [
        {"amounts": np.zeros(3)},
        {"vectors": np.zeros((3, 4))},
        {"names": ("V1",)},
        {"is_fraud": np.zeros(FRAUDS + LEGITS, dtype=np.bool_)},
    ],
)
def test_columns_that_are_not_one_row_each_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"one row each|one name each|both kinds"):
        a_material(**change)


def test_a_boundary_of_another_shape_is_refused() -> None:
    told = a_boundary()
    with pytest.raises(ValueError, match="expected a grid"):
        Boundary(
            axes=told.axes, x=told.x, y=told.x, low=told.low, median=told.median, high=told.high, networks=2
        )
