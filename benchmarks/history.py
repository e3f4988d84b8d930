"""What history costs at intake, and what it is worth on the simulated payments.

`history_intake` posts payments of a schema with four entities, to a model that reads the history of each and
to one that reads none; alternated rounds, medians. In a further round half of all payments name one merchant.
`payments_history` trains on `payments.parquet` (the Fraud Detection Handbook's simulation) from 25 June to 31
July 2018 and tests on 8 to 14 August, when the last training payments' truths are known (label delay 7 days).
"""

import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from app.artifacts import load_model
from app.cli.training.labelled_files import Window, read_for_model
from app.cli.training.sample import default_data
from app.scoring.schema.document import document_of
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.history import History
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema
from benchmarks.intake import ROUNDS, SECONDS, WARM_UP_SECONDS, wrk_round
from benchmarks.own_payments import SCHEMA, USUAL_XGBOOST, compared, of_xgboost
from benchmarks.own_schema import side
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
#: The entities of made-up payments, and how many of each there are.
ENTITIES = {"card": 50_000, "device": 50_000, "merchant": 2_000, "email": 50_000}
NUMBERS, ROWS, FRAUDS, BODIES = 10, 4_000, 400, 60_000
RECIPE = """about = "For the benchmark of intake."
[[groups]]
schedule = { epochs = 2 }
"""
BEGIN = datetime(2026, 4, 1, tzinfo=UTC)


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


def history_intake() -> dict[str, float]:
    """Return `intake_history_ratio` and its parts, and what a merchant in half of all payments leaves."""
    rng = np.random.default_rng(0)
    drawn = _drawn(rng, BODIES)
    hot = [_with_merchant(each, "hot") if place % 2 else each for place, each in enumerate(drawn)]
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = {
            name: _trained(work / f"{name}-model", has_history=name != "plain")
            for name in ("plain", "history")
        }
        sides = {
            "plain": stack.enter_context(side(work, "plain", drawn, models=models["plain"])),
            "history": stack.enter_context(side(work, "history", drawn, models=models["history"])),
            "hot": stack.enter_context(side(work, "hot", hot, models=models["history"])),
        }
        for each in sides.values():
            wrk_round(*each, WARM_UP_SECONDS)
        rounds = [
            {name: wrk_round(*each, SECONDS).per_second for name, each in sides.items()}
            for _ in range(ROUNDS)
        ]
    speeds = {name: median(each[name] for each in rounds) for name in sides}
    return {
        "intake_history_ratio": speeds["history"] / speeds["plain"],
        "intake_hot_merchant_ratio": speeds["hot"] / speeds["plain"],
        **{f"intake_{name}_per_second": speed for name, speed in speeds.items()},
    }


def _with_merchant(body: dict[str, Any], merchant: str) -> dict[str, Any]:
    return body | {"attributes": body["attributes"] | {"merchant": merchant}}


def _drawn(rng: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """Return bodies of such payments without ids."""
    numbers = rng.normal(size=(count, NUMBERS)).round(6).tolist()
    keys = {name: rng.integers(many, size=count).tolist() for name, many in ENTITIES.items()}
    amounts = rng.exponential(60, size=count).round(2).tolist()
    return [
        {
            "occurred_at": "2026-05-01T12:00:00Z",
            "amount": f"{amounts[row]:.2f}",
            "currency": "EUR",
            "features": {f"number_{place}": value for place, value in enumerate(numbers[row])},
            "attributes": {name: f"{name}-{of_entity[row]}" for name, of_entity in keys.items()},
        }
        for row in range(count)
    ]


def _schema(*, has_history: bool) -> Schema:
    plain = Schema(
        name="four entities",
        features=tuple(Feature(name=f"number_{place}", kind=Kind.NUMERIC) for place in range(NUMBERS)),
        payment=PaymentColumns(time="at", amount="total"),
        label=LabelColumn(column="fraud", delay_days=1),
        entities={name: name for name in ENTITIES},
    )
    histories = tuple(History(entity=name, fraud_share=True) for name in ENTITIES)
    return replace(plain, history=histories) if has_history else plain


def _trained(work: Path, *, has_history: bool) -> Path:
    """Train a small recipe on rows of that kind, some of them frauds that differ; the models' folder."""
    work.mkdir()
    rng = np.random.default_rng(1)
    rows = _drawn(rng, ROWS)
    is_fraud = rng.permutation(ROWS) < FRAUDS
    columns: dict[str, list[Any]] = {
        f"number_{place}": [row["features"][f"number_{place}"] for row in rows] for place in range(NUMBERS)
    }
    for name in ("number_0", "number_1", "number_2"):
        columns[name] = (np.array(columns[name]) + 2.5 * is_fraud).tolist()
    columns |= {name: [row["attributes"][name] for row in rows] for name in ENTITIES}
    columns["at"] = [(BEGIN + timedelta(minutes=10 * row)).isoformat() for row in range(ROWS)]
    columns |= {"total": [float(row["amount"]) for row in rows], "fraud": is_fraud.astype(int).tolist()}
    pyarrow.csv.write_csv(pa.table(columns), work / "rows.csv")
    (work / "schema.toml").write_text(document_of(_schema(has_history=has_history)), encoding="utf-8")
    (work / "recipe.toml").write_text(RECIPE)
    _train(work, "four", work / "rows.csv", "--recipe", str(work / "recipe.toml"))
    return work / "models"


def _train(work: Path, version: str, data: Path, *more: str) -> None:
    words = ("--schema", str(work / "schema.toml"), "--models-dir", str(work / "models"))
    subprocess.run([BIN / "tertium", "train", str(data), *words, "--version", version, *more], check=True)
