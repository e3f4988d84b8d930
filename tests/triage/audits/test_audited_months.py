"""Whether intervals of audits hold, over many months."""

import numpy as np
import pytest

from tests.audited_months import audited_months


@pytest.mark.slow
def test_intervals_of_audits_hold_however_rare_frauds_are() -> None:
    """8 hidden frauds in 57,000 approvals, 1 % audited: seldom is even one of them found."""
    found = audited_months(np.random.default_rng(5), 150)
    assert found.coverage >= 0.93
    assert found.normal_coverage < 0.5
