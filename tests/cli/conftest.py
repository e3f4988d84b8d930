"""A service for commands that only look."""

from collections.abc import Iterator

import pytest

from tests.cli.policy.live_lab import Desk, open_desk


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One running service for the tests that move no version; its first one decides."""
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk
