"""What draws by the thousand need to be quick."""

from functools import cache

import pytest

from app.triage import binomial


@pytest.fixture
def remembered_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work out the exact bounds of the same counts once and not in every draw."""
    monkeypatch.setattr(binomial, "clopper_pearson", cache(binomial.clopper_pearson))
