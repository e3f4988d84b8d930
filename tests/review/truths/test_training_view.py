"""The training view against one payment at a time: truth, chance, source and weight by the rules in words."""

from dataclasses import dataclass, fields
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.truths.evidence import FRAUD, LEGIT, NOT_SAID, Evidence, ReportingSource, Silence
from app.review.truths.training_view import AUDIT, RULING, SILENCE, VERDICT, TrainingView, training_view
from app.triage.labels import LABELS, Label

said = st.sampled_from([NOT_SAID, LEGIT, FRAUD])
SOURCE = ReportingSource(name="chargeback", share=0.8, since=100.0, until=500.0)


@dataclass(frozen=True)
class Heard:
    """What was heard of one payment."""

    occurred_at: float
    decided: Label
    reported: int
    report_source: str
    report_chance: float
    judged: int
    judged_chance: float
    group: int
    is_audit: bool
    second: int
    ruling: int


heard = st.builds(
    Heard,
    occurred_at=st.integers(0, 600).map(float),
    decided=st.sampled_from(list(Label)),
    reported=said,
    report_source=st.sampled_from(["chargeback", "bank"]),
    report_chance=st.sampled_from([nan, 0.01, 0.5, 1.0]),
    judged=said,
    judged_chance=st.sampled_from([0.02, 0.3, 1.0]),
    group=st.integers(0, 3),
    is_audit=st.booleans(),
    second=said,
    ruling=said,
)


def columns(payments: list[Heard]) -> Evidence:
    rows = [
        {
            "payment_ids": number,
            "occurred_at": each.occurred_at,
            "decided": LABELS.index(each.decided),
            "reported": each.reported,
            "report_sources": each.report_source if each.reported != NOT_SAID else "",
            "reported_at": each.occurred_at + 7 if each.reported != NOT_SAID else nan,
            "report_chances": each.report_chance if each.reported != NOT_SAID else nan,
            "judged": each.judged,
            "judged_at": each.occurred_at + 3 if each.judged != NOT_SAID else nan,
            "judged_chances": each.judged_chance,
            "group_ids": each.group if each.judged != NOT_SAID else 0,
            "is_audit": each.is_audit,
            "second": each.second if each.judged != NOT_SAID else NOT_SAID,
            "ruling": each.ruling if each.judged != NOT_SAID else NOT_SAID,
        }
        for number, each in enumerate(payments)
    ]
    return Evidence.of({name.name: [row[name.name] for row in rows] for name in fields(Evidence)})


def truth_of(each: Heard) -> tuple[int, str]:
    if each.reported != NOT_SAID:
        return each.reported, each.report_source
    if each.judged == NOT_SAID:
        return NOT_SAID, ""
    if each.ruling != NOT_SAID:
        return each.ruling, RULING
    if each.second not in {NOT_SAID, each.judged}:
        return NOT_SAID, "disputed"
    return each.judged, AUDIT if each.is_audit else VERDICT


def chance_of(each: Heard, truth: int) -> float | None:
    ways = [each.judged_chance] if each.judged != NOT_SAID else []
    if each.reported != NOT_SAID and each.report_chance == each.report_chance:
        ways.append(each.report_chance)
    if each.decided is Label.LEGIT and SOURCE.since <= each.occurred_at <= SOURCE.until:
        if truth == LEGIT:
            ways.append(1.0)
        elif each.reported == FRAUD and each.report_source == SOURCE.name:
            ways.append(SOURCE.share)
    return max(ways, default=None)


def view_of(payments: list[Heard], silence: Silence | None = None) -> TrainingView:
    return training_view(columns(payments), silence, (SOURCE,))


@given(st.lists(heard, max_size=30))
def test_truth_source_and_chance_are_those_of_the_rules(payments: list[Heard]) -> None:
    view = view_of(payments)
    expected = {}
    disputed = without = 0
    for number, each in enumerate(payments):
        truth, source = truth_of(each)
        chance = chance_of(each, truth)
        disputed += source == "disputed"
        if truth != NOT_SAID and chance is None:
            without += 1
        elif truth != NOT_SAID:
            expected[number] = (truth == FRAUD, source, chance)
    told = zip(view.is_fraud.tolist(), view.sources.tolist(), view.chances.tolist(), strict=True)
    assert dict(zip(view.payment_ids.tolist(), told, strict=True)) == expected
    assert (view.disputed, view.without_chance) == (disputed, without)
    assert (np.diff(view.occurred_at) >= 0).all()
    assert sum(map(sum, view.counts().values())) == len(expected)


@given(st.lists(heard, min_size=1, max_size=30))
def test_a_group_weighs_what_its_heaviest_alone_would(payments: list[Heard]) -> None:
    view = view_of(payments)
    weight_of = dict(zip(view.payment_ids.tolist(), view.weights.tolist(), strict=True))
    members: dict[int, list[int]] = {}
    for number in weight_of:
        each = payments[number]
        if each.reported == NOT_SAID and each.group:
            members.setdefault(each.group, []).append(number)
    for numbers in members.values():
        assert sum(weight_of[number] * 0.02 for number in numbers) <= 1 + 1e-9
    assert all(weight > 0 for weight in weight_of.values())


def test_weights_are_those_of_the_example() -> None:
    judged = Heard(0.0, Label.UNKNOWN, NOT_SAID, "", nan, FRAUD, 1.0, 0, False, NOT_SAID, NOT_SAID)
    group = [
        Heard(float(number), Label.UNKNOWN, NOT_SAID, "", nan, FRAUD, 1.0, 5, False, NOT_SAID, NOT_SAID)
        for number in range(4)
    ]
    audits = [
        Heard(9.0, Label.FRAUD, NOT_SAID, "", nan, LEGIT, 0.25, 0, True, NOT_SAID, NOT_SAID) for _ in range(3)
    ]
    view = view_of([judged, *group, *audits])
    np.testing.assert_allclose(np.sort(view.weights), [0.25, 0.25, 0.25, 0.25, 1, 4, 4, 4])
    assert view.counts() == {AUDIT: (0, 3), VERDICT: (5, 0)}


def test_silence_is_legit_only_beside_a_source_and_weighs_for_those_not_drawn() -> None:
    silence = Silence(payment_ids=np.arange(100, 200), occurred_at=np.full(100, 200.0), chance=0.1)
    view = view_of([], silence)
    assert view.counts() == {SILENCE: (0, 100)}
    assert view.weights.sum() == pytest.approx(1000)
    assert np.isnan(view.delays).all()
    assert view_of([]).payment_ids.size == 0
