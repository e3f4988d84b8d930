"""Made-up payments of cards at terminals, one of them in half of all payments; their schema, and a model."""

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from app.scoring.schema.document import document_of
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.history import History
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema
from benchmarks.service import BIN

NUMBERS = 3
CARDS, TERMINALS, HOT = 2_000, 300, "terminal-hot"
HOT_SHARE = 0.5
#: Of payments without a card, without a terminal, and in a currency the model did not learn.
WITHOUT_CARD, WITHOUT_TERMINAL, FOREIGN = 0.02, 0.02, 0.02
#: Time that the payments span; all but a few come within hours of their turn, those within weeks.
DAYS, DISORDER_HOURS, LATE_SHARE, LATE_DAYS = 60, 6.0, 0.02, 40.0
ROWS, FRAUDS = 4_000, 400
RECIPE = """about = "For the benchmark of exact history."
[[groups]]
network = { hidden = [16, 8] }
schedule = { epochs = 2 }
"""
SCHEMA = Schema(
    name="cards at terminals",
    features=tuple(Feature(name=f"number_{place}", kind=Kind.NUMERIC) for place in range(NUMBERS)),
    payment=PaymentColumns(time="at", amount="total"),
    label=LabelColumn(column="fraud", delay_days=1),
    entities={"card": "card", "terminal": "terminal"},
    history=(
        History(entity="card", partners=("terminal",), fraud_share=True),
        History(entity="terminal", partners=("card",), fraud_share=True),
    ),
)


def payments(count: int, end: datetime, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Give bodies in the order in which they are posted; the last of them occur about `end`."""
    begin = end - timedelta(days=DAYS)
    for place in range(count):
        hours = 24 * DAYS * place / count + rng.normal(0, DISORDER_HOURS)
        if rng.random() < LATE_SHARE:
            hours -= rng.uniform(0, 24 * LATE_DAYS)
        occurred_at = min(begin + timedelta(hours=float(hours)), end)
        yield {
            "transaction_id": f"payment-{place}",
            "occurred_at": occurred_at.isoformat(timespec="milliseconds"),
            "amount": f"{rng.gamma(2, 20) + 0.01:.2f}",
            "currency": "USD" if rng.random() < FOREIGN else "EUR",
            "features": {f"number_{each}": round(float(rng.normal()), 6) for each in range(NUMBERS)},
            "attributes": _attributes(rng),
        }


def _attributes(rng: np.random.Generator) -> dict[str, str]:
    """Return a card, some far more often than others, and a terminal."""
    found = {}
    if rng.random() >= WITHOUT_CARD:
        found["card"] = f"card-{int(CARDS * rng.random() ** 3)}"
    if rng.random() >= WITHOUT_TERMINAL:
        is_hot = rng.random() < HOT_SHARE
        found["terminal"] = HOT if is_hot else f"terminal-{rng.integers(TERMINALS)}"
    return found


def trained(work: Path) -> Path:
    """Train a small model on payments of that kind, some of them frauds that differ; the models' folder."""
    rng = np.random.default_rng(1)
    rows = list(payments(ROWS, datetime.fromisoformat("2026-06-01T00:00:00Z"), rng))
    is_fraud = rng.permutation(ROWS) < FRAUDS
    numbers = np.array([list(row["features"].values()) for row in rows]) + 2.5 * is_fraud[:, None]
    columns: dict[str, Any] = {f"number_{place}": numbers[:, place] for place in range(NUMBERS)}
    columns |= {name: [row["attributes"].get(name, "") for row in rows] for name in ("card", "terminal")}
    columns |= {
        "at": [row["occurred_at"] for row in rows],
        "total": [float(row["amount"]) for row in rows],
        "fraud": is_fraud.astype(int),
    }
    pyarrow.csv.write_csv(pa.table(columns), work / "rows.csv")
    (work / "schema.toml").write_text(document_of(SCHEMA), encoding="utf-8")
    (work / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    subprocess.run(
        [
            *(BIN / "tertium", "train", work / "rows.csv", "--schema", work / "schema.toml"),
            *("--recipe", work / "recipe.toml", "--models-dir", work / "models", "--version", "exact"),
        ],
        check=True,
        capture_output=True,
    )
    return work / "models"
