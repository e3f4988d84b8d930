"""Files to train on: those that an operator put into the folder, and those that came by the browser."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

#: Of the folder's files that are listed, by name.
MOST_FILES = 200
#: Beside a file, or one for all of the folder.
SCHEMA = "schema.toml"
#: Where files of the browser lie, each in a folder of its own.
RECEIVED = "received"
LONGEST_NAME = 200
ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".parquet")


class TrainingFileGone(Exception):
    """This file is not in the training folder any more."""


class TrainingFileRefused(Exception):
    """A file needs a name that ends as CSV or Parquet do, and some content."""


class TrainingFileTooLarge(Exception):
    """This file is larger than the operator lets browsers send (TERTIUM_TRAINING_UPLOAD_MB)."""


class TrainingFileNotKept(Exception):
    """The file could not be kept: the training folder is full, or takes no files."""


class TrainingFolderMissing(Exception):
    """Nobody can train here: the operator has named no folder (TERTIUM_TRAINING_FILES_DIR)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFile:
    """One file that can be trained on."""

    #: By it the file is asked for: its place in the folder.
    name: str
    size_bytes: int
    changed_at: datetime
    #: Changes with the file.
    stamp: str
    #: Whether it came by a browser: it goes when its training has ended.
    is_received: bool


class TrainingFiles:
    """The folder of files to train on; what stands there is never changed, but for what browsers sent."""

    def __init__(self, folder: Path | None, *, most_bytes: int) -> None:
        self._folder = folder
        #: Of a file that a browser sends; 0: none may.
        self.most_bytes = most_bytes

    @property
    def is_open(self) -> bool:
        """Whether there is a folder at all."""
        return self._folder is not None and self._folder.is_dir()

    async def every(self) -> list[TrainingFile]:
        """Return the files that can be trained on, by name."""
        return await asyncio.to_thread(self._every)

    async def file(self, name: str) -> TrainingFile:
        """Return one file. Raises `TrainingFileGone`."""
        found = [each for each in await self.every() if each.name == name]
        if not found:
            raise TrainingFileGone
        return found[0]

    def path(self, name: str) -> Path:
        """Return where a listed file lies: no other is ever read. Raises `TrainingFileGone`."""
        if not any(each.name == name for each in self._every()):
            raise TrainingFileGone
        return self._top / name

    def schema_beside(self, name: str) -> str:
        """Return the schema that lies beside a file; empty where none does."""
        path = self.path(name)
        for place in (path.with_name(f"{path.name}.{SCHEMA}"), path.with_name(SCHEMA)):
            try:
                return place.read_text(encoding="utf-8-sig")
            except (FileNotFoundError, UnicodeDecodeError):
                continue
        return ""

    async def receive(self, name: str, content: AsyncIterator[bytes]) -> str:
        """Keep a file as it arrives and return by which name it is asked for.

        Raises `TrainingFileRefused`, `TrainingFileTooLarge`, `TrainingFileNotKept`, `TrainingFolderMissing`.
        """
        clean = Path(name.replace("\\", "/")).name
        if not _is_fit(clean):
            raise TrainingFileRefused
        place = self._top / RECEIVED / uuid4().hex
        try:
            await asyncio.to_thread(place.mkdir, 0o700, parents=True)
            await self._write(place / clean, content)
        except OSError as failed:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            raise TrainingFileNotKept from failed
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            raise
        return f"{RECEIVED}/{place.name}/{clean}"

    async def received(self) -> list[TrainingFile]:
        """Return what came by browsers and is still there."""
        return [each for each in await self.every() if each.is_received]

    async def forget(self, file: TrainingFile) -> None:
        """Delete a file that came by a browser."""
        if file.is_received:
            await asyncio.to_thread(shutil.rmtree, (self._top / file.name).parent, ignore_errors=True)

    async def _write(self, path: Path, content: AsyncIterator[bytes]) -> None:
        size = 0
        with path.open("xb") as file:
            async for piece in content:
                size += len(piece)
                if size > self.most_bytes:
                    raise TrainingFileTooLarge
                await asyncio.to_thread(file.write, piece)
        if size == 0:
            raise TrainingFileRefused

    @property
    def _top(self) -> Path:
        if self._folder is None:
            raise TrainingFolderMissing
        return self._folder

    def _every(self) -> list[TrainingFile]:
        if self._folder is None or not self._folder.is_dir():
            return []
        own = [each for each in self._folder.iterdir() if _is_data(each)]
        received = [each for each in self._folder.glob(f"{RECEIVED}/*/*") if _is_data(each)]
        found = (self._described(each) for each in sorted(own)[:MOST_FILES] + sorted(received)[:MOST_FILES])
        return [each for each in found if each is not None]

    def _described(self, path: Path) -> TrainingFile | None:
        try:
            told = path.stat()
        except FileNotFoundError:
            return None
        name = path.relative_to(self._top).as_posix()
        return TrainingFile(
            name=name,
            size_bytes=told.st_size,
            changed_at=datetime.fromtimestamp(told.st_mtime, tz=UTC),
            stamp=f"{told.st_size}-{told.st_mtime_ns}",
            is_received=name.startswith(f"{RECEIVED}/"),
        )


def _is_fit(name: str) -> bool:
    is_seen = name.isprintable() and not name.startswith(".")
    return is_seen and name.lower().endswith(ENDINGS) and len(name) <= LONGEST_NAME


def _is_data(path: Path) -> bool:
    return _is_fit(path.name) and path.is_file()
