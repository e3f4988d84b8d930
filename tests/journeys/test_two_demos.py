"""A demo beside another one, and where a login link leads."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.journeys.live import TERTIUM, Live, live_service, wait_until
from tests.patience import PATIENCE_SECONDS


@contextmanager
def a_demo(folder: Path, *words: str) -> Iterator[tuple["subprocess.Popen[str]", str, str]]:
    """Run a demo until the block ends; give its process, its address and ada's link."""
    with folder.with_suffix(".log").open("w") as log:
        process = subprocess.Popen(
            [TERTIUM, "demo", "--port", "0", "--data-dir", folder, "--per-second", "20", *words],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        said = ""
        while "Stop with Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        link = re.search(r"Ada, analyst\s+(http\S+)/login/(\S+)", said)
        assert link is not None
        yield process, link[1], link[2]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)


def run(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [TERTIUM, *words, "--data-dir", folder], capture_output=True, text=True, check=False, env=os.environ
    )


def test_a_second_demo_leaves_the_first_alone_and_says_where_it_runs(tmp_path: Path) -> None:
    with a_demo(tmp_path) as (first, site, link):
        for words in (("demo",), ("demo", "--port", "0"), ("demo", "--port", site.rsplit(":", 1)[1])):
            second = run(*words, folder=tmp_path)
            assert second.returncode == 2, second.stdout + second.stderr
            assert f"A demo runs at {site} on this database already" in second.stderr
            assert second.stderr.count("\n") == 1
        assert first.poll() is None
        assert httpx.get(f"{site}/login/{link}").status_code == 200
        seen = Live(process=first, url=site, data_dir=tmp_path)
        before = posted(seen)
        wait_until(lambda: posted(seen) > before + 20)  # by the key that the first one made
        assert (
            "[info" not in tmp_path.with_suffix(".log").read_text()
        )  # a line per request would push the links away
        fresh = run("user", "link", "ada", folder=tmp_path)
        assert fresh.stdout.startswith(f"{site}/login/")
        assert httpx.get(fresh.stdout.strip()).status_code == 200


def test_a_demo_started_again_finds_its_past_from_before(tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        with a_demo(tmp_path) as (process, site, _link):
            told.append(of_the_past(Live(process=process, url=site, data_dir=tmp_path)))
    first, again = told
    assert again == first
    assert min(first.values()) > 0


def of_the_past(live: Live) -> dict[str, int]:
    """Return how much there is of what the past alone writes."""
    (counts,) = live.asked(
        "SELECT (SELECT count(*) FROM payments WHERE transaction_id LIKE 'demo-past-%') AS payments,"
        " (SELECT count(*) FROM verdicts) AS verdicts, (SELECT count(*) FROM labels) AS truths,"
        " (SELECT count(*) FROM policy_events) AS moves, (SELECT count(*) FROM accounts) AS people"
    )
    return counts


def posted(live: Live) -> int:
    """Return how many payments the service has decided."""
    return int(live.asked("SELECT count(*) AS posted FROM transactions")[0]["posted"])


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_a_link_leads_to_where_the_service_listens(tmp_path: Path, host: str) -> None:
    with live_service(tmp_path, TERTIUM_HOST=host) as live:
        added = run("user", "add", "ada", folder=tmp_path)
        link = added.stdout.splitlines()[-1]
        assert httpx.get(link).status_code == 200
        assert httpx.get(run("user", "link", "ada", folder=tmp_path).stdout.strip()).status_code == 200
        assert link.rpartition(":")[2].startswith(live.url.rpartition(":")[2])
    assert "No service runs" in run("user", "link", "ada", folder=tmp_path).stderr


def test_a_public_address_goes_before_the_one_it_listens_on(tmp_path: Path) -> None:
    with live_service(tmp_path, TERTIUM_PUBLIC_URL="https://desk.shop"):
        added = run("user", "add", "ada", folder=tmp_path)
    assert added.stdout.splitlines()[-1].startswith("https://desk.shop/login/")
