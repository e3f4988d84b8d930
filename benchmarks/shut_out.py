"""How soon who is shut out on one replica is out on the other: keys, long polls, sessions and streams.

Two `tertium serve` on one database. Payments go to the second one all the while; administrators work on the
first. From when a move is sent until its target is first refused on the second, asked every few milliseconds.
"""

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.intake import _bodies, client_key
from benchmarks.service import BIN, served

ROUNDS = 15
LOAD_PER_SECOND = 100
ASKED_EVERY_SECONDS = 0.005
#: Longer than this is no figure but a fault.
PATIENCE_SECONDS = 30.0
WHY = {"reason": "shut out by the benchmark"}
REFUSED = frozenset({303, 401})


def figures() -> dict[str, float]:
    """Return `shut_out_s`, the worst of all, and the worst of each kind (seconds)."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        key, token = client_key(data), _admin_token(data)
        with served(data) as first, served(data) as second:
            there = httpx.Client(base_url=f"http://127.0.0.1:{second}", timeout=60)
            admin = httpx.Client(
                base_url=f"http://127.0.0.1:{first}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=60,
            )
            with there, admin, _load(second, key):
                found = _worst(admin, there)
    return {"shut_out_s": max(found.values())} | {f"shut_out_{name}_s": took for name, took in found.items()}


def _worst(admin: httpx.Client, there: httpx.Client) -> dict[str, float]:
    rounds = [
        _key_revoked(admin, there, number) | _person_deactivated(admin, there, number)
        for number in range(ROUNDS)
    ]
    return {name: max(each[name] for each in rounds) for name in rounds[0]}


def _key_revoked(admin: httpx.Client, there: httpx.Client, number: int) -> dict[str, float]:
    """Return how long a revoked key still worked, and how long its long poll still waited (seconds)."""
    made = admin.post("/v1/keys", json={"name": f"shop {number}"}).raise_for_status().json()
    headers = {"X-API-Key": made["secret"], "Content-Type": "application/json"}
    name = f"shut-out-{time.monotonic_ns()}"
    # A currency the model has not learned: a person has to look, and the outcome is waited for.
    body = _bodies()[number].replace(b"UNIQUE", name.encode()).replace(b'"EUR"', b'"JPY"')
    there.post("/v1/transactions", content=body, headers=headers).raise_for_status()
    with ThreadPoolExecutor(2) as threads:
        poll = threads.submit(
            lambda: (there.get(f"/v1/transactions/{name}?wait=60", headers=headers), time.perf_counter())
        )
        asked = threads.submit(_until_refused, lambda: there.get("/v1/model", headers=headers))
        time.sleep(0.3)
        began = time.perf_counter()
        admin.post(f"/v1/keys/{made['key']['id']}/revoke", json=WHY).raise_for_status()
        answer, ended = poll.result()
        if answer.status_code not in REFUSED:
            raise SystemExit(f"the long poll was answered {answer.status_code}")
        return {"key": asked.result() - began, "long_poll": ended - began}


def _person_deactivated(admin: httpx.Client, there: httpx.Client, number: int) -> dict[str, float]:
    """Return how long a deactivated person's session still worked, and their stream went on (seconds)."""
    added = admin.post("/v1/people", json={"name": f"person {number}", "role": "manager"})
    made = added.raise_for_status().json()
    with httpx.Client(base_url=there.base_url, timeout=60) as browser:
        if browser.post(made["login_path"]).status_code != 303:
            raise SystemExit("the link does not log in")
        with ThreadPoolExecutor(2) as threads:
            listens = threading.Event()
            stream = threads.submit(_until_ended, browser, listens)
            if not listens.wait(PATIENCE_SECONDS):
                raise SystemExit("the stream did not begin")
            asked = threads.submit(_until_refused, lambda: browser.get("/queue"))
            began = time.perf_counter()
            admin.post(f"/v1/people/{made['person']['id']}/deactivate", json=WHY).raise_for_status()
            return {"session": asked.result() - began, "stream": stream.result() - began}


def _until_refused(ask: Callable[[], httpx.Response]) -> float:
    """Ask again and again; return when the first refusal was heard."""
    gives_up = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < gives_up:
        answer = ask()
        heard = time.perf_counter()
        if answer.status_code in REFUSED:
            return heard
        time.sleep(ASKED_EVERY_SECONDS)
    raise SystemExit("it was never refused")


def _until_ended(browser: httpx.Client, listens: threading.Event) -> float:
    """Listen to the stream until it ends, saying when it began; return when it did."""
    with browser.stream("GET", "/operations/events") as answer:
        answer.raise_for_status()
        for _ in answer.iter_bytes():
            listens.set()
    return time.perf_counter()


@contextmanager
def _load(port: int, key: str) -> Iterator[None]:
    """Post payments at a steady pace until the block ends."""
    is_over = threading.Event()
    bodies = [body.split(b"UNIQUE") for body in _bodies()]
    headers = {"X-API-Key": key, "Content-Type": "application/json"}

    def post() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            number = 0
            while not is_over.wait(1 / LOAD_PER_SECOND):
                number += 1
                head, tail = bodies[number % len(bodies)]
                content = head + f"load-{port}-{number}".encode() + tail
                client.post("/v1/transactions", content=content).raise_for_status()

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(post)
        try:
            yield
        finally:
            is_over.set()
            running.result()


def _admin_token(folder: Path) -> str:
    for words in (["user", "add", "root", "--role", "admin"], ["user", "token", "root"]):
        made = subprocess.run(
            [BIN / "tertium", *words, "--data-dir", folder], check=True, capture_output=True, text=True
        )
    return made.stdout.split()[-1]
