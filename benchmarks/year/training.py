"""The two trainings of the year, by the command as anybody calls it."""

import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.service import BIN
from benchmarks.year.world import write_earlier_payments

CHAMPION, CHALLENGER = "champion", "challenger"
#: Payments that the champion learned from, and over how many days before the year they came.
EARLIER_ROWS, EARLIER_DAYS = 5_000, 60
#: A challenger learns from the payments of so many days.
CHALLENGER_DAYS = 90
PROMISED = 0.12
RECIPE = """about = "For the simulated year: one small network a fold."
[[groups]]
members = 1
network = { hidden = [64, 32], embedding = ["clamped", "signed_log"], clamp = 3.0 }
schedule = { epochs = 8 }
"""


def train_champion(work: Path) -> Path:
    """Train on labelled payments of the time before the year; return the models' folder."""
    write_earlier_payments(work, EARLIER_ROWS, days=EARLIER_DAYS, rng=np.random.default_rng(2024))
    _train(work, CHAMPION, str(work / "rows.csv"), "--schema", str(work / "schema.toml"))
    return work / "models"


def train_challenger(work: Path, url: str, now: datetime, *, stated: str) -> None:
    """Train on what the service stored and knows by now; `stated`: a source and the share it reports."""
    since = now - timedelta(days=CHALLENGER_DAYS)
    _train(
        work, CHALLENGER, "--from-database",
        "--since", f"{since:%Y-%m-%dT%H:%M:%S}", "--known-at", f"{now:%Y-%m-%dT%H:%M:%S}",
        "--source-share", stated,
        url=url,
    )  # fmt: skip


def _train(work: Path, version: str, *words: str, url: str = "") -> None:
    (work / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    models = work / "models"
    environment = {"TERTIUM_MODELS_DIR": str(models), "TERTIUM_DATA_DIR": str(work / "data")}
    if url:
        environment["TERTIUM_DATABASE_URL"] = url
    command: list[str | Path] = [BIN / "tertium", "train", *words, "--recipe", work / "recipe.toml"]
    # By chance, not by time: of a kind of fraud that came weeks ago every fold has to see some.
    command += ["--split", "stratified", "--miss-rate", str(PROMISED)]
    command += ["--models-dir", models, "--version", version]
    subprocess.run(command, check=True, env=os.environ | environment, stdout=subprocess.PIPE)
