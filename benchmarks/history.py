"""What history is worth on the simulated payments.

`payments_history` trains on `payments.parquet` (the Fraud Detection Handbook's simulation) from 25 June to 31
July 2018 and tests on 8 to 14 August, when the last training payments' truths are known (label delay 7 days).
"""

import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from app.artifacts import load_model
from app.cli.training.labelled_files import Window, read_for_model
from app.cli.training.sample import default_data
from benchmarks.own_payments import SCHEMA, USUAL_XGBOOST, compared, of_xgboost
from benchmarks.service import BIN

TRAINED_UNTIL, TEST_BEGIN = datetime(2018, 8, 1, tzinfo=UTC), datetime(2018, 8, 8, tzinfo=UTC)
HISTORY = """
[[history]]
entity = "card"
partners = ["terminal"]
fraud_share = true

[[history]]
entity = "terminal"
partners = ["card"]
fraud_share = true
"""


def payments_history() -> dict[str, float]:
    """Return average precisions in the test week with history, and their paired difference."""
    data = default_data().with_name("payments.parquet")
    if not data.exists():
        print("payments-history: there is no payments.parquet beside the labelled sample; skipped")
        return {}
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        (work / "schema.toml").write_text(SCHEMA + HISTORY)
        until = ("--train-until", f"{TRAINED_UNTIL:%Y-%m-%d}")
        _train(work, "history", data, *until)
        model = load_model(work / "models" / "history", device="cpu")
        earlier = read_for_model(data, model, Window(until=TRAINED_UNTIL))
        later = read_for_model(data, model, Window(since=TEST_BEGIN))
    ours = model.scorer.score(model.schema.standardised(later.features, later.amounts)).margin
    xgboost = of_xgboost(earlier, later, USUAL_XGBOOST)
    return compared(ours, xgboost, later, difference="payments_history_ap_minus_xgboost")


def _train(work: Path, version: str, data: Path, *more: str) -> None:
    words = ("--schema", str(work / "schema.toml"), "--models-dir", str(work / "models"))
    subprocess.run([BIN / "tertium", "train", str(data), *words, "--version", version, *more], check=True)
