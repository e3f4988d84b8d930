"""A real service in a process of its own, as an operator starts it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.access.accounts import NameTaken
from app.database.server.embedded import attach
from app.database.server.session import connect
from app.review.access.people import Role
from app.workflows.access.accounts import Accounts
from app.workflows.access.api_keys import ApiKeys
from tests.patience import PATIENCE_SECONDS

Result = TypeVar("Result")

TERTIUM = Path(sys.executable).with_name("tertium")
#: Verdicts leave the house at once, and chance neither opens second looks nor hides an opinion, unless a
#: journey is about those; and a model on a busy machine is not taken for one that is away.
QUIET = {
    "TERTIUM_BLIND_SHARE": "0",
    "TERTIUM_SCORING_TIMEOUT_MS": "60000",
    "TERTIUM_UNDO_SECONDS": "0",
    "TERTIUM_SECOND_LOOK_SHARE": "0",
    "TERTIUM_SECOND_LOOK_FROM": "1e12",
    "TERTIUM_GOLD_SHARE": "0",
}

ACCEPT_FEED = """
INSERT INTO feed_watches (client_id, model_version, status, rows_seen, wealth, recent, wrong_since)
SELECT id, :model_version, 'accepted', 0, ''::bytea, '{}', now() FROM clients WHERE name = :client
"""


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
        """Return a one-time login link of a colleague, new unless the journey runs once more."""

        async def added(engine: AsyncEngine) -> str:
            people = Accounts(engine, clock=utc_now, session_lasts=timedelta(hours=1))
            with suppress(NameTaken):
                await people.add(name=name, display_name=name, role=Role(role), password=None)
            return await people.new_link_token(name)

        return f"{self.url}/login/{self.within(added)}"

    def key(self, name: str) -> str:
        """Return the key of a new API client."""

        async def added(engine: AsyncEngine) -> str:
            return await ApiKeys(engine, monotonic=time.monotonic).add(name, utc_now(), replace=False)

        return self.within(added)

    def accept_feed(self, client: str, key: str) -> None:
        """Take a client's feed as it is: what tests post has far more frauds than any right feed."""
        answer = httpx.get(f"{self.url}/v1/model", headers={"X-API-Key": key}, timeout=PATIENCE_SECONDS)
        self.asked(ACCEPT_FEED, client=client, model_version=answer.raise_for_status().json()["version"])

    def asked(self, question: str, **parameters: object) -> list[dict[str, Any]]:
        """Return what the service's database answers."""

        async def rows(engine: AsyncEngine) -> list[dict[str, Any]]:
            async with engine.begin() as connection:
                answer = await connection.execute(text(question), parameters)
                return [dict(row) for row in answer.mappings()] if answer.returns_rows else []

        return self.within(rows)

    def within(self, work: Callable[[AsyncEngine], Awaitable[Result]]) -> Result:
        """Work on the service's database, in another thread: a browser keeps a loop in this one."""

        async def done(url: str) -> Result:
            engine = connect(url)
            try:
                return await work(engine)
            finally:
                await engine.dispose()

        with attach(self.data_dir) as server, ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, done(server.url())).result()


def drawn_blind(live: Live, case_id: int) -> bool:
    """Whether chance hides the machine's opinion of a case; what it drew stands in the database alone."""
    draws = live.asked("SELECT is_blind FROM blind_draws WHERE case_id = :id", id=case_id)
    return bool(draws and draws[0]["is_blind"])


@contextmanager
def live_service(data_dir: Path, **environment: str) -> Iterator[Live]:
    """Run `tertium serve` on a free port until the block ends."""
    with live_with(data_dir, environment=environment) as live:
        yield live


@contextmanager
def live_with(
    data_dir: Path, *words: str, environment: Mapping[str, str], stderr: IO[str] | None = None
) -> Iterator[Live]:
    """Run `tertium serve` with these words, too, and with its log written where the test wants it."""
    process = subprocess.Popen(
        [TERTIUM, "serve", "--port", "0", "--data-dir", data_dir, *words],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, **QUIET, **environment},
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
