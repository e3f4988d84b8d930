"""A command in a process of its own: nicer than the service, without its secrets, ended with its job."""

import asyncio
import contextlib
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson

#: Added to the child's niceness: whatever the service has to do goes before.
NICER_BY = 10
#: How long a child may take to end when it is asked to.
ENDING_SECONDS = 3.0
#: Addresses and passwords of the service; a child gets those alone that it is given.
KEPT_BACK = ("TERTIUM_", "PG")

#: Hears how far a child is: a share of its work, and what it does.
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    def failure(self, what: str) -> str:
        """Return in a sentence why it failed, as far as it said so itself; its last words may be a fault."""
        if self.code < 0:
            return f"{what} was ended from outside (signal {-self.code}); the machine may be short of memory."
        told = self.err.strip()
        if not told or "Traceback" in told:
            return f"{what} ended by a fault (exit code {self.code}), which stands in the service's log."
        return told


async def run_child(
    command: Sequence[str],
    *,
    progress: Progress | None = None,
    given: Mapping[str, str] | None = None,
) -> Said:
    """Run a command to its end. Cancelled, it ends the child before it returns.

    With `progress`, the command gets `--progress-to` and a file of lines that are heard as they come.
    `given`: of what is kept back, what this command cannot do without.
    """
    async with _pipe() if progress is not None else contextlib.nullcontext(()) as ends:
        words = [*command, "--progress-to", f"/dev/fd/{ends[1]}"] if ends else list(command)
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE,
            env=_environment() | dict(given or {}), pass_fds=ends[1:],
        )  # fmt: skip
        try:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.setpriority(os.PRIO_PROCESS, process.pid, NICER_BY)
            if progress is None or not ends:
                out, err = await process.communicate()
            else:
                os.close(ends.pop())
                _, (out, err) = await asyncio.gather(_heard(ends[0], progress), process.communicate())
            return Said(code=process.returncode or 0, out=_text(out), err=_text(err))
        finally:
            await _ended(process)


@asynccontextmanager
async def _pipe() -> AsyncIterator[list[int]]:
    """Give the two ends of a pipe, and close those that are left at the end."""
    ends = list(os.pipe())
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


async def _heard(end: int, progress: Progress) -> None:
    """Hand on each line until the child closes its side."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(end), "rb", 0)
    )
    try:
        async for line in reader:
            told = orjson.loads(line)
            progress(told["share"], told["doing"])
    finally:
        transport.close()


async def _ended(process: Process) -> None:
    """End a child that still runs: asked first, then made to."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(ENDING_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_BACK)}
    return {**kept, "COLUMNS": "200"}


def _text(said: bytes) -> str:
    return said.decode(errors="replace")
