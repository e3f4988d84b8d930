"""What history is worth on the simulated payments.

`payments_history` trains on `payments.parquet` (the Fraud Detection Handbook's simulation) from 25 June to 31
July 2018 and tests on 8 to 14 August, when the last training payments' truths are known (label delay 7 days);
beside it stand a model of the week of 25 to 31 July, and one that reads no history.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from app.artifacts import Model, load_model
from app.cli.training.labelled_files import LabelledFile, Window, read_for_model
from app.cli.training.sample import default_data
from app.learning.evaluation import OF_EVIDENCE
from app.scoring.arrays import Floats
from app.triage.tuning.neyman_pearson import approve_bound
from benchmarks.own_payments import SCHEMA, USUAL_XGBOOST, compared, of_xgboost
from benchmarks.service import BIN

TRAINED_UNTIL, TEST_BEGIN = datetime(2018, 8, 1, tzinfo=UTC), datetime(2018, 8, 8, tzinfo=UTC)
ONE_WEEK = datetime(2018, 7, 25, tzinfo=UTC)
PROMISES, CONFIDENCE = (0.15, 0.10), 0.95
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tested:
    model: Model
    later: LabelledFile
    margin: Floats


def payments_history() -> dict[str, float]:
    """Return average precisions in the test week with history, their paired difference, and reviews."""
    data = default_data().with_name("payments.parquet")
    if not data.exists():
        print("payments-history: there is no payments.parquet beside the labelled sample; skipped")
        return {}
    with tempfile.TemporaryDirectory() as place:
        whole = _tested(Path(place), "history", data, SCHEMA + HISTORY)
        earlier = read_for_model(data, whole.model, Window(until=TRAINED_UNTIL))
        # A week without a day before the labels' delay has no folds in time: rows are parted by chance.
        since = ("--train-since", f"{ONE_WEEK:%Y-%m-%d}", "--split", "stratified")
        week = _tested(Path(place), "week", data, SCHEMA + HISTORY, *since)
        without = _tested(Path(place), "without", data, SCHEMA)
    xgboost = of_xgboost(earlier, whole.later, USUAL_XGBOOST)
    told = compared(whole.margin, xgboost, whole.later, difference="payments_history_ap_minus_xgboost")
    told["payments_ap_of_one_week"] = _average_precision(week)
    for name, tested in (("with_history", whole), ("without_history", without)):
        told |= {f"payments_{figure}_{name}": value for figure, value in _of_promises(tested)}
    return told


def _tested(work: Path, version: str, data: Path, schema: str, *more: str) -> _Tested:
    (work / "schema.toml").write_text(schema)
    words = ("--schema", str(work / "schema.toml"), "--models-dir", str(work / "models"))
    until = ("--train-until", f"{TRAINED_UNTIL:%Y-%m-%d}", "--version", version)
    subprocess.run([BIN / "tertium", "train", str(data), *words, *until, *more], check=True)
    model = load_model(work / "models" / version, device="cpu")
    later = read_for_model(data, model, Window(since=TEST_BEGIN))
    scores = model.scorer.score(model.schema.standardised(later.features, later.amounts))
    return _Tested(model=model, later=later, margin=scores.margin)


def _average_precision(tested: _Tested) -> float:
    return OF_EVIDENCE["ap"](tested.margin, tested.later.is_fraud, np.ones(tested.margin.size))


def _of_promises(tested: _Tested) -> Iterator[tuple[str, float]]:
    """Give of each promise what people would see of the test week, and which frauds would pass."""
    part = tested.model.calibration
    if part is None:
        raise ValueError("a model that was just trained keeps what its bounds rest on")
    known = part.scores.evidence_fraud[part.is_fraud]
    for miss_rate in PROMISES:
        bound, _ = approve_bound(known, miss_rate=miss_rate, confidence=CONFIDENCE)
        seen = (tested.margin > bound) & (tested.margin < tested.model.policy.decline_at_least)
        name = f"at_miss_{100 * miss_rate:.0f}"
        yield f"review_rate_{name}", float(seen.mean())
        yield f"missed_{name}", float((tested.margin[tested.later.is_fraud] <= bound).mean())
