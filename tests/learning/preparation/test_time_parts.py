"""The newest rows calibrate, as many as hold enough frauds; what lies in the delay before is in no part."""

import numpy as np
import pytest

from app.learning.preparation.parts import ENOUGH_FRAUDS, time_parts_of

DAY = 86_400.0


@pytest.mark.parametrize(
    ("fraud_share", "calibrating"),
    [(0.5, 0.05), (0.1, 0.2), (0.01, 0.25)],
    ids=["a twentieth at least", "as many as hold enough frauds", "a quarter at most"],
)
def test_as_many_of_the_newest_rows_calibrate_as_hold_enough_frauds(
    fraud_share: float, calibrating: float
) -> None:
    rows = 10_000
    seconds = np.linspace(0, 50 * DAY, rows)
    is_fraud = np.arange(rows) % round(1 / fraud_share) == 0
    parts = time_parts_of(seconds, is_fraud, delay_days=5, holds_out=True)
    assert parts.calibration.size == pytest.approx(calibrating * rows, abs=20)
    assert parts.calibration[-1] == rows - 1
    assert parts.development[-1] == pytest.approx(parts.calibration[0] - rows / 10, abs=2)
    if fraud_share == 0.1:
        assert is_fraud[parts.calibration].sum() == ENOUGH_FRAUDS


def test_cross_fitted_folds_are_stretches_of_time_with_the_delay_around_them() -> None:
    seconds = np.random.default_rng(0).permutation(np.linspace(0, 50 * DAY, 10_000))
    parts = time_parts_of(seconds, np.arange(10_000) % 10 == 0, delay_days=5, warm_up_days=10)
    assert parts.is_cross_fitted
    assert parts.development.size == 10_000
    assert np.array_equal(parts.scored, np.flatnonzero(seconds >= 10 * DAY)), "each once, but the first days"
    for fold in parts.folds:
        first, last = seconds[fold.held_out].min(), seconds[fold.held_out].max()
        learned = seconds[fold.learned]
        assert ((learned < first - 5 * DAY) | (learned > last + 5 * DAY)).all()
        assert fold.learned.size == pytest.approx(
            10_000 * (50 - 10 - min(5, 50 - last / DAY) - 5) / 50, abs=5
        )
