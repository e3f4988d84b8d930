"""The stability index against scipy's divergences, and what chance does to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.triage.drift.stability import Band, stability

DECILES = np.full(10, 0.1)


@given(
    st.lists(st.integers(1, 10_000), min_size=3, max_size=12).filter(lambda counts: sum(counts) > 100_000 / 9)
)
def test_it_is_the_sum_of_both_relative_entropies(counts: list[int]) -> None:
    """PSI = KL(a|e) + KL(e|a); with many rows smoothing does not show."""
    now = np.array(counts, dtype=float) * 1e6
    shares = np.arange(1, now.size + 1) / np.arange(1, now.size + 1).sum()
    share_now = now / now.sum()
    expected = stats.entropy(share_now, shares) + stats.entropy(shares, share_now)
    assert stability(now, shares, rows=10**12).psi == pytest.approx(expected, rel=1e-3, abs=1e-7)


def test_chance_gives_what_is_taken_off() -> None:
    draws = np.random.default_rng(1)
    found = [
        stability(draws.multinomial(800, DECILES).astype(float), DECILES, rows=10**9) for _ in range(2_000)
    ]
    psi = np.array([each.psi for each in found])
    assert psi.mean() == pytest.approx(found[0].by_chance, rel=0.05)
    assert found[0].by_chance == pytest.approx(9 / 800)
    assert np.mean(psi > found[0].chance_at_most) < 0.004


def test_the_rows_of_the_reference_count_as_noise_too() -> None:
    counts = np.full(10, 80.0)
    few, many = (stability(counts, DECILES, rows=rows) for rows in (1_000, 10**9))
    assert few.by_chance == pytest.approx(9 * (1 / 800 + 1 / 1_000))
    assert few.chance_at_most > many.chance_at_most


@pytest.mark.parametrize(
    ("shift", "payments", "band"),
    [
        (0.0, 5_000, Band.STABLE),
        (0.45, 5_000, Band.MODERATE),
        (1.0, 5_000, Band.LARGE),
        (1.0, 60, Band.TOO_FEW),
        (0.0, 0, Band.TOO_FEW),
    ],
)
def test_bands(shift: float, payments: int, band: Band) -> None:
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    values = np.random.default_rng(2).normal(shift, 1, payments)
    counts = np.bincount(np.searchsorted(edges, values), minlength=10).astype(float)
    assert stability(counts, DECILES, rows=40_000).band is band


def test_a_bin_nobody_has_seen_is_told_and_unused_bins_are_not() -> None:
    shares, counts = np.array([0.5, 0.5, 0.0, 0.0]), np.array([300.0, 300.0, 400.0, 0.0])
    assert stability(counts, shares, rows=40_000).band is Band.LARGE
    assert stability(counts * [1, 1, 0, 0], shares, rows=40_000).psi == pytest.approx(0.0, abs=1e-6)
