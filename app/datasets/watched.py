"""How far a file has been read, for whoever waits for it."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

#: Told the share of the file that was read, from 0 to 1.
Watch = Callable[[float], None]


def unwatched(share: float) -> None:
    """Tell nobody."""


def share_read(file: BinaryIO | gzip.GzipFile, path: Path) -> float:
    """Return which share of a file's bytes was read; of gzip, those as they are packed."""
    packed = cast("BinaryIO", file.fileobj) if isinstance(file, gzip.GzipFile) else file
    return packed.tell() / max(path.stat().st_size, 1)
