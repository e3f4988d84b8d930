"""A replica whose own clock is five minutes ahead: it takes nothing away and settles nothing early."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database.server.embedded import attach
from tests.journeys.live import Live, live_service, wait_until
from tests.patience import PATIENCE_SECONDS

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
# A page without scripts holds a case for so long; there is no heartbeat here.
PLAIN_LEASE = timedelta(seconds=600)
LOOKED_SINCE = """
SELECT count(*) AS n FROM write_checks WHERE checked_at > CAST(:seen AS timestamptz) + interval '3 seconds'
"""
AHEAD = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+5m", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

pytestmark = pytest.mark.skipif(not FAKETIME.exists(), reason="needs libfaketime (apt-get install faketime)")


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tertium-clock-") as place:
        Path(place).chmod(0o755)
        yield Path(place) / "data"


def logged_in(live: Live, name: str) -> httpx.Client:
    client = httpx.Client(
        base_url=live.url, timeout=PATIENCE_SECONDS, follow_redirects=True, headers={"Origin": live.url}
    )
    link = live.link(name, "analyst").partition("/login/")[2]
    client.get(f"/login/{link}")
    if "tertium_session" not in client.cookies:
        client.post(f"/login/{link}")
    assert client.get("/review").status_code == 200
    return client


def some_cases(live: Live, count: int) -> None:
    client = httpx.Client(
        base_url=live.url, headers={"X-API-Key": live.key("shop")}, timeout=PATIENCE_SECONDS
    )
    names = client.get("/v1/model").json()["features"]
    for number in range(count):
        answer = client.post(
            "/v1/transactions",
            json={
                "transaction_id": f"apart-{number}",
                "occurred_at": "2026-05-01T12:00:00Z",
                "amount": "41.90",
                "currency": "JPY",
                "features": dict.fromkeys(names, 0.1),
            },
        )
        assert answer.json()["label"] == "unknown", answer.text
    client.close()


def on_desk_of(live: Live, name: str) -> dict[str, Any]:
    """Return the case somebody holds."""
    (held,) = live.asked(
        "SELECT cases.id, lease_token, lease_expires_at - clock_timestamp() AS left FROM cases"
        " JOIN accounts ON accounts.id = holder_id WHERE name = :name AND NOT is_reserved",
        name=name,
    )
    return held


def judge(live: Live, who: httpx.Client, case: dict[str, Any]) -> None:
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', who.get("/review").text)
    assert csrf is not None
    form = {"token": str(case["lease_token"]), "csrf_token": csrf[1], "judgement": "legit"}
    answer = who.post(f"/review/{case['id']}/verdict", data=form)
    assert answer.status_code == 200, answer.text
    assert live.asked("SELECT state FROM cases WHERE id = :id", id=case["id"]) == [{"state": "given"}]


def both_have_looked_for_what_is_due(live: Live) -> None:
    """Return when the background work of both replicas, done twice a second, has come round a few times."""
    seen = live.asked("SELECT clock_timestamp() AS now")[0]["now"]
    wait_until(
        lambda: (
            live.asked(
                LOOKED_SINCE,
                seen=seen,
            )
            == [{"n": 2}]
        )
    )


def test_leases_grace_and_due_times_are_the_databases(data_dir: Path) -> None:
    undo = {"TERTIUM_UNDO_SECONDS": "60"}
    with (
        attach(data_dir) as server,
        live_service(data_dir, **undo) as here,
        live_service(data_dir, **undo, **AHEAD, TERTIUM_DATABASE_URL=server.url()) as ahead,
    ):
        some_cases(here, 2)
        with closing(logged_in(here, "ada")) as ada, closing(logged_in(ahead, "bob")) as bob:
            adas, bobs = on_desk_of(here, "ada"), on_desk_of(here, "bob")
            assert adas["id"] != bobs["id"], "a case under a lease is given to nobody else"
            for held in (adas, bobs):
                assert PLAIN_LEASE - timedelta(seconds=60) < held["left"] <= PLAIN_LEASE
            judge(here, ada, adas)
            judge(here, bob, bobs)
            both_have_looked_for_what_is_due(here)
            for case in (adas, bobs):
                (given,) = here.asked(
                    "SELECT state, judged_at - clock_timestamp() AS ago FROM cases"
                    " JOIN pending_verdicts ON case_id = cases.id WHERE cases.id = :id",
                    id=case["id"],
                )
                assert given["state"] == "given", "grace is not over because another replica's clock says so"
                assert timedelta(seconds=-45) < given["ago"] <= timedelta(seconds=0)
            csrf = re.search(r'name="csrf_token" value="([^"]+)"', ada.get("/review").text)
            assert csrf is not None
            undone = ada.post(f"/review/{adas['id']}/undo", data={"csrf_token": csrf[1]})
            assert undone.status_code == 200, undone.text
            assert here.asked("SELECT state FROM cases WHERE id = :id", id=adas["id"]) == [{"state": "open"}]
