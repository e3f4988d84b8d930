"""A real service, and what is compared with it, in processes of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 180


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(folder: Path, environment: dict[str, str] | None = None, *, workers: int = 1) -> Iterator[int]:
    """Run `tertium serve` on a data folder until the block ends; its port."""
    port = free_port()
    command: list[str | Path] = [BIN / "tertium", "serve", "--port", str(port), "--data-dir", folder]
    if workers > 1:  # a former release knows no such option
        command += ["--workers", str(workers)]
    with process(command, environment or {}, port):
        yield port


@contextmanager
def process(command: list[str | Path], environment: dict[str, str], port: int) -> Iterator[None]:
    """Run a command from when it listens until the block ends."""
    running = subprocess.Popen(command, env=os.environ | environment)
    try:
        _wait_until_open(port)
        yield
    finally:
        running.terminate()
        running.wait(30)


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the service did not come up")
