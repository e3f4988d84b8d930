"""A command of its own process: heard while it runs, ended with its job, and told nothing of the service."""

import asyncio
import functools
import os
import sys
import time
from pathlib import Path

import pytest

from app.workflows.jobs.child import NICER_BY, run_child
from tests.builders import until
from tests.patience import PATIENCE_SECONDS

TELLS = """
import json, os, sys
with open(sys.argv[sys.argv.index('--progress-to') + 1], 'a') as file:
    for share in (0.25, 1):
        file.write(json.dumps({'share': share, 'doing': 'x'}) + chr(10))
print('to the end')
"""
WAITS = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""
IGNORES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + WAITS
TALKS_ON = """
import json, os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
file = open(sys.argv[sys.argv.index('--progress-to') + 1], 'a')
while True:
    file.write(json.dumps({'share': 0, 'doing': 'x'}) + chr(10))
    file.flush()
    time.sleep(0.05)
"""
ITS_PARENT = """
import asyncio, sys
from app.workflows.jobs.child import run_child
asyncio.run(run_child([sys.executable, '-c', sys.argv[1], sys.argv[2]], progress=lambda share, doing: None))
"""


def python(script: str, *words: str) -> list[str]:
    return [sys.executable, "-c", script, *words]


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    # One that ended and that nobody has asked after is none.
    return "\nState:\tZ" not in Path(f"/proc/{process_id}/status").read_text()


async def its_id(file: Path) -> int:
    """Return the number of the process that writes it there."""
    await until(functools.partial(_is_written, file))
    return int(await asyncio.to_thread(file.read_text))


async def _is_written(file: Path) -> bool:
    return bool(await asyncio.to_thread(lambda: file.exists() and file.read_text()))


async def test_how_far_it_is_comes_as_it_says_it() -> None:
    heard: list[tuple[float, str]] = []
    said = await run_child(python(TELLS), progress=lambda share, doing: heard.append((share, doing)))
    assert heard == [(0.25, "x"), (1, "x")]
    assert (said.code, said.out, said.err) == (0, "to the end\n", "")


async def test_it_is_nicer_and_knows_none_of_the_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERTIUM_DATABASE_PASSWORD", "PGPASSWORD"):
        monkeypatch.setenv(name, "hunter2")
    # The child is made nicer while it starts.
    said = await run_child(python("import os, time; time.sleep(0.5); print(os.nice(0), dict(os.environ))"))
    assert said.out.startswith(f"{os.nice(0) + NICER_BY} ")
    assert "hunter2" not in said.out


@pytest.mark.parametrize("script", [WAITS, IGNORES], ids=["listens", "does not listen"])
async def test_it_ends_when_its_job_is_cancelled(tmp_path: Path, script: str) -> None:
    file = tmp_path / "pid"
    running = asyncio.create_task(run_child(python(script, str(file))))
    process_id = await its_id(file)
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_alive(process_id)
    assert time.monotonic() - began < PATIENCE_SECONDS


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_a_training_ends_when_the_service_that_asked_for_it_was_killed(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    parent = await asyncio.create_subprocess_exec(*python(ITS_PARENT, TALKS_ON, str(file)))
    process_id = await its_id(file)
    parent.kill()
    await parent.wait()

    async def has_ended() -> bool:
        return not is_alive(process_id)

    await until(has_ended)


async def test_why_it_failed_is_its_own_sentence_or_ours_but_never_a_traceback() -> None:
    refused = await run_child(python("import sys; print('No frauds.', file=sys.stderr); sys.exit(1)"))
    assert refused.failure("The training") == "No frauds."
    broken = await run_child(python("1 / 0"))
    assert broken.failure("The training") == (
        "The training ended by a fault (exit code 1), which stands in the service's log."
    )
    killed = await run_child(python("import os; os.kill(os.getpid(), 9)"))
    assert killed.failure("The training").startswith("The training was ended from outside (signal 9)")
