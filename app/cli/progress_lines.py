"""How far a training is, for a program: one JSON object a line, with `share` (0 to 1) and `doing`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class ProgressLines:
    """Writes how far a training is; ends the training where nobody reads it any more."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    def tell(self, *, share: float, doing: str) -> None:
        """Write a line at once. Raises `BrokenPipeError` when whoever asked for the training has gone."""
        if self._file is not None:
            self._file.write(json.dumps({"share": round(share, 6), "doing": doing}) + "\n")
            self._file.flush()


#: Nobody asked to be told.
UNHEARD = ProgressLines(None)


@contextmanager
def progress_lines(path: Path | None) -> Iterator[ProgressLines]:
    """Open a file or pipe for the lines of one training."""
    if path is None:
        yield UNHEARD
        return
    # Appended to: a pipe that is there already is never cut off.
    with path.open("a", encoding="utf-8") as file:
        yield ProgressLines(file)
