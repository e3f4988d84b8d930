"""`tertium history rebuild`: over the operator's own database, or one sentence."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.server.history import history
from tests.conftest import a_service
from tests.models import MODELS
from tests.own_payments import HISTORY, train_own_model
from tests.workflows.payments.test_history import body


def rebuilt(models: Path) -> Result:
    return CliRunner().invoke(history, ["rebuild", "--models-dir", str(models)])


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migrated database of the operator's own."""
    monkeypatch.setenv("TERTIUM_DATABASE_URL", database_url)


async def filled(database_url: str, models: Path) -> None:
    async with a_service(database_url, models_dir=models) as service:
        if models != MODELS:
            for number in range(3):
                await service.post(body(card=f"card-{number % 2}"))


def test_it_says_how_much_was_read(database_url: str, tmp_path: Path) -> None:
    models = train_own_model(tmp_path, more=HISTORY).parent
    asyncio.run(filled(database_url, models))
    told = rebuilt(models)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(
        "card with device, frauds after 1 days, EUR: 2 rebuilt from 3 payments since 2026-05-01 12:00 UTC."
    )
    assert "payments of 31 days" in told.stdout


def test_without_a_history_in_use_there_is_nothing_to_rebuild(database_url: str) -> None:
    asyncio.run(filled(database_url, MODELS))
    told = rebuilt(MODELS)
    assert told.exit_code == 2
    assert "No model in use reads a history" in told.stderr
