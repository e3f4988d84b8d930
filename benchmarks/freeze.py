"""What a hostile body costs everybody else: single payments while bodies of 32 MiB are refused.

One client posts payments at a steady pace; another process sends one hostile body after the other, of
every kind, as fast as they are refused. p99 of the payments with and without, in the same run.
"""

import http.client
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import httpx

from benchmarks.intake import _bodies, client_key
from benchmarks.service import served

SECONDS = 15.0
WARM_UP = 100
# So few that they do not wait for each other where the machine has two cores for all of this.
PER_SECOND = 20
BODY_BYTES = 31 * 1024 * 1024
BATCH, LABELS = "/v1/transactions/batch", "/v1/labels"
#: Path, media type, and the body's parts: its opening, what is repeated, its end.
HOSTILE = (
    (BATCH, "application/x-ndjson", b"", b"1\n", b""),
    (BATCH, "application/x-ndjson", b"", b"\n", b""),
    (BATCH, "application/x-ndjson", b"", b"x" * 1024, b""),
    (BATCH, "application/json", b"[1", b",1", b"]"),
    (BATCH, "application/json", b"[", b"[", b""),
    (BATCH, "application/json", b"[", b" ", b"]"),
    (BATCH, "application/json", b'["', b"\\u0041", b'"]'),
    (BATCH, "application/json", b'[{"a":1', b',"a":1', b"}]"),
    (LABELS, "application/json", b'{"labels":[1', b",1", b"]}"),
    (LABELS, "application/json", b'{"labels":[{"a":1', b',"a":1', b"}]}"),
)


def figures() -> dict[str, float]:
    """Return `freeze_p99_ms` with hostile bodies, `quiet_p99_ms` without, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        key = client_key(data)
        with served(data) as port:
            _posted(port, key, seconds=WARM_UP / PER_SECOND)
            quiet = _p99_ms(_posted(port, key, seconds=SECONDS))
            sender = subprocess.Popen([sys.executable, "-m", "benchmarks.freeze", str(port), key])
            try:
                hostile = _p99_ms(_posted(port, key, seconds=SECONDS))
            finally:
                sender.terminate()
                sender.wait()
    return {"freeze_p99_ms": hostile, "quiet_p99_ms": quiet, "freeze_p99_ratio": hostile / quiet}


def _posted(port: int, key: str, *, seconds: float) -> list[float]:
    """Post payments at a steady pace; return how long each took from when it was due (seconds)."""
    took = []
    bodies = [body.split(b"UNIQUE") for body in _bodies()]
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        began = time.perf_counter()
        for number in range(int(seconds * PER_SECOND)):
            due = began + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            head, tail = bodies[number % len(bodies)]
            content = head + f"{began}-{number}".encode() + tail
            answer = client.post("/v1/transactions", content=content)
            answer.raise_for_status()
            took.append(time.perf_counter() - due)
    return took


def _p99_ms(took: list[float]) -> float:
    return quantiles(took, n=100)[98] * 1000


def _send(port: int, key: str) -> None:
    """Send one hostile body after the other until told to stop."""
    bodies = []
    for path, media_type, opening, repeated, end in HOSTILE:
        body = opening + repeated * (BODY_BYTES // len(repeated)) + end
        bodies.append((path, media_type, body))
    ends = time.monotonic() + 10 * SECONDS
    while time.monotonic() < ends:
        for path, media_type, body in bodies:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                headers = {"X-API-Key": key, "Content-Type": media_type}
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                if answer.status not in {200, 400, 413, 422}:  # blanks are an empty batch
                    raise SystemExit(f"{body[:20]!r} was answered {answer.status}")
            except OSError:
                continue  # refused while it was still being sent
            finally:
                connection.close()


if __name__ == "__main__":
    _send(int(sys.argv[1]), sys.argv[2])
