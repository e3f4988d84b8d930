"""The log of the incomplete beta function, against integration and where plain numbers end."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from app.triage.guarantee.incomplete_beta import log_above, log_below


def by_integration(low: float, high: float, a: float, b: float) -> float:
    """The log of the integral, with its peak scaled to one."""

    def log_density(t: float) -> float:
        return float((a - 1) * np.log(t) + (b - 1) * np.log1p(-t))

    mode = float(np.clip((a - 1) / max(a + b - 2, 1e-9), low, high)) if a > 1 else low
    peak = log_density(min(max(mode, 1e-12), 1 - 1e-12))
    reach = 40 / np.sqrt(a + b)
    ends = max(low, mode - reach), min(high, mode + reach)
    area, _ = integrate.quad(
        lambda t: np.exp(log_density(t) - peak), *ends, limit=400, epsabs=0, epsrel=1e-11
    )
    return float(peak + np.log(area))


@settings(max_examples=150, deadline=None)
@given(st.floats(0.01, 0.6), st.floats(1.5, 3_000), st.floats(1.5, 3_000))
def test_both_tails_are_those_of_numerical_integration(x: float, a: float, b: float) -> None:
    below = log_below(x, np.array([a]), np.array([b]))[0]
    above = log_above(x, np.array([a]), np.array([b]))[0]
    assert np.logaddexp(below, above) == pytest.approx(special.betaln(a, b), abs=1e-8, rel=1e-12)
    mode = (a - 1) / (a + b - 2)
    assume(abs(mode - x) > 1e-3)
    expected = by_integration(0.0, x, a, b) if mode > x else by_integration(x, 1.0, a, b)
    assert (below if mode > x else above) == pytest.approx(expected, abs=1e-6, rel=1e-9)


def test_tails_far_below_the_smallest_number_are_finite() -> None:
    a, b = np.array([50_000.0]), np.array([50_000.0])
    assert special.betainc(a, b, 0.1)[0] == 0.0
    # Two terms of the series: x^a (1-x)^b / a / (1 - x (a + b + 1) / (a + 1)).
    nearly = a * np.log(0.1) + b * np.log(0.9) - np.log(a) - np.log(1 - 0.1 * (a + b + 1) / (a + 1))
    assert log_below(0.1, a, b)[0] == pytest.approx(nearly[0], abs=1e-3)
    assert log_above(0.9, b, a)[0] == pytest.approx(log_below(0.1, a, b)[0], rel=1e-12)


def test_the_two_ways_agree_where_one_takes_over() -> None:
    frauds = np.arange(100.0, 3_000.0)
    logs = log_below(0.05, 1 + frauds / 2, 15 + frauds / 2)
    steps = np.diff(logs)
    assert special.betainc(1 + frauds[-1] / 2, 15 + frauds[-1] / 2, 0.05) == 0.0
    assert np.abs(np.diff(steps)).max() < 1e-3
