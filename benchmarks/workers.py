"""Two processes on one port against one: twice the callers, the same database, alternated rounds, medians."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.intake import (
    CONNECTIONS,
    ROUNDS,
    SECONDS,
    WARM_UP_SECONDS,
    _bodies,
    client_key,
    write_lines,
    wrk_round,
)
from benchmarks.service import served

WORKERS = 2


def figures() -> dict[str, float]:
    """Return `workers_ratio`, payments a second of two processes over those of one, and its parts."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder, lines = place / "data", place / "bodies"
        key = client_key(folder)
        write_lines(lines, _bodies())
        ports = {count: stack.enter_context(served(folder, workers=count)) for count in (1, WORKERS)}
        speeds: dict[int, list[float]] = {count: [] for count in ports}
        p99: dict[int, list[float]] = {count: [] for count in ports}
        for seconds in (WARM_UP_SECONDS, *[SECONDS] * ROUNDS):
            for count, port in ports.items():
                done = wrk_round(port, key, lines, seconds, CONNECTIONS * count)
                if seconds != WARM_UP_SECONDS:
                    speeds[count].append(done.per_second)
                    p99[count].append(done.p99_ms)
    return {
        "workers_ratio": median(speeds[WORKERS]) / median(speeds[1]),
        "workers_per_second": median(speeds[WORKERS]),
        "one_worker_per_second": median(speeds[1]),
        "workers_p99_ms": median(p99[WORKERS]),
    }
