"""Reason codes: what makes each speak, in which order, never more than four, and no word of an audit."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.case import CaseKind, CaseState
from app.review.neighbours import HourShare, Known, Nearest, Neighbour
from app.review.outcome import GroundTruth
from app.review.reason_codes import (
    IMPORTANCE,
    MOST,
    RULES,
    SPREAD_WITHOUT_LIMIT,
    Code,
    Column,
    Situation,
    reason_codes,
)
from app.triage.costs import USUAL_COSTS
from app.triage.policies.policy import AmountBand, Bounds, Policy

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
POLICY = Policy(
    model_version="a", approve_at_most=-5, decline_at_least=2, spread_at_most=1.5, novelty_at_most=99.9
)


def near(distance: float, percentile: float | None = 3.0) -> Neighbour:
    known = Known(
        transaction_key=1,
        label=GroundTruth.FRAUD,
        source="chargeback",
        amount=Decimal(1),
        currency="EUR",
        occurred_at=NOON,
        learned_at=NOON,
    )
    return Neighbour(known=known, distance=distance, percentile=percentile)


def alike(fraud: Neighbour, *legits: Neighbour) -> Nearest:
    return Nearest(frauds=(fraud,), legits=legits)


def quiet(share: float) -> HourShare:
    return HourShare(hour=3, share=share, payments=2000)


def a_situation(**changes: Any) -> Situation:
    """A case of which no code can say anything."""
    values: dict[str, Any] = {
        "kind": CaseKind.UNKNOWN,
        "state": CaseState.OPEN,
        "policy": POLICY,
        "amount": 10.0,
        "evidence": None,
        "spread": 0.5,
        "novelty": 50.0,
        "expected_loss": 3.0,
        "columns": (),
        "amount_percentile": 50.0,
        "hour": None,
        "nearest": None,
    }
    return Situation(**(values | changes))


def codes(**changes: Any) -> list[Code]:
    return [each.code for each in reason_codes(a_situation(**changes))]


def columns(*pairs: tuple[float, float]) -> tuple[Column, ...]:
    return tuple(
        Column(name=f"V{n}", percentile=percentile, pull=pull) for n, (percentile, pull) in enumerate(pairs)
    )


BAND = AmountBand(amount_from=100, bounds=Bounds(approve_at_most=-8, decline_at_least=-1))

SPEAKS: list[tuple[Code, dict[str, Any], dict[str, Any]]] = [
    (Code.EXTREME_FEATURES, {"columns": columns((99.5, 1.0))}, {"columns": columns((97.0, 1.0))}),
    (Code.EXTREME_FEATURES, {"columns": columns((-1.0, 0.1))}, {"columns": columns((-1.0, -0.1))}),
    (Code.UNUSUAL_AMOUNT, {"amount_percentile": 1.0}, {"amount_percentile": 2.0}),
    (Code.UNUSUAL_AMOUNT, {"amount_percentile": 101.0}, {"amount_percentile": None}),
    (
        Code.BETWEEN_BOUNDS,
        {"evidence": -6.0, "amount": 100.0, "policy": replace(POLICY, bands=(BAND,))},
        {"evidence": -6.0, "amount": 99.0, "policy": replace(POLICY, bands=(BAND,))},
    ),
    (Code.QUIET_HOUR, {"hour": quiet(0.01)}, {"hour": quiet(0.03)}),
    (Code.LIKE_KNOWN_FRAUD, {"nearest": alike(near(2), near(3))}, {"nearest": alike(near(2), near(1))}),
    (Code.LIKE_KNOWN_FRAUD, {"nearest": alike(near(2, 9.0))}, {"nearest": alike(near(2, 11.0))}),
    (Code.LIKE_KNOWN_FRAUD, {"nearest": alike(near(2, 0.0))}, {"nearest": alike(near(2, None))}),
    (Code.NOVEL, {"novelty": 99.95}, {"novelty": 99.9}),
    (Code.PASSES_DISAGREE, {"spread": 1.6}, {"spread": None}),
    (Code.BETWEEN_BOUNDS, {"evidence": 0.0}, {"evidence": 2.0}),
    (Code.HIGH_EXPOSURE, {"expected_loss": 100.0}, {"expected_loss": 99.0}),
    (
        Code.RANDOM_AUDIT,
        {"kind": CaseKind.AUDIT, "state": CaseState.JUDGED},
        {"kind": CaseKind.AUDIT, "state": CaseState.OPEN},
    ),
]
EVERYTHING: dict[str, Any] = {
    key: value for _, speaking, _ in reversed(SPEAKS) for key, value in speaking.items()
}


@pytest.mark.parametrize(("code", "speaking", "silent"), SPEAKS)
def test_a_code_speaks_exactly_when_it_should(
    code: Code, speaking: dict[str, Any], silent: dict[str, Any]
) -> None:
    assert codes(**speaking) == [code]
    assert codes(**silent) == []


def test_every_code_has_its_rule_and_its_place() -> None:
    assert set(IMPORTANCE) == set(RULES) == set(Code)
    assert len(IMPORTANCE) == len(Code) == 9


def test_of_all_at_once_the_four_most_important_speak() -> None:
    assert codes(**EVERYTHING) == list(IMPORTANCE[:MOST])


@given(silenced=st.sets(st.sampled_from(sorted(EVERYTHING))), state=st.sampled_from(CaseState))
def test_there_are_never_more_than_four_always_in_order_and_no_audit_before_its_verdict(
    silenced: set[str], state: CaseState
) -> None:
    spoken = codes(
        **{name: EVERYTHING[name] for name in EVERYTHING if name not in silenced} | {"state": state}
    )
    assert len(spoken) <= MOST
    assert spoken == sorted(spoken, key=IMPORTANCE.index)
    assert state is CaseState.JUDGED or Code.RANDOM_AUDIT not in spoken


def test_only_the_three_features_that_pull_most_may_be_named() -> None:
    shown = reason_codes(a_situation(columns=columns((99.9, 0.1), (50, 3), (99, 2), (-1, -1.5))))
    assert [dict(each.numbers) for each in shown] == [{"V2": 99}]


def test_a_limit_the_policy_does_not_set_cannot_be_broken() -> None:
    free = Policy(
        model_version="a", approve_at_most=-5, decline_at_least=2, costs=replace(USUAL_COSTS, overhead=0)
    )
    assert codes(policy=free, novelty=100.0, expected_loss=1e6) == []


def test_without_a_limit_the_passes_disagree_from_one_logit_on() -> None:
    free = Policy(model_version="a", approve_at_most=-5, decline_at_least=2)
    assert codes(policy=free, spread=1.0) == []
    (found,) = reason_codes(a_situation(policy=free, spread=1.1))
    assert found.code is Code.PASSES_DISAGREE
    assert found.numbers == {"spread": 1.1, "level": SPREAD_WITHOUT_LIMIT}
