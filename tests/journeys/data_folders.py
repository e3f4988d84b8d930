"""Data folders of services that only begin: made once in a run, and copied for each."""

import asyncio
import fcntl
import subprocess
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

from app.cli.server.place import utc_now
from app.database.payments import exchange_rates
from app.database.server.embedded import attach
from app.database.server.migrations import migrate
from app.database.server.session import connect
from app.review.currency_rates import Rate
from app.settings import Settings
from tests.run_folder import run_folder


def migrated(data_dir: Path) -> Path:
    """Make a folder with a migrated database in it, which nobody has used; all such are one installation."""
    return _copied("migrated", _migrate, data_dir)


def rated(data_dir: Path, currency: str) -> Path:
    """Make such a folder with a rate of a currency: without one, every verdict is looked at again."""

    def rate(folder: Path) -> None:
        migrated(folder)
        with attach(folder) as server:
            asyncio.run(_rate(server.url(), currency))

    return _copied(f"rated-{currency}", rate, data_dir)


def _copied(name: str, make: Callable[[Path], None], data_dir: Path) -> Path:
    """Copy a folder of this run, made by whichever test process wants it first."""
    made = run_folder() / name
    with (run_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making = run_folder() / f"{name}.new"
            make(making)
            making.rename(made)
    # With its owners: PostgreSQL's user has to be the same.
    subprocess.run(["cp", "--archive", made, data_dir], check=True)
    return data_dir


def _migrate(folder: Path) -> None:
    with attach(folder) as server:
        asyncio.run(migrate(server.url()))


async def _rate(url: str, currency: str) -> None:
    rate = Rate(currency=currency, rate=Decimal(1), as_of=date(2026, 5, 1))
    engine = connect(url)
    async with engine.begin() as connection:
        await exchange_rates.add(connection, Settings().base_currency, [rate], now=utc_now())
    await engine.dispose()
