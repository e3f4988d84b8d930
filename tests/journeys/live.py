"""A real service in a process of its own, as an operator starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

TERTIUM = Path(sys.executable).with_name("tertium")
PATIENCE_SECONDS = 60.0
#: Verdicts leave the house at once, and chance opens no second looks, unless a journey is about those.
QUIET = {
    "TERTIUM_UNDO_SECONDS": "0",
    "TERTIUM_SECOND_LOOK_SHARE": "0",
    "TERTIUM_SECOND_LOOK_FROM": "1e12",
    "TERTIUM_GOLD_SHARE": "0",
}


@dataclass
class Live:
    """A running `tertium serve`, its address and its data folder."""

    process: "subprocess.Popen[str]"
    url: str
    data_dir: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def link(self, name: str, role: str) -> str:
        """Return a one-time login link of a new colleague."""
        said = tertium("user", "add", name, "--role", role, "--data-dir", str(self.data_dir))
        token = said.split("/login/")[-1].strip()
        return f"{self.url}/login/{token}"

    def key(self, name: str) -> str:
        """Return the key of a new API client."""
        return tertium("key", "add", name, "--data-dir", str(self.data_dir)).split()[-1]


@contextmanager
def live_service(data_dir: Path, **environment: str) -> Iterator[Live]:
    """Run `tertium serve` on a free port until the block ends."""
    process = subprocess.Popen(
        [TERTIUM, "serve", "--port", "0", "--data-dir", data_dir],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | QUIET | environment,
    )
    try:
        yield Live(process=process, url=_address(process), data_dir=data_dir)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def tertium(*words: str) -> str:
    """Run a command to its end and return what it said."""
    done = subprocess.run([TERTIUM, *words], capture_output=True, text=True, check=True)
    return done.stdout


def wait_until(is_so: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Return when it is so; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def is_ready(url: str) -> bool:
    """Whether the service says that it can do its work."""
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"listens on (http://\S+)", line)
        if found:
            return found[1]
    raise AssertionError("the service did not start")
