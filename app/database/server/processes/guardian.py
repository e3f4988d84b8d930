"""Waits until no process owns the embedded server any more, then stops it.

`app.database.server.embedded` starts this file as a program of its own, `python -I -S guardian.py FOLDER
LOCK`, detached from the terminal; it imports nothing but the standard library, so it stays small.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# A fast shutdown ends sessions and writes a checkpoint; past this it is cut short: the next start recovers.
FAST_SHUTDOWN_SECONDS = 60.0
POLL_SECONDS = 0.05


def open_lock(folder: Path, name: str) -> int:
    """Return a new descriptor of a lock file, created when missing and closed in programs we start."""
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:  # the folder's owner must be able to open it without root, too
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


@contextlib.contextmanager
def lock_file(folder: Path, name: str) -> Iterator[int]:
    """Open a lock file for a block; its end drops the lock unless a started program inherited it."""
    descriptor = open_lock(folder, name)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take the lock if nobody stands in the way, and say whether it was taken."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def postmaster(folder: Path) -> int | None:
    """Return the process id of the server of this folder, if one lives.

    The id in `postmaster.pid` may be stale and belong to a stranger by now (after a restart of a container
    it often does), so where the system tells (Linux), the process must work in the server's own folder.
    """
    cluster = folder / "postgres"
    try:
        process = int((cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        if Path("/proc/self/cwd").exists() and not Path(f"/proc/{process}/cwd").samefile(cluster):
            return None
        os.kill(process, 0)
    except (OSError, ValueError):
        return None
    return process


def stop_server(folder: Path, server: int) -> None:
    """Stop PostgreSQL and return when the last of its processes is gone.

    The caller holds `owners.lock` exclusively, so nobody can start or use the server meanwhile. Every
    PostgreSQL process holds `server.lock`: it is free when, and only when, all of them have ended.
    """
    patience_ends = time.monotonic() + FAST_SHUTDOWN_SECONDS
    while not try_lock(server, fcntl.LOCK_EX):
        request = signal.SIGINT if time.monotonic() < patience_ends else signal.SIGQUIT
        process = postmaster(folder)
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, request)  # fast, then immediate shutdown
        time.sleep(POLL_SECONDS)


def guard(folder: Path, own_lock: int) -> None:
    """Detach, sleep until the kernel says that no owner lives, and stop the server.

    Both locks are opened at once: the folder may be gone when they are needed, and must not come back.
    """
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(request, signal.SIG_IGN)  # a `pkill` that ends the owners must not spare the server
    owners = open_lock(folder, "owners.lock")
    server = open_lock(folder, "server.lock")
    if os.fork():
        os._exit(0)
    fcntl.flock(owners, fcntl.LOCK_EX)
    os.close(own_lock)
    stop_server(folder, server)


if __name__ == "__main__":
    guard(Path(sys.argv[1]), int(sys.argv[2]))
