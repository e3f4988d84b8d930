"""The demo of named columns: its payments, its folder, and its past through the service's own work."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from app.cli.commands import tertium
from app.cli.demo.command import write_past_once
from app.cli.demo.past.writing import write_past
from app.cli.demo.schemas import SHIPPED, DemoSchema, settings_of
from app.cli.demo.supplies import GENERATOR, CardSupply, WorldSupply
from app.datasets import DatasetRefused
from app.datasets.payment_files.world_files import world_schema
from app.settings import Settings
from tests.builders import rows, value

MIDNIGHT = datetime(2026, 11, 9, tzinfo=UTC)
NOW = datetime(2026, 11, 9, 13, 40, tzinfo=UTC)


def test_each_moment_has_its_payment_over_midnight_too() -> None:
    moments = [MIDNIGHT + timedelta(hours=hours) for hours in range(-30, 30)]
    made = WorldSupply(seed=1).payments(moments)
    assert [each.occurred_at for each in made] == moments
    assert made == WorldSupply(seed=1).payments(moments)
    assert made != WorldSupply(seed=2).payments(moments)
    assert {name for each in made for name in each.features} <= set(WorldSupply(seed=1).names)


def test_another_start_has_the_same_cards_and_thieves() -> None:
    moments = [MIDNIGHT + timedelta(seconds=20 * number) for number in range(4_000)]
    made = [WorldSupply(seed=seed).payments(moments) for seed in (1, 2)]
    stolen, again = ({each.attributes["card"] for each in found if each.is_fraud} for found in made)
    assert len(stolen & again) > 10
    assert 0.01 < sum(each.is_fraud for each in made[0]) / len(moments) < 0.05


def test_a_demo_of_payments_has_its_own_model_and_folder_unless_others_are_set(tmp_path: Path) -> None:
    usual = Settings()
    assert settings_of(DemoSchema.CARD, usual) == usual
    own = settings_of(DemoSchema.PAYMENTS, usual)
    assert (own.models_dir, own.data_dir) == (SHIPPED / "payments", Path(".tertium-payments"))
    chosen = Settings(models_dir=tmp_path / "models", data_dir=tmp_path / "data")
    assert settings_of(DemoSchema.PAYMENTS, chosen) == chosen


def test_another_schema_is_refused_with_the_choices() -> None:
    told = CliRunner().invoke(tertium, ["demo", "--schema", "nothing"])
    assert told.exit_code == 2
    assert "'card', 'payments'" in " ".join(told.output.replace("│", " ").split())


@pytest.mark.asyncio
async def test_its_past_has_named_columns_links_and_cases_and_no_other_demo_goes_on_with_it(
    database_url: str, engine: AsyncEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(DemoSchema.PAYMENTS, Settings(scoring_timeout_ms=60_000))
    card, world = CardSupply(GENERATOR, seed=11), WorldSupply(seed=11)
    written = await write_past(settings, database_url, NOW, seed=11, supply=world)
    assert written.payments > 4_000
    assert written.verdicts > 300
    names = await rows(engine, "SELECT card->'schema'->'names' AS names FROM models")
    assert [each.names for each in names] == [list(world_schema().names)]
    linked = """
    SELECT count(*) FROM (
        SELECT attributes->>'device' AS device FROM payments WHERE label <> 'legit' AND attributes ? 'device'
        GROUP BY 1 HAVING count(DISTINCT attributes->>'card') > 2
    ) shared
    """
    assert await value(engine, linked) > 0
    assert await write_past_once(settings, database_url, world) is False
    with pytest.raises(typer.Exit):
        await write_past_once(settings, database_url, card)
    assert "reads other payments than this demo makes" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_a_model_of_other_payments_is_refused_before_anything_is_written(
    database_url: str, engine: AsyncEngine
) -> None:
    card = Settings(scoring_timeout_ms=60_000)
    before = await value(engine, "SELECT count(*) FROM payments")
    with pytest.raises(DatasetRefused, match="reads other features"):
        await write_past(card, database_url, NOW, seed=1, supply=WorldSupply(seed=1))
    assert await value(engine, "SELECT count(*) FROM payments") == before
