"""Stored masks, free masks and the closed form agree on any network."""

import numpy as np
import pytest

from app.learning.comparison.passes_check import FREE_PASSES, check_passes
from app.scoring.network.masks import draw_masks
from app.scoring.network.passes import Passes
from tests.scoring.builders import a_network, vectors


def test_the_report_draws_a_hundred_thousand() -> None:
    assert FREE_PASSES == 100_000


@pytest.mark.parametrize("members", [1, 4])
def test_free_masks_are_the_closed_form_and_stored_ones_a_sample_of_them(members: int) -> None:
    network = a_network(columns=5, hidden=(32, 32), members=members)
    passes = Passes(network, draw_masks(hidden=32, dropout=0.2, seed=3), device="cpu")
    told = check_passes(passes, vectors(40, columns=5), generator=np.random.default_rng(0), count=20_000)
    assert told.closed_form_worst < 0.02
    # One set of masks serves all rows, so that they are wrong together.
    assert 0.05 < told.stored_in_standard_errors < 3
    assert 0.05 < told.stored_predicted < 0.15
    assert told.stored_worst < 5 * told.stored_predicted


def test_more_stored_masks_say_it_more_precisely() -> None:
    network = a_network(columns=5, hidden=(32, 32))
    few, many = (
        check_passes(
            Passes(network, draw_masks(hidden=32, dropout=0.2, seed=3, passes=passes), device="cpu"),
            vectors(20, columns=5),
            generator=np.random.default_rng(0),
            count=20_000,
        )
        for passes in (64, 4096)
    )
    assert many.stored_predicted == pytest.approx(few.stored_predicted / 8, rel=0.05)
    assert many.stored_worst < few.stored_worst
