"""What `tertium doctor` looks at on this machine: settings, versions, disk, models."""

import platform
import shutil
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from app.cli.doctor.findings import Finding, fail, ok, warn
from app.cli.server.environment import unknown_settings
from app.settings import Settings

GIGABYTE = 10**9
LITTLE_DISK, HARDLY_ANY_DISK = 5 * GIGABYTE, 1 * GIGABYTE


def versions() -> Finding:
    """Return what runs here."""
    names = ("tertium", "fastapi", "sqlalchemy", "asyncpg", "torch")
    told = ", ".join(f"{name} {version(name)}" for name in names)
    return ok("versions", f"{told}, Python {platform.python_version()}")


def settings_read(environment: Iterable[str]) -> Iterator[Finding]:
    """Return the variables that nothing reads; one finding where each is read."""
    unknown = unknown_settings(environment)
    for name, meant in unknown.items():
        advice = (
            f"Did you mean {meant}?" if meant else "Remove it, or see the README for the names there are."
        )
        yield warn("settings", f"nothing reads {name}", advice)
    if not unknown:
        yield ok("settings", "every TERTIUM_ variable is read")


def disk(settings: Settings) -> Finding:
    """Return how much room the data folder has."""
    place = settings.data_dir.expanduser().resolve()
    there = next(each for each in (place, *place.parents) if each.exists())
    free = shutil.disk_usage(there).free
    told = f"{free / GIGABYTE:.1f} GB free for {place}"
    if free < HARDLY_ANY_DISK:
        return fail("disk", told, "Make room now: PostgreSQL stops when the disk is full.")
    if free < LITTLE_DISK:
        return warn("disk", told, "Make room, or move the data with TERTIUM_DATA_DIR.")
    return ok("disk", told)


def models(settings: Settings) -> Iterator[Finding]:
    """Return for each model whether its files are those its card names and it scores as it did."""
    from app.artifacts import ArtifactRefused, list_models
    from app.scoring.network.passes import DeviceUnavailable

    folders = list_models(settings.models_dir)
    if not folders:
        advice = "Train one with `tertium train`, or set TERTIUM_MODELS_DIR."
        yield fail("models", f"there is no model in {settings.models_dir}", advice)
    for folder in folders:
        try:
            yield _model(folder, settings.device)
        except DeviceUnavailable as error:
            yield fail("models", str(error), "Set TERTIUM_DEVICE=cpu or auto.")
        except ArtifactRefused as refused:
            yield fail("models", str(refused), "Restore the folder from where it was trained.")


def _model(folder: Path, device: str) -> Finding:
    from app.artifacts import load_model

    loaded = load_model(folder, device=device)
    return ok(
        "models", f"{loaded.version}: files as its card names them ({loaded.sha256[:12]}), scores as before"
    )
