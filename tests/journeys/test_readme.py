"""The README's first example, pasted as one block."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from app.settings import REPOSITORY
from tests.database.server.guarded_server import a_free_port
from tests.journeys.live import TERTIUM
from tests.patience import PATIENCE_SECONDS


def first_example() -> str:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    found = re.search(r"## The way of a transaction\n+```sh\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_pasted_as_one_block_leaves_a_case_for_a_person(tmp_path: Path) -> None:
    port = a_free_port()
    block = (
        first_example()
        .replace(".venv/bin/tertium", str(TERTIUM))
        .replace("localhost:8000", f"localhost:{port}")
    )
    block = block.replace("wait=30", "wait=0.2") + "\nkill %1; wait\n"
    environment = os.environ | {"TERTIUM_PORT": str(port), "TERTIUM_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-m"],
        input=block,
        capture_output=True,
        text=True,
        env=environment,
        timeout=4 * PATIENCE_SECONDS,
        check=False,
    )
    bodies = [json.loads(found) for found in re.findall(r"\{.*?\}(?=\{|$)", done.stdout, re.MULTILINE)]
    decided = [body for body in bodies if body.get("label")]
    assert decided, done.stdout + done.stderr
    assert decided[0]["label"] == "unknown"
    assert decided[0]["case_id"] is not None
    assert f"http://127.0.0.1:{port}/login/" in done.stdout
    assert datetime.now(UTC).year == datetime.fromisoformat(decided[0]["decided_at"]).year
