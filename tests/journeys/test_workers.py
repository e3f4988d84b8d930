"""Two processes on one port: what is changed counts for both, and one that dies is not missed."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.policies import lifecycle, policies
from app.review.access.people import Role
from app.settings import PREFIX
from app.triage.policies.state import PolicyState
from app.workflows.access.accounts import Accounts
from tests.builders import ALL_UNKNOWN, FOREIGN
from tests.journeys.live import TERTIUM, Live, live_with, tertium, wait_until
from tests.patience import PATIENCE_SECONDS

WORKERS = 2
#: How soon what was changed counts for every worker.
SOON_SECONDS = 1.0
#: Enough that each worker is asked by some of them.
ANALYSTS = 20
WAITING = """
SELECT id FROM cases WHERE state = 'open' AND holder_id IS NULL ORDER BY priority_key DESC, id
"""


@dataclass
class Crew:
    """A service of several workers, and what they wrote."""

    live: Live
    log: Path
    key: str

    def post(self, **changes: object) -> tuple[int, httpx.Response]:
        """Post a payment over a connection of its own; return which worker answered it."""
        request_id = uuid4().hex
        answer = httpx.post(
            f"{self.live.url}/v1/transactions",
            json={
                "transaction_id": request_id,
                "occurred_at": "2026-05-01T12:00:00Z",
                "amount": "41.90",
                "currency": "EUR",
                "features": {f"V{number}": 0.0 for number in range(1, 29)},
                **changes,
            },
            headers={"X-API-Key": self.key, "X-Request-ID": request_id},
            timeout=PATIENCE_SECONDS,
        )
        return self.worker_of(request_id), answer

    def worker_of(self, request_id: str) -> int:
        """Return which worker wrote a request's line."""
        wait_until(lambda: request_id in self.log.read_text())
        lines = map(json.loads, filter(lambda line: request_id in line, self.log.read_text().splitlines()))
        return int(next(lines)["worker"])

    def session(self, name: str) -> httpx.Cookies:
        """Return the cookies of a new analyst who has just signed in."""
        link, origin = self.live.link(name, "analyst"), {"Origin": self.live.url}
        return httpx.post(link, headers=origin, timeout=PATIENCE_SECONDS).cookies

    def claimed(self, session: httpx.Cookies) -> tuple[int, int]:
        """Open the review page; return the worker that answered, and the case it shows."""
        request_id = uuid4().hex
        answer = httpx.get(
            f"{self.live.url}/review",
            cookies=session,
            headers={"X-Request-ID": request_id},
            timeout=PATIENCE_SECONDS,
        )
        shown = re.search(r'data-case-id="(\d+)"', answer.raise_for_status().text)
        assert shown is not None
        return self.worker_of(request_id), int(shown[1])

    def posted_to_all(self) -> list[httpx.Response]:
        """Post until each worker has answered; return the answer of each."""
        answers: dict[int, httpx.Response] = {}

        def have_all_answered() -> bool:
            answers.update([self.post()])
            return len(answers) == WORKERS

        wait_until(have_all_answered)
        return list(answers.values())

    def processes(self) -> list[int]:
        """Return the workers' process ids."""
        supervisor = self.live.process.pid
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        return [int(child) for child in children if b"server.worker" in _command(int(child))]


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


@contextmanager
def a_crew(folder: Path) -> Iterator[Crew]:
    log = folder / "log"
    words = ("--workers", str(WORKERS))
    with (
        log.open("w") as stream,
        live_with(folder / "data", *words, environment={"TERTIUM_LOG_FORMAT": "json"}, stderr=stream) as live,
    ):
        yield Crew(live=live, log=log, key=live.key("shop"))


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with a_crew(tmp_path_factory.mktemp("workers")) as crew:
        yield crew


def test_both_workers_answer_on_one_port(crew: Crew) -> None:
    assert [answer.status_code for answer in crew.posted_to_all()] == [200, 200]


def test_metrics_are_those_of_both_workers(crew: Crew) -> None:
    crew.posted_to_all()
    told = httpx.get(f"{crew.live.url}/metrics").text
    payments = re.findall(r'^tertium_commit_batch_payments_count\{worker="(\d)"\} (\S+)', told, re.MULTILINE)
    assert {worker for worker, count in payments if float(count)} == {"1", "2"}


def test_a_policy_that_is_activated_decides_on_every_worker(crew: Crew) -> None:
    before = {answer.json()["policy_version"] for answer in crew.posted_to_all()}
    activated = crew.live.within(_other_policy)
    after = {answer.json()["policy_version"] for answer in crew.posted_to_all()}
    assert (len(before), after) == (1, {activated})


def test_cases_are_claimed_in_one_order_whichever_worker_is_asked(crew: Crew) -> None:
    for amount in range(10, 10 + ANALYSTS):
        crew.post(currency=FOREIGN, amount=f"{amount}.00")
    waiting = [row["id"] for row in crew.live.asked(WAITING)]
    sessions = [crew.session(f"analyst-{number}") for number in range(ANALYSTS)]
    half = ANALYSTS // 2
    asked = [crew.claimed(each) for each in sessions[:half]]
    with ThreadPoolExecutor(ANALYSTS) as threads:
        asked += threads.map(crew.claimed, sessions[half:])
    claimed = [case_id for _, case_id in asked]
    assert {worker for worker, _ in asked} == {1, 2}
    assert claimed[:half] == waiting[:half]
    assert sorted(claimed[half:]) == sorted(waiting[half:ANALYSTS])


def test_a_key_that_is_revoked_opens_no_worker(crew: Crew) -> None:
    before, crew.key = crew.key, crew.live.key("other shop")
    crew.posted_to_all()
    tertium("key", "revoke", "other shop", "--reason", "It leaked.", "--data-dir", str(crew.live.data_dir))
    revoked_at = time.monotonic()
    wait_until(lambda: time.monotonic() - revoked_at > SOON_SECONDS)
    assert [answer.status_code for answer in crew.posted_to_all()] == [401, 401]
    crew.key = before


def test_a_worker_that_is_killed_is_started_anew_while_the_other_serves(crew: Crew) -> None:
    killed, other = crew.processes()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{killed}").exists())
    assert [crew.post()[1].status_code for _ in range(20)] == [200] * 20
    wait_until(lambda: len(crew.processes()) == WORKERS)
    assert other in crew.processes()
    assert [answer.status_code for answer in crew.posted_to_all()] == [200, 200]
    assert "a worker ended and is started anew" in crew.log.read_text()


def test_a_signal_lets_every_worker_answer_what_it_has_begun(tmp_path: Path) -> None:
    with a_crew(tmp_path) as crew:
        workers = crew.processes()
        pending = crew.post(currency=FOREIGN)[1].json()["transaction_id"]
        waiting = [HTTPConnection(crew.live.url.removeprefix("http://")) for _ in range(8)]
        for each in waiting:
            each.request("GET", f"/v1/transactions/{pending}?wait=60", headers={"X-API-Key": crew.key})
        crew.posted_to_all()  # whoever answered this has read what was sent before
        crew.live.process.terminate()
        assert [each.getresponse().status for each in waiting] == [200] * 8
        assert crew.live.process.wait(PATIENCE_SECONDS) == 0
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
        assert "started anew" not in crew.log.read_text()


def test_workers_end_with_their_supervisor(tmp_path: Path) -> None:
    with a_crew(tmp_path) as crew:
        workers = crew.processes()
        crew.live.kill()
        wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def test_a_start_that_fails_is_told_once_and_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [TERTIUM, "serve", "--workers", "2", "--port", "0", "--data-dir", tmp_path / "data"],
        env=os.environ | {f"{PREFIX}MODELS_DIR": str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


async def _other_policy(engine: AsyncEngine) -> int:
    """Let two managers put the active policy with other bounds in force; return its version."""
    people = Accounts(engine, clock=utc_now, session_lasts=timedelta(hours=1))
    author, approver = [
        await people.add(name=name, display_name=name, role=Role.MANAGER, password=None)
        for name in ("grace", "barbara")
    ]
    async with engine.begin() as connection:
        active = await policies.active_pair(connection)
        assert active is not None
        version = await policies.draft(
            connection, replace(active.policy, **ALL_UNKNOWN), author_id=author, reason="A test wants it.",
            parent_id=active.id, certificate=None, now=utc_now(),
        )  # fmt: skip
        for state, account in ((PolicyState.SIMULATED, author), (PolicyState.APPROVED, approver)):
            await lifecycle.move(connection, version, state, account_id=account, now=utc_now())
        await lifecycle.activate(connection, version, account_id=approver, now=utc_now())
    return version
