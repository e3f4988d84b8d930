"""How long `tertium demo` takes until its queue lives, and how much of that its past takes."""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.service import BIN

STARTS = 3
PATIENCE_SECONDS = 120
LIVES = re.compile(r"A living queue after ([0-9.]+) s")
PAST = re.compile(r"written in ([0-9.]+) s")


def figures() -> dict[str, float]:
    """Return the medians of a few first starts (s), and of a second one in the same folder."""
    firsts, pasts, seconds = [], [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            said = _said(Path(folder) / "data")
            firsts.append(_seconds(LIVES, said))
            pasts.append(_seconds(PAST, said))
            seconds.append(_seconds(LIVES, _said(Path(folder) / "data")))
    return {
        "demo_first_start_s": median(firsts),
        "demo_past_s": median(pasts),
        "demo_second_start_s": median(seconds),
    }


def _said(data: Path) -> str:
    """Run a demo until it greets, and return what it said."""
    command: list[str | Path] = [BIN / "tertium", "demo", "--port", "0", "--data-dir", data]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    said = ""
    try:
        for line in running.stdout or ():
            said += line
            if LIVES.search(line):
                return said
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=PATIENCE_SECONDS)
    raise RuntimeError(f"the demo did not start: {said}")


def _seconds(found: re.Pattern[str], said: str) -> float:
    told = found.search(said)
    if told is None:
        raise RuntimeError(f"the demo did not say how long it took: {said}")
    return float(told[1])
