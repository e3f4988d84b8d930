"""The training folder: only what lies in it is read, only what browsers sent is ever deleted."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.workflows.jobs.jobs import Jobs
from app.workflows.jobs.received_files import UNUSED, ReceivedFiles
from app.workflows.jobs.training_files import (
    TrainingFileGone,
    TrainingFileRefused,
    TrainingFiles,
    TrainingFileTooLarge,
    TrainingFolderMissing,
)
from tests.workflows.jobs.runners import a_manager, asked, now


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


@pytest.fixture
def files(tmp_path: Path) -> TrainingFiles:
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    (tmp_path / "notes.pdf").write_text("no")
    (tmp_path / ".hidden.csv").write_text("no")
    return TrainingFiles(tmp_path, most_bytes=10)


async def test_only_data_files_of_the_folder_are_listed_and_read(
    files: TrainingFiles, tmp_path: Path
) -> None:
    assert [each.name for each in await files.every()] == ["orders.csv"]
    assert files.path("orders.csv") == tmp_path / "orders.csv"
    for name in ("../secret.csv", "/etc/passwd", "notes.pdf", ".hidden.csv", "", "orders.csv/."):
        with pytest.raises(TrainingFileGone):
            files.path(name)


async def test_a_schema_beside_a_file_is_its_own_or_that_of_the_folder(
    files: TrainingFiles, tmp_path: Path
) -> None:
    assert files.schema_beside("orders.csv") == ""
    (tmp_path / "schema.toml").write_text("of all")
    assert files.schema_beside("orders.csv") == "of all"
    (tmp_path / "orders.csv.schema.toml").write_text("its own")
    assert files.schema_beside("orders.csv") == "its own"


async def test_what_a_browser_sends_is_kept_in_pieces_under_its_own_name(
    files: TrainingFiles, tmp_path: Path
) -> None:
    name = await files.receive("..\\up/../sales.csv", pieces(b"12345", b"67890"))
    assert name.startswith("received/")
    assert name.endswith("/sales.csv")
    assert (tmp_path / name).read_bytes() == b"1234567890"
    assert (await files.file(name)).is_received


@pytest.mark.parametrize("name", ["sales.exe", ".csv", "", "..", "a\0.csv", "a\n.csv", "x" * 300 + ".csv"])
async def test_a_file_without_a_fit_name_is_refused(files: TrainingFiles, name: str) -> None:
    with pytest.raises(TrainingFileRefused):
        await files.receive(name, pieces(b"1"))


async def test_too_large_or_broken_off_leaves_nothing(files: TrainingFiles, tmp_path: Path) -> None:
    async def broken_off() -> AsyncIterator[bytes]:
        yield b"1"
        raise RuntimeError

    with pytest.raises(TrainingFileTooLarge):
        await files.receive("a.csv", pieces(b"123456", b"78901"))
    with pytest.raises(TrainingFileRefused):
        await files.receive("a.csv", pieces())
    with pytest.raises(RuntimeError):
        await files.receive("a.csv", broken_off())
    assert list((tmp_path / "received").iterdir()) == []


async def test_without_a_folder_nobody_can_train(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "not there"):
        files = TrainingFiles(folder, most_bytes=10)
        assert (files.is_open, await files.every()) == (False, [])
    with pytest.raises(TrainingFolderMissing):
        await TrainingFiles(None, most_bytes=10).receive("a.csv", pieces(b"1"))


async def test_what_was_sent_goes_when_its_job_has_ended_or_nobody_wanted_it_for_a_day(
    files: TrainingFiles, tmp_path: Path, engine: AsyncEngine
) -> None:
    jobs, grace = Jobs(engine, clock=now), await a_manager(engine)
    used, waits, unused = [await files.receive("sales.csv", pieces(b"1")) for _ in range(3)]
    ended = await asked(jobs, grace, used)
    await asked(jobs, grace, waits)
    await jobs.cancel(grace, ended)
    day = timedelta()
    received = ReceivedFiles(engine, files, clock=lambda: now() + day)
    await received.forget()
    assert {each.name for each in await files.received()} == {waits, unused}
    assert not (tmp_path / used).parent.exists()
    day = UNUSED + timedelta(minutes=1)
    await ReceivedFiles(engine, files, clock=lambda: now() + day).forget()
    assert {each.name for each in await files.received()} == {waits}
    assert (tmp_path / "orders.csv").exists()
