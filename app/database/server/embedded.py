"""The embedded PostgreSQL: started by the first process that needs it, stopped after the last one.

One folder, one server, on one machine; every process that attaches is an owner. Four lock files, held
by `flock`, say who lives; the kernel drops a lock when its holder dies, by `kill -9` too.

- `start.lock`, exclusive: attaching, one process at a time.
- `owners.lock`, shared: an owner, for life. Exclusive: the one who stops the server.
- `guardian.lock`, exclusive: the guardian, from before its birth until it has `owners.lock`.
- `server.lock`, exclusive: inherited by every PostgreSQL process, so it is free when, and only when,
  the last of them has ended; orphans of a killed postmaster count.

Why nothing can race:

- Two attach: `start.lock` lets one decide at a time whether the guardian and the server run.
- Attach against stop: a stopper holds `owners.lock` exclusively until `server.lock` is free. Whoever
  attaches takes its shared lock before it looks at anything, so it sees the server either wholly gone
  or safe from being stopped for as long as it lives.
- A guardian about to leave: it drops `guardian.lock` after taking `owners.lock` exclusively. So while an
  owner lives, a held `guardian.lock` means a guardian that still waits, and a free one means none.
  The lock is taken by the attaching process and inherited: there is no moment between look and birth.
- An owner dies while it starts the server: the guardian was there before the server; it waits through
  `server.lock`, which `initdb` and `pg_ctl` hold as well, and stops what has come up.
- `initdb` is killed: it works in `postgres.new`, renamed when complete, thrown away by the next start.
- The guardian is killed: the server outlives its owners; the next one finds it and gives it a new
  guardian. The last owner to `release` does not need it: it stops the server itself.

Local connections are trusted without a password, because only the folder's owner and root can reach
the socket: its folder is 0700, and no TCP port is opened.
"""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from app.database.server.processes import guardian
from app.database.server.processes.cluster import DATABASE, PORT, SUPERUSER, Cluster, cluster_in
from app.database.server.processes.guardian import lock_file, open_lock, stop_server, try_lock
from app.database.server.processes.programs import EmbeddedServerFailed

__all__ = ["DATABASE", "EmbeddedServer", "EmbeddedServerFailed", "attach"]

# Crash recovery replays up to `max_wal_size` of log: seconds on a laptop, a minute or two on a slow disk.
PATIENCE_SECONDS = 120.0


class EmbeddedServer:
    """One owner's hold on the running server; without `release` it lasts as long as the process.

    A child forked without exec shares the hold: it ends with the last of them.
    """

    __slots__ = ("_folder", "_owner", "_sockets")

    def __init__(self, cluster: Cluster, owner: int) -> None:
        self._folder = cluster.programs.folder
        self._sockets = cluster.sockets
        self._owner: int | None = owner

    def url(self, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of a database, over the Unix socket."""
        place = quote(str(self._sockets))
        return f"postgresql+asyncpg://{SUPERUSER}@/{quote(database, safe='')}?host={place}&port={PORT}"

    def revive(self) -> None:
        """Start the server again if it was killed under its living owners; costs little when it runs.

        Raises `EmbeddedServerFailed`.
        """
        attach(self._folder).release()

    def release(self) -> None:
        """Give up the hold; the last owner returns when the server has stopped."""
        if self._owner is None:
            return
        owner, self._owner = self._owner, None
        try:
            if try_lock(owner, fcntl.LOCK_EX):
                with lock_file(self._folder, "server.lock") as server:
                    stop_server(self._folder, server)
            else:  # another owner lives, or the guardian was quicker and is stopping the server right now
                _wait_for(owner, fcntl.LOCK_SH, self._folder)
        finally:
            os.close(owner)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def attach(data_dir: Path, *, durable: bool = True) -> EmbeddedServer:
    """Become an owner of the server in this folder, started (and made) when it does not run yet.

    Blocks, up to two minutes after a crash. Raises `EmbeddedServerFailed`. A running server keeps the
    `durable` it was started with; False is for tests and benchmarks alone.
    """
    folder = data_dir.expanduser().resolve()
    try:
        cluster = cluster_in(folder, durable=durable)
        return EmbeddedServer(cluster, _owner(cluster))
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerFailed(f"The embedded PostgreSQL in {folder} cannot be used: {error}.") from error


def _owner(cluster: Cluster) -> int:
    """Return the descriptor that makes this process an owner, with guardian and server running."""
    folder = cluster.programs.folder
    with lock_file(folder, "start.lock") as start:
        _wait_for(start, fcntl.LOCK_EX, folder)
        owner = open_lock(folder, "owners.lock")
        try:
            _wait_for(owner, fcntl.LOCK_SH, folder)
            _ensure_guardian(folder)
            _ensure_server(cluster)
        except BaseException:
            os.close(owner)
            raise
        return owner


def _wait_for(descriptor: int, kind: int, folder: Path) -> None:
    patience_ends = time.monotonic() + PATIENCE_SECONDS
    while not try_lock(descriptor, kind):
        if time.monotonic() > patience_ends:
            raise EmbeddedServerFailed(
                f"Another process has been starting or stopping the server in {folder}"
                f" for more than {PATIENCE_SECONDS:.0f} seconds."
            )
        time.sleep(guardian.POLL_SECONDS)


def _ensure_guardian(folder: Path) -> None:
    """Start the guardian unless one waits already; it inherits the lock taken here."""
    with lock_file(folder, "guardian.lock") as lock:
        if try_lock(lock, fcntl.LOCK_EX):
            subprocess.run(  # noqa: S603  # our own file, our own interpreter, no shell
                [sys.executable, "-I", "-S", guardian.__file__, str(folder), str(lock)],
                cwd="/",
                check=True,
                pass_fds=(lock,),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )


def _ensure_server(cluster: Cluster) -> None:
    """Return when the database answers; the server is started when none of its processes is left.

    A server that runs may still be recovering, or be going down because somebody else stopped it.
    """
    patience_ends = time.monotonic() + PATIENCE_SECONDS
    with lock_file(cluster.programs.folder, "server.lock") as server:
        while True:
            if try_lock(server, fcntl.LOCK_EX):
                cluster.start(server, patience_seconds=PATIENCE_SECONDS)
            silence = cluster.ensure_database()
            if silence is None:
                return
            if time.monotonic() > patience_ends:
                raise EmbeddedServerFailed(
                    f"The server in {cluster.programs.folder} does not answer: {silence}."
                )
            time.sleep(guardian.POLL_SECONDS)
