"""Own payments without history: the model that `tertium train` makes of them, beside XGBoost on its columns.

The file is `payments.parquet` beside the labelled sample (`TERTIUM_DATA`): simulated payments of the Fraud
Detection Handbook, whose patterns are of cards and terminals over days, which amount and time hardly show.
XGBoost learns from all payments before the test week, those that calibrate our model among them.
"""

import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from app.artifacts import load_model
from app.cli.training.labelled_files import LabelledFile, Window, read_for_model
from app.cli.training.sample import default_data
from app.learning.evaluation import OF_EVIDENCE, REPLICATES
from app.learning.metrics.bootstrap import paired_difference
from app.learning.teachers import boosted
from app.scoring.arrays import Floats
from benchmarks.service import BIN

#: The week that is measured; training ends where it begins.
TEST_BEGIN = datetime(2018, 8, 8, tzinfo=UTC)
#: With its usual 256 bins the sharpest pattern, amounts above 220, falls into one with others: told besides.
USUAL_XGBOOST = {"n_estimators": 300, "max_depth": 5, "learning_rate": 0.1}
XGBOOST = {**USUAL_XGBOOST, "max_bin": 4096}
SCHEMA = """format = 1
name = "payments"

[payment]
id = "transaction_id"
time = "occurred_at"
read_of_time = ["hour", "weekend"]
amount = "amount"

[label]
column = "is_fraud"
delay_days = 7

[entities]
card = "card"
terminal = "terminal"
"""


def figures() -> dict[str, float]:
    """Return the average precisions in the test week, their difference with its interval, minutes, GiB."""
    data = default_data().with_name("payments.parquet")
    if not data.exists():
        print("own-payments: there is no payments.parquet beside the labelled sample; skipped")
        return {}
    with tempfile.TemporaryDirectory() as place:
        began = time.perf_counter()
        folder = _trained(Path(place), data)
        minutes = (time.perf_counter() - began) / 60
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        model = load_model(folder, device="cpu")
        earlier = read_for_model(data, model, Window(until=TEST_BEGIN))
        later = read_for_model(data, model, Window(since=TEST_BEGIN))
    ours = model.scorer.score(model.schema.standardised(later.features, later.amounts)).margin
    usual = of_xgboost(earlier, later, USUAL_XGBOOST)
    xgboost = of_xgboost(earlier, later, XGBOOST)
    told = compared(ours, xgboost, later, suffix="_without_history", difference="payments_ap_minus_xgboost")
    return told | {
        "payments_usual_xgboost_ap_without_history": OF_EVIDENCE["ap"](
            usual, later.is_fraud, np.ones(usual.size)
        ),
        "payments_training_minutes": minutes,
        "payments_training_cpu_minutes": (used.ru_utime + used.ru_stime) / 60,
        "payments_training_peak_gib": used.ru_maxrss / 2**20,
    }


def _trained(place: Path, data: Path) -> Path:
    schema = place / "schema.toml"
    schema.write_text(SCHEMA)
    words = ("--schema", str(schema), "--train-until", f"{TEST_BEGIN:%Y-%m-%d}", "--version", "own")
    subprocess.run(
        [BIN / "tertium", "train", str(data), *words, "--models-dir", str(place / "models")], check=True
    )
    return place / "models" / "own"


def of_xgboost(earlier: LabelledFile, later: LabelledFile, settings: Mapping[str, float]) -> Floats:
    """Return the scores of later payments by boosted trees that learned from all earlier ones."""
    raw, others = (np.column_stack([each.features, np.log1p(each.amounts)]) for each in (earlier, later))
    return boosted(raw, earlier.is_fraud, np.ones(len(raw)), 0, settings=settings)(others)


def compared(
    ours: Floats, xgboost: Floats, later: LabelledFile, *, suffix: str = "", difference: str
) -> dict[str, float]:
    """Return both average precisions, and their paired difference under its name, with its interval."""
    truth, ap = (later.is_fraud, np.ones(later.is_fraud.size)), OF_EVIDENCE["ap"]
    generator = np.random.Generator(np.random.PCG64(0))
    paired = partial(paired_difference, replicates=REPLICATES, generator=generator)
    paired_ap = paired(ap, (ours,), (xgboost,), *truth)
    return {
        f"payments_ap{suffix}": ap(ours, *truth),
        f"payments_xgboost_ap{suffix}": ap(xgboost, *truth),
        difference: paired_ap.value,
        f"{difference}_low": paired_ap.low,
        f"{difference}_high": paired_ap.high,
    }
