"""A made-up shop's own payments: a file with columns of every kind, its schema, a model of it."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

SCHEMA = """format = 1
name = "shop"

[payment]
id = "Order"
time = "Paid at"
time_format = "%d.%m.%Y %H:%M"
zone = "Europe/Vienna"
read_of_time = ["hour"]
amount = "Total"
currencies = ["EUR"]

[label]
column = "Verdict"
fraud = ["fraudulent"]
legit = ["genuine"]
delay_days = 1

[file]
delimiter = ";"
decimal = ","

[entities]
card = "Card"
device = "Device"

[ignored]
Row = "it numbers the rows"

[[features]]
name = "distance"
column = "Distance (km)"
kind = "numeric"
unit = "km"
about = "From the customer's home to the shop."
least = 0
most = 20000
missing = "own value"
nothing = ["NA"]
digits = 1

[[features]]
name = "orders_before"
column = "Orders before"
kind = "count"
least = 0

[[features]]
name = "category"
column = "Category"
kind = "category"
about = "What was bought."

[[features]]
name = "chip"
column = "Chip"
kind = "boolean"
true = ["Y"]
false = ["N"]
"""
#: What such a schema adds where the model reads what a card did before.
HISTORY = """
[[history]]
entity = "card"
partners = ["device"]
fraud_share = true
"""
HEADER = (
    *(
        "Row",
        "Order",
        "Paid at",
        "Total",
        "Card",
        "Device",
        "Distance (km)",
        "Orders before",
        "Category",
        "Chip",
    ),
    "Verdict",
)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
RECIPE = """about = "For tests."
[[groups]]
network = { hidden = [16, 8], embedding = ["clamped", "signed_log", "piecewise_linear"] }
schedule = { epochs = 12, learning_rate = 1e-2 }
"""


def write_own_payments(folder: Path, *, rows: int = 5000, frauds: int = 400, seed: int = 0) -> Path:
    """Write a file whose frauds come from afar, from new customers, for gift cards."""
    rng = np.random.default_rng(seed)
    is_fraud = rng.permutation(rows) < frauds
    distance = np.where(is_fraud, rng.gamma(4, 60, rows), rng.gamma(2, 8, rows))
    orders = np.where(is_fraud, rng.poisson(0.3, rows), rng.poisson(6, rows))
    legit_category = rng.choice(["food", "books", "garden", "toys"], rows, p=[0.5, 0.3, 0.15, 0.05])
    category = np.where(is_fraud & (rng.random(rows) < 0.7), "gift cards", legit_category)
    path = folder / "orders.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for row in range(rows):
            moment = BEGIN + timedelta(minutes=10 * row)
            is_unknown = rng.random() < 0.2
            writer.writerow(
                (
                    row,
                    f"A-{row:06d}",
                    f"{moment:%d.%m.%Y %H:%M}",
                    f"{rng.gamma(2, 20):.2f}".replace(".", ","),
                    f"card-{rng.integers(900):03d}",
                    f"device-{rng.integers(300):03d}",
                    "NA" if is_unknown else f"{distance[row]:.1f}".replace(".", ","),
                    orders[row],
                    category[row],
                    "N" if rng.random() < (0.8 if is_fraud[row] else 0.1) else "Y",
                    "fraudulent" if is_fraud[row] else "genuine",
                )
            )
    return path


def train_own_model(folder: Path, *, version: str = "shop-1", schema: str = SCHEMA, more: str = "") -> Path:
    """Train a model on such a file by the command; return its folder, in `folder / models`.

    `more`: what the schema says besides.
    """
    import typer

    from app.cli.training.train import train

    data, document, recipe = write_own_payments(folder), folder / "schema.toml", folder / "small.toml"
    document.write_text(schema + more, encoding="utf-8")
    recipe.write_text(RECIPE, encoding="utf-8")
    command = typer.Typer()
    command.command()(train)
    told = CliRunner().invoke(
        command,
        [
            *(str(data), "--schema", str(document), "--recipe", str(recipe)),
            *("--models-dir", str(folder / "models"), "--version", version),
        ],
    )
    assert told.exit_code == 0, told.output
    return folder / "models" / version
