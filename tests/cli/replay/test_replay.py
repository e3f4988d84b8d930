import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import typer
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from app.artifacts import newest_model, read_feed
from app.artifacts.feed import feed_bytes
from app.cli.posting import Service
from app.cli.replay.command import replay
from app.cli.replay.rows import decimal_amount, default_start
from app.datasets import load_generator
from tests.cli.stand_in import KEY, StandIn, running
from tests.models import MODELS
from tests.patience import PATIENCE_SECONDS

HEADER = "Time,V1,V2,Amount,Class"
#: Not in time order; V1 decides at the stand-in: 2 fraud, 0 legit, -2 unknown.
ROWS = ("30,0,0.5,10,0", "10,2,0,2.69,1", "20,-2,0,149.624,1", "40,0,0,0,1", "50,-2,1e-7,3.5,0")


@pytest.fixture
def service() -> Iterator[StandIn]:
    with running(StandIn()) as stand_in:
        yield stand_in


def a_file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / "recorded.csv"
    file.write_text("\n".join((header, *(rows or ROWS))) + "\n")
    return file


def run(file: Path, service: StandIn, *options: str, key: str = KEY) -> Result:
    app = typer.Typer()
    app.command()(replay)
    return CliRunner().invoke(app, [str(file), "--url", service.url, "--key", key, *options])


def figures(result: Result) -> dict[str, float]:
    lines = [line.split() for line in result.stdout.splitlines() if line.startswith("figure ")]
    return {name: float(value) for _, name, value in lines}


def test_a_file_is_posted_in_time_order_and_told_in_figures(tmp_path: Path, service: StandIn) -> None:
    result = run(a_file(tmp_path), service, "--concurrency", "1")
    assert result.exit_code == 0, result.output
    bodies = list(service.bodies.values())
    moments = [body["occurred_at"] for body in bodies]
    assert moments == sorted(moments)
    assert [body["amount"] for body in bodies] == ["2.69", "149.624", "10.00", "0.00", "3.50"]
    assert bodies[-1]["features"] == {"V1": -2.0, "V2": 1e-7}
    told = figures(result)
    assert (told["replay_posted"], told["replay_unknown"], told["replay_cases"]) == (5, 2, 2)
    assert told["replay_errors"] == told["replay_repeats"] == 0
    assert 0 < told["replay_p50_ms"] <= told["replay_p95_ms"] <= told["replay_p99_ms"]


def test_the_machine_is_compared_with_the_class_in_the_file(tmp_path: Path, service: StandIn) -> None:
    shown = run(a_file(tmp_path), service).stdout
    assert "class in the file" in shown
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if "│" in line]
    of_class = {row[0]: row[1:] for row in cells if len(row) == 4}
    assert of_class == {"fraud": ["1", "1", "1"], "legit": ["0", "1", "1"]}


def test_many_workers_post_every_row_once(tmp_path: Path, service: StandIn) -> None:
    file = a_file(tmp_path, *(f"{number},0,0,1,0" for number in range(400)))
    told = figures(run(file, service))
    assert told["replay_posted"] == len(service.bodies) == service.requests == 400


def test_parquet_without_classes_is_posted_too(tmp_path: Path, service: StandIn) -> None:
    columns = {"Time": [0.0, 1.0], "V1": [0.0, 2.0], "V2": [0.0, 0.0], "Amount": [1.0, 2.0]}
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "recorded.parquet")
    result = run(tmp_path / "recorded.parquet", service)
    assert figures(result)["replay_posted"] == 2
    assert "class in the file" not in result.stdout


def test_a_second_replay_is_known_as_one(tmp_path: Path, service: StandIn) -> None:
    run(a_file(tmp_path), service)
    again = run(a_file(tmp_path), service)
    assert again.exit_code == 0
    told = figures(again)
    assert told["replay_posted"] == told["replay_repeats"] == len(service.bodies) == 5


def test_a_replay_with_another_start_is_refused_at_the_first_row(tmp_path: Path, service: StandIn) -> None:
    run(a_file(tmp_path), service)
    result = run(a_file(tmp_path), service, "--start", "2026-01-01")
    assert result.exit_code == 2
    assert "another --start" in result.stderr
    assert service.requests == 6
    anew = run(a_file(tmp_path), service, "--start", "2026-01-01", "--id-prefix", "anew")
    assert figures(anew)["replay_posted"] == 5


def test_time_zero_is_what_start_says(tmp_path: Path, service: StandIn) -> None:
    run(a_file(tmp_path), service, "--start", "2026-01-01T12:00:00+02:00", "--limit", "1")
    (body,) = service.bodies.values()
    assert body["occurred_at"] == "2026-01-01T12:00:10+02:00"


def test_by_default_the_last_row_falls_on_the_last_midnight() -> None:
    now = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    assert default_start(3600, now) + timedelta(hours=1) == datetime(2026, 11, 23, tzinfo=UTC)


def test_a_busy_service_is_asked_again_when_it_says(tmp_path: Path, service: StandIn) -> None:
    service.busy, service.retry_after = 1, "1"
    began = time.monotonic()
    told = figures(run(a_file(tmp_path), service))
    assert time.monotonic() - began >= 1
    assert (told["replay_posted"], told["replay_errors"], service.requests) == (5, 0, 6)


def test_an_answer_lost_on_the_way_is_neither_lost_nor_a_repeat(tmp_path: Path, service: StandIn) -> None:
    service.lost = 2
    told = figures(run(a_file(tmp_path), service))
    assert (told["replay_posted"], told["replay_repeats"], told["replay_errors"]) == (5, 0, 0)
    assert service.requests == 7


def test_a_refused_row_is_told_with_its_field_and_the_rest_goes_on(tmp_path: Path, service: StandIn) -> None:
    result = run(a_file(tmp_path, *ROWS, "45,101,0,1,0"), service)
    assert result.exit_code == 1
    told = figures(result)
    assert (told["replay_posted"], told["replay_errors"]) == (5, 1)
    assert "-5: status 422: A field is wrong. [features.V1: V1 is too large.]" in result.stdout


def test_equal_refusals_are_told_once_with_their_number_and_the_files_totals(
    tmp_path: Path, service: StandIn
) -> None:
    rows = [f"{60 + number},{101 if number < 7 else 0},0,1,0" for number in range(20)]
    result = run(a_file(tmp_path, *rows), service, "--concurrency", "1")
    assert result.exit_code == 1
    assert result.stdout.count("V1 is too large.") == 1
    assert "line 2, file-" in result.stdout
    assert "(7 times; then line 3, file-" in result.stdout
    assert (
        "13 of 20 rows were posted, 0 of these had been before; 7 were refused, 0 not reached"
        in result.stderr
    )
    assert "The same command with --start 20" in result.stderr


def test_rows_are_named_by_the_lines_of_the_file_not_by_their_time(tmp_path: Path, service: StandIn) -> None:
    file = tmp_path / "recorded.csv"
    file.write_text(f'{HEADER},note\n\n50,0,0,1,0,"two\nlines"\n\n10,101,0,1,0,x\n')
    result = run(file, service)
    assert "line 6, file-" in result.stdout


def test_a_conflict_in_the_middle_is_an_error_of_that_row(tmp_path: Path, service: StandIn) -> None:
    run(a_file(tmp_path), service, "--id-prefix", "x", "--start", "2026-01-01", "--concurrency", "1")
    service.bodies["x-3"] = service.bodies["x-3"] | {"amount": "7.00"}
    told = figures(run(a_file(tmp_path), service, "--id-prefix", "x", "--start", "2026-01-01"))
    assert (told["replay_posted"], told["replay_repeats"], told["replay_errors"]) == (4, 4, 1)


def test_classes_are_posted_as_ground_truth_of_answered_rows(tmp_path: Path, service: StandIn) -> None:
    result = run(a_file(tmp_path, *ROWS, "45,101,0,1,0"), service, "--with-labels", "--label-delay", "60")
    assert figures(result)["replay_labels"] == len(service.labels) == 5
    assert sorted(label["label"] for label in service.labels) == ["fraud"] * 3 + ["legit"] * 2
    for label in service.labels:
        occurred = datetime.fromisoformat(label["occurred_at"])
        assert occurred.isoformat() == service.bodies[label["transaction_id"]]["occurred_at"]
        assert datetime.fromisoformat(label["learned_at"]) - occurred == timedelta(minutes=1)
        assert label["propensity"] == 1


def test_speed_keeps_the_recorded_time(tmp_path: Path, service: StandIn) -> None:
    began = time.monotonic()
    run(a_file(tmp_path), service, "--speed", "80")
    assert 0.5 <= time.monotonic() - began < 20  # it was recorded in 40 s


@pytest.mark.parametrize(
    ("header", "row", "options", "sentence"),
    [
        ("Time,V1,Amount,Class", "0,0,1,0", (), "recorded.csv has no column V2, which the schema needs"),
        (HEADER, "0,abc,0,1,0", (), "line 2, column V1"),
        ("Time,V1,V2,Amount", "0,0,0,1", ("--with-labels",), "has no column Class"),
        (HEADER, "1e300,0,0,1,0", (), "cannot be seconds since the first transaction"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_a_sentence(
    tmp_path: Path, service: StandIn, header: str, row: str, options: tuple[str, ...], sentence: str
) -> None:
    result = run(a_file(tmp_path, row, header=header), service, *options)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert service.requests == 0


def test_a_wrong_key_is_refused_in_a_sentence(tmp_path: Path, service: StandIn) -> None:
    result = run(a_file(tmp_path), service, key="wrong")
    assert (result.exit_code, service.requests) == (2, 0)
    assert "does not accept this key" in result.stderr
    assert run(a_file(tmp_path), service, key="•").exit_code == 2
    assert "--key or TERTIUM_API_KEY" in run(a_file(tmp_path), service, key="").stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://["])
def test_a_service_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, url: str) -> None:
    result = run(a_file(tmp_path), StandIn(url=url))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


def test_an_interrupt_ends_with_the_table_so_far(tmp_path: Path, service: StandIn) -> None:
    file = a_file(tmp_path, *(f"{number},0,0,1,0" for number in range(1000)))
    # As on a terminal, also where whoever runs the tests in the background has SIGINT ignored.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heeds}; import typer; from app.cli.replay.command import replay; typer.run(replay)"
    command = [sys.executable, "-c", program, str(file), "--url", service.url, "--key", KEY, "--speed", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while len(service.bodies) < 5:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in err
    posted = next(line for line in out.splitlines() if line.startswith("figure replay_posted"))
    # The last one may have been on its way back.
    assert 4 <= int(posted.split()[-1]) < 1000


async def test_a_cancellation_that_a_connection_swallows_still_ends_what_posts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: asyncio.Queue[str] = asyncio.Queue()

    async def sends(_service: Service, _method: str, path: str, _content: bytes | None = None) -> NoReturn:
        sent.put_nowait(path)
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        raise httpx.ReadError("closed")

    monkeypatch.setattr(Service, "_send", sends)
    async with Service("http://127.0.0.1:9", KEY, concurrency=1) as client:
        posting = asyncio.create_task(client.post("/v1/transactions", {}))
        assert await sent.get() == "/v1/transactions"
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
    assert sent.empty()


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.0", "0.00"),
        ("-0.0", "0.00"),
        ("2.69", "2.69"),
        ("3.5", "3.50"),
        ("25691.16", "25691.16"),
        ("61.700000", "61.70"),
        ("1e-7", "0.0000001"),
        ("1e20", f"1{'0' * 20}.00"),
        ("9007199254740993", "9007199254740993.00"),
        ("123456789012345678901234567890.123456", "123456789012345678901234567890.123456"),
    ],
)
def test_amounts_keep_the_files_digits(amount: str, text: str) -> None:
    assert decimal_amount(Decimal(amount)) == text


def test_a_file_of_another_feed_is_refused_before_any_of_it_is_sent(tmp_path: Path, service: StandIn) -> None:
    reference = read_feed(newest_model(MODELS))
    assert reference is not None
    service.features, service.feed = reference.names, feed_bytes(reference)
    drawn = load_generator(MODELS / "demo").sample(200, fraud_share=0.0, rng=np.random.default_rng(0))

    def replayed(features: NDArray[np.float64], *options: str) -> Result:
        columns = {"Time": np.arange(200.0), **dict(zip(reference.names, features.T, strict=True))}
        table = pa.table(columns | {"Amount": drawn.amounts})
        pyarrow.parquet.write_table(table, tmp_path / "feed.parquet")
        return run(tmp_path / "feed.parquet", service, "--limit", "3", *options)

    refused = replayed(drawn.features[:, ::-1])
    assert (refused.exit_code, len(service.bodies)) == (2, 0)
    assert "V1 fits V28" in refused.stderr
    assert replayed(drawn.features[:, ::-1], "--accept-feed", "--id-prefix", "meant").exit_code == 0
    assert replayed(drawn.features, "--id-prefix", "right").exit_code == 0
    assert len(service.bodies) == 6
