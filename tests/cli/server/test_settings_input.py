"""What the environment sets: meant plainly it works, else one sentence that names the variable."""

import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import tertium
from app.settings import Settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("TERTIUM_") and not name.startswith("TERTIUM_TESTS"):
            monkeypatch.delenv(name)


def run(monkeypatch: pytest.MonkeyPatch, *words: str, **settings: str) -> Result:
    for name, value in settings.items():
        monkeypatch.setenv(f"TERTIUM_{name}", value)
    return CliRunner().invoke(tertium, list(words))


@pytest.mark.parametrize(
    "command", [("migrate",), ("serve",), ("demo",), ("user", "add", "x"), ("key", "add", "x")], ids=" ".join
)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("abc", "65536", "-1")),
        *(("BLIND_SHARE", value) for value in ("0,125", "nan")),
        *(("SESSION_HOURS", value) for value in ("inf", "1e300")),
        *(("PUBLIC_URL", value) for value in ("desk.shop", "https://desk.shop/tertium", "ftp://desk.shop")),
        *(("UNDO_SECONDS", "10s"), ("SEED", "-1"), ("DEVICE", "gpu"), ("LEASE_SECONDS", "99999999999")),
        *(("POOL_SIZE", "0"), ("NORMAL_MINUTES", "1e18"), ("TRUSTED_PROXIES", "10.0.0.0/40")),
        *(("DATABASE_PASSWORD_FILE", "/nowhere"), ("DATABASE_URL", "nonsense")),
    ],
)
def test_a_value_that_cannot_be_meant_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], name: str, value: str
) -> None:
    if name == "DATABASE_PASSWORD_FILE":
        monkeypatch.setenv("TERTIUM_DATABASE_URL", "postgresql://u@127.0.0.1:1/d")
    result = run(monkeypatch, *command, **{name: value})
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stderr.count("\n") == 1
    assert f"TERTIUM_{name}" in result.stderr


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.setenv(f"TERTIUM_{field.upper()}", "")
    assert Settings() == Settings.model_construct(
        **{name: f.default for name, f in Settings.model_fields.items()}
    )


@pytest.mark.parametrize(
    ("written", "meant"), [("TERTIUM_PROT", "TERTIUM_PORT"), ("TERTIUM_DATABSE_URL", "TERTIUM_DATABASE_URL")]
)
def test_a_variable_nobody_reads_is_named_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, database_url: str, written: str, meant: str
) -> None:
    result = run(
        monkeypatch, "migrate", **{written.removeprefix("TERTIUM_"): "1", "DATABASE_URL": database_url}
    )
    assert result.exit_code == 0
    assert result.stderr == f"{written} is no setting of Tertium and is not read; {meant} is.\n"


def test_levels_that_contradict_each_other_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, "migrate", URGENT_FROM="1", HIGH_FROM="2")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "urgent begins at no less than high does" in result.stderr


@pytest.mark.parametrize(
    "host", ["no-such-host.invalid", "a..b", "x" * 300, "203.0.113.77"], ids=lambda host: host[:12]
)
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_host_that_is_not_here_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, database_url: str, command: str, host: str
) -> None:
    result = run(monkeypatch, command, "--host", host, DATABASE_URL=database_url)
    assert result.exit_code == 2, (result.output, result.exception)
    assert "Cannot listen on" in result.stderr.splitlines()[-1]


def test_a_taken_port_is_one_sentence(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for command in ("serve", "demo"):
            result = run(monkeypatch, command, "--port", port, DATABASE_URL=database_url)
            assert result.exit_code == 2, (result.output, result.exception)
            assert "Address already in use" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("MODELS_DIR", "/nowhere", "/nowhere"), ("DEVICE", "cuda", "cuda")],
)
def test_what_the_model_lacks_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, database_url: str, name: str, value: str, words: str
) -> None:
    torch = pytest.importorskip("torch")
    if value == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    result = run(monkeypatch, "serve", "--port", "0", **{name: value, "DATABASE_URL": database_url})
    assert result.exit_code == 2, (result.output, result.exception)
    assert words in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.output


def test_a_data_folder_that_cannot_be_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    result = run(monkeypatch, "migrate", DATA_DIR=str(tmp_path / "file"))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
