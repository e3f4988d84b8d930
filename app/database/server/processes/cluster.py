"""The files of one PostgreSQL server: made, started, and asked for its database.

Who may do this when is decided in `app.database.server.embedded`; here nobody else is in the way.
"""

import contextlib
import hashlib
import os
import re
import shlex
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.database.server.processes.greeting import lets_in
from app.database.server.processes.guardian import postmaster
from app.database.server.processes.programs import (
    MAJOR_VERSION,
    EmbeddedServerFailed,
    Programs,
    let_through,
    programs_for,
)

DATABASE = "tertium"
SUPERUSER = "tertium"
# Names the socket file only; given everywhere, or PGPORT of the caller would change it.
PORT = "5432"
# Linux takes 107 bytes for the path of a socket, macOS 103.
LONGEST_SOCKET_PATH = 103
# A log that has grown beyond this is set aside at the next start; one older log is kept.
LARGE_LOG_BYTES = 10_000_000

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Above errors: their sentences may quote a payment. The service logs each by its code and place.
    "log_min_messages": "log",
    "log_checkpoints": "off",
}
# For tests alone: a killed server loses its last commits, a crash of the machine may break the data.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One server's files, in `postgres` under the data folder, and the folder of its socket."""

    programs: Programs
    sockets: Path
    durable: bool

    @property
    def files(self) -> Path:
        """PGDATA."""
        return self.programs.folder / "postgres"

    @property
    def log(self) -> Path:
        """What the server says of itself: starts, stops, and what is fatal."""
        return self.programs.folder / "postgres.log"

    def start(self, server_lock: int, *, patience_seconds: float) -> None:
        """Start PostgreSQL, which inherits the lock, and wait until it has recovered."""
        self._ensure_files(server_lock)
        self._forget_the_dead()
        seen = self._log_size()
        if seen > LARGE_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
            seen = 0
        # Relative paths: pg_ctl hands them to a shell, which the name of the folder must not reach.
        place = ["-D", self.files.name, "-l", self.log.name, "-o", self._options()]
        wait = ["-w", "-t", f"{patience_seconds:.0f}"]
        started = self.programs.run("pg_ctl", "start", *wait, *place, held=(server_lock,))
        if started.returncode:
            said = self._last_words(seen) or started.stderr.strip()
            raise EmbeddedServerFailed(f"PostgreSQL did not start in {self.programs.folder}: {said}")

    def ensure_database(self) -> str | None:
        """Make the database when it is missing; return why the server does not answer, None when it does."""
        if lets_in(self.sockets / f".s.PGSQL.{PORT}", user=SUPERUSER, database=DATABASE):
            return None
        create = (
            f"SELECT 'CREATE DATABASE {DATABASE}'"
            f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}')\\gexec\n"
        )
        place = ["-h", str(self.sockets), "-p", PORT, "-U", SUPERUSER, "-d", "postgres"]
        asked = self.programs.run("psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", *place, text=create)
        if asked.returncode in (0, 2):  # 2: no connection
            return asked.stderr.strip() if asked.returncode else None
        raise EmbeddedServerFailed(f"The database {DATABASE} could not be made: {asked.stderr.strip()}")

    def _ensure_files(self, server_lock: int) -> None:
        """Make the files of a new server, or refuse those of another major version."""
        version = self.files / "PG_VERSION"
        if version.exists():
            made_by = version.read_text(encoding="utf-8").strip()
            if made_by != MAJOR_VERSION:
                raise EmbeddedServerFailed(
                    f"{self.files} was made by PostgreSQL {made_by}, and this Tertium runs {MAJOR_VERSION};"
                    " dump it with the old version and restore it into a new folder."
                )
            return
        unfinished = self.files.with_name("postgres.new")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # Trust: only the folder's owner and root reach the socket (see `app.database.server.embedded`).
        access = ["--auth=trust", f"--username={SUPERUSER}"]
        speed = [] if self.durable else ["--no-sync"]
        made = self.programs.run(
            "initdb", "-D", unfinished.name, *locale, *access, *speed, held=(server_lock,)
        )
        if made.returncode:
            raise EmbeddedServerFailed(f"initdb failed in {self.programs.folder}: {made.stderr.strip()}")
        unfinished.rename(self.files)

    def _forget_the_dead(self) -> None:
        """Remove what a killed server left, unless a server that somebody started by hand lives here.

        PostgreSQL would take for alive a stranger with the old process id, as after a restart of a
        container, and a dead server whose parent has not noticed, as in a container without init.
        """
        if postmaster(self.programs.folder) is None:
            for left in (self.files / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
                left.unlink(missing_ok=True)

    def _options(self) -> str:
        """Return the settings as words for the shell of pg_ctl."""
        settings = SETTINGS | ({} if self.durable else NOT_DURABLE)
        settings |= {"unix_socket_directories": f'"{self.sockets}"'}
        return shlex.join(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _last_words(self, seen: int) -> str:
        """Return the last lines the server wrote after the first `seen` bytes of its log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as lines:
            lines.seek(seen)
            words = lines.read().decode("utf-8", errors="replace").splitlines()
        return " | ".join(words[-5:])


def cluster_in(folder: Path, *, durable: bool) -> Cluster:
    """Return the server files of a data folder, which is made or made private first."""
    programs = programs_for(folder)
    return Cluster(programs=programs, sockets=_socket_folder(programs), durable=durable)


def _socket_folder(programs: Programs) -> Path:
    """Return where the socket lies: the data folder, or a private short one when that cannot be.

    It cannot when the path is too long for a socket, or has signs that a list of folders would split.
    """
    folder = programs.folder
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    if len(path) <= LONGEST_SOCKET_PATH and re.fullmatch(r"[\w./ -]+", str(folder), re.ASCII):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()).resolve() / f"tertium-{digest}"
    account = programs.account
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        os.chown(short, account.user, account.group)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.user or found.st_mode & 0o077:
        raise EmbeddedServerFailed(f"{short} should be a folder private to us, and is not; remove it.")
    if os.geteuid() == 0:
        let_through(short, account)
    return short
