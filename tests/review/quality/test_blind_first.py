"""What seeing the score does, told from counted cases."""

from typing import Any

import numpy as np
import pytest

from app.review.outcome import GroundTruth
from app.review.quality.blind_first import Cell, blind_first
from app.review.quality.differences import difference
from app.review.quality.rates import Rate

FRAUD, LEGIT = GroundTruth.FRAUD, GroundTruth.LEGIT


def a_cell(cases: int, **changes: Any) -> Cell:
    values: dict[str, Any] = {
        "probability": 0.1, "is_blind": True, "provisional": FRAUD, "final": FRAUD, "truth": FRAUD,
        "is_gold": False, "cases": cases,
    }  # fmt: skip
    return Cell(**(values | changes))


def test_what_the_issue_asks_for_is_told() -> None:
    """31 of 412 changed; of 120 whose truth is known 5 made right and 2 wrong: +2.5 points."""
    found = blind_first(
        [
            a_cell(24, provisional=FRAUD, final=LEGIT, truth=None),
            a_cell(268, truth=None),
            a_cell(5, provisional=LEGIT, final=FRAUD, is_gold=True),
            a_cell(2, provisional=FRAUD, final=LEGIT),
            a_cell(100),
            a_cell(13, truth=LEGIT),
        ]
    )
    assert found.changed == Rate(hits=31, trials=412)
    assert (found.change.made_right, found.change.made_wrong, found.change.cases) == (5, 2, 120)
    assert found.gold == 5
    assert found.gain is not None
    assert found.gain.estimate == pytest.approx(0.025)
    assert found.gain.low < 0 < found.gain.high
    assert found.is_change_enough


def test_ninety_nine_are_too_few() -> None:
    found = blind_first([a_cell(99), a_cell(500, is_blind=False, provisional=None)])
    assert (found.is_change_enough, found.is_lead_enough) == (False, False)
    found = blind_first([a_cell(100), a_cell(100, is_blind=False, provisional=None)])
    assert (found.is_change_enough, found.is_lead_enough) == (True, True)


def test_blind_without_a_word_before_is_still_blind() -> None:
    """Chance drew it so: whoever skipped the first verdict stays on the side where they were put."""
    found = blind_first([a_cell(3, provisional=None), a_cell(2, is_blind=False, provisional=None)])
    assert found.changed.trials == 0
    assert (found.blind_right.trials, found.open_right.trials) == (3, 2)


def test_nothing_known_is_no_gain() -> None:
    found = blind_first([a_cell(50, truth=None)])
    assert (found.gain, found.lead) == (None, None)
    assert blind_first([]).changed.value is None


def test_one_probability_is_an_ordinary_difference() -> None:
    found = blind_first(
        [
            a_cell(90),
            a_cell(10, final=LEGIT),
            a_cell(300, is_blind=False, provisional=None),
            a_cell(100, is_blind=False, provisional=None, final=LEGIT),
        ]
    )
    expected = difference(Rate(hits=90, trials=100), Rate(hits=300, trials=400))
    assert found.lead is not None
    assert (found.lead.estimate, found.lead.low, found.lead.high) == pytest.approx(
        (expected.estimate, expected.low, expected.high)
    )


def test_a_share_that_changed_with_the_times_feigns_no_lead() -> None:
    """In easy times few were blind, in hard times many: pooled, blind would look worse by 24 points."""
    easy, hard = (0.1, 0.95), (0.5, 0.55)
    cells = []
    for probability, right in (easy, hard):
        for is_blind, share in ((True, probability), (False, 1 - probability)):
            cases = round(2000 * share)
            known: dict[str, Any] = {"probability": probability, "is_blind": is_blind}
            known |= {} if is_blind else {"provisional": None}
            cells += [a_cell(round(cases * right), **known)]
            cells += [a_cell(cases - round(cases * right), final=LEGIT, **known)]
    found = blind_first(cells)
    assert found.lead is not None
    assert found.lead.estimate == pytest.approx(0, abs=1e-9)
    pooled = difference(found.blind_right, found.open_right)
    assert pooled.high < -0.1


@pytest.mark.slow
def test_the_lead_keeps_its_promise_over_two_strata() -> None:
    rng = np.random.default_rng(20260501)
    kept = 0
    for _ in range(1500):
        cells = []
        for probability, seen in ((0.1, 0.90), (0.4, 0.70)):
            blind = int(rng.binomial(700, probability))
            for is_blind, cases, right in ((True, blind, seen + 0.05), (False, 700 - blind, seen)):
                hits = int(rng.binomial(cases, right))
                known = {"probability": probability, "is_blind": is_blind, "provisional": None}
                cells += [a_cell(hits, **known), a_cell(cases - hits, final=LEGIT, **known)]
        lead = blind_first(cells).lead
        kept += lead is not None and lead.low <= 0.05 <= lead.high
    assert kept / 1500 >= 0.935
