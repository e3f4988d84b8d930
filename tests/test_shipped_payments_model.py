"""The model of the invented world that ships for the demo: small, described, and as good as it says."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.artifacts import Model, list_models, load_model, newest_model
from app.cli.commands import tertium
from app.cli.demo.schemas import DemoSchema
from app.datasets.payment_files.world_files import world_schema
from app.triage.tuning.neyman_pearson import frauds_needed
from tests.models import MODELS

FOLDER = newest_model(DemoSchema.PAYMENTS.models_dir)


@pytest.fixture(scope="module")
def model() -> Model:
    """The model, whose golden vectors were looked at when it was loaded."""
    return load_model(FOLDER, device="cpu")


def test_it_reads_what_the_world_makes_and_says_where_that_is_from(model: Model) -> None:
    assert model.schema.described == world_schema()
    assert model.card["source"] == world_schema().about
    assert model.card["far_off"]["approved_by_the_policy"] == 0


def test_it_promises_what_others_do_on_frauds_enough_for_less(model: Model) -> None:
    assert (model.certificate.miss_rate_at_most, model.certificate.confidence) == (0.15, 0.95)
    assert model.certificate.frauds >= 200 > 6 * frauds_needed(miss_rate=0.1, confidence=0.95)


def test_it_lies_apart_from_the_models_that_a_service_takes_up_and_is_small() -> None:
    assert newest_model(MODELS).parent == MODELS
    assert FOLDER not in list_models(MODELS)
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 4_300_000


def test_on_another_world_it_is_worth_what_its_card_says(model: Model, tmp_path: Path) -> None:
    data = tmp_path / "payments.parquet"
    words = ("data", "generate", "-o", str(data), "--days", "30", "--since", "2026-10-01", "--seed", "99")
    assert CliRunner().invoke(tertium, words).exit_code == 0
    told = CliRunner().invoke(tertium, ["evaluate", "--data", str(data), "--model", str(FOLDER)])
    assert told.exit_code == 0, told.output
    figures = {
        name: float(value) for name, value in re.findall(r"^figure (\S+) (\S+)$", told.stdout, re.MULTILINE)
    }
    on_its_card = model.card["metrics"]["calibration"]["ap"]
    assert figures["ap_low"] < on_its_card["high"]
    assert figures["ap_high"] > on_its_card["low"]
    assert 0.3 < figures["ap"] < 0.7
