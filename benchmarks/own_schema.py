"""Intake of a team's own payments beside that of the default model: 60 columns, 15 of them categories.

`own_schema_intake_ratio` is payments per second on a model of such a schema, learned by the default recipe
from made-up rows, by payments per second on the shipped model; one service each, alternated rounds, medians.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from app.scoring.schema.document import document_of
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema
from benchmarks.intake import (
    ROUNDS,
    SECONDS,
    WARM_UP_SECONDS,
    client_key,
    open_bodies,
    write_lines,
    wrk_round,
)
from benchmarks.payments import ordinary_payments
from benchmarks.service import BIN, served

NUMBERS, CATEGORIES, WORDS = 45, 15, 12
ROWS, FRAUDS, BODIES = 4_000, 400, 20_000


def figures() -> dict[str, float]:
    """Return `own_schema_intake_ratio` and its parts."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        drawn = _drawn(np.random.default_rng(0), BODIES)
        own = stack.enter_context(side(work, "own", drawn, models=_trained(work)))
        shipped = stack.enter_context(
            side(work, "shipped", ordinary_payments(BODIES, np.random.default_rng(0)), models=None)
        )
        for each in (own, shipped):
            wrk_round(*each, WARM_UP_SECONDS)
        rounds = [[wrk_round(*each, SECONDS).per_second for each in (own, shipped)] for _ in range(ROUNDS)]
    own_speed, shipped_speed = (median(each) for each in zip(*rounds, strict=True))
    return {
        "own_schema_intake_ratio": own_speed / shipped_speed,
        "own_schema_intake_per_second": own_speed,
        "shipped_intake_per_second": shipped_speed,
    }


@contextmanager
def side(
    work: Path, name: str, bodies: list[dict[str, Any]], *, models: Path | None
) -> Iterator[tuple[int, str, Path]]:
    """Serve, and give what a round needs: port, key, bodies."""
    folder, lines = work / name, work / f"{name}.bodies"
    write_lines(lines, open_bodies(bodies))
    key = client_key(folder)
    with served(folder, {} if models is None else {"TERTIUM_MODELS_DIR": str(models)}) as port:
        yield port, key, lines


def _schema() -> Schema:
    numbers = tuple(Feature(name=f"number_{place}", kind=Kind.NUMERIC) for place in range(NUMBERS))
    words = tuple(Feature(name=f"category_{place}", kind=Kind.CATEGORY) for place in range(CATEGORIES))
    return Schema(
        name="sixty columns",
        features=(*numbers, *words),
        payment=PaymentColumns(amount="total"),
        label=LabelColumn(column="fraud"),
    )


def _drawn(rng: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """Return bodies of such payments without ids."""
    numbers = rng.normal(size=(count, NUMBERS)).round(6).tolist()
    words = rng.integers(WORDS, size=(count, CATEGORIES)).tolist()
    amounts = rng.exponential(60, size=count).round(2).tolist()
    return [
        {
            "occurred_at": "2026-05-01T12:00:00Z",
            "amount": f"{amount:.2f}",
            "currency": "EUR",
            "features": {
                **{f"number_{place}": value for place, value in enumerate(of_numbers)},
                **{f"category_{place}": f"word {value}" for place, value in enumerate(of_words)},
            },
        }
        for of_numbers, of_words, amount in zip(numbers, words, amounts, strict=True)
    ]


def _trained(work: Path) -> Path:
    """Train the default recipe on rows of that kind, some of them frauds that differ; the models' folder."""
    rng = np.random.default_rng(1)
    rows = _drawn(rng, ROWS)
    is_fraud = rng.permutation(ROWS) < FRAUDS
    columns: dict[str, list[Any]] = {
        name: [row["features"][name] for row in rows] for name in rows[0]["features"]
    }
    for name in ("number_0", "number_1", "number_2"):
        columns[name] = (np.array(columns[name]) + 2.5 * is_fraud).tolist()
    columns |= {"total": [float(row["amount"]) for row in rows], "fraud": is_fraud.astype(int).tolist()}
    pyarrow.csv.write_csv(pa.table(columns), work / "rows.csv")
    (work / "schema.toml").write_text(document_of(_schema()), encoding="utf-8")
    subprocess.run(
        [
            *(BIN / "tertium", "train", work / "rows.csv", "--schema", work / "schema.toml"),
            *("--models-dir", work / "models", "--version", "sixty"),
        ],
        check=True,
        capture_output=True,
    )
    return work / "models"
