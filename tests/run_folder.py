"""The folder of one run of the tests, shared by its processes."""

import os
from pathlib import Path

RUN_FOLDER = "TERTIUM_TESTS_FOLDER"


def run_folder() -> Path:
    """Return the folder; it goes when the run ends."""
    return Path(os.environ[RUN_FOLDER])
