"""A payment of a file reads what stands before it, also before the window that is read, and nothing later."""

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from app.cli.training.labelled_files import WHOLE, Window, read_own
from app.learning.splits import Split
from app.scoring.schema.document import schema_from

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = schema_from("""format = 1
name = "small"
[payment]
time = "at"
amount = "total"
[label]
column = "fraud"
delay_days = 1
[entities]
card = "card"
[[history]]
entity = "card"
fraud_share = true
""")


def a_file(folder: Path, *, changed_from: int = 400) -> Path:
    path = folder / "payments.csv"
    rng = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("at", "total", "card", "fraud"))
        for row in range(400):
            amount, fraud, card = rng.gamma(2, 20), rng.random() < 0.2, rng.integers(5)
            if row >= changed_from:
                amount, fraud = 10 * amount, not fraud
            writer.writerow(((BEGIN + timedelta(hours=row)).isoformat(), f"{amount:.2f}", card, int(fraud)))
    return path


def read(path: Path, window: Window) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    file, *_ = read_own(path, SCHEMA, window, Split.STRATIFIED, seed=0, holds_out=False)
    return file.features


def test_what_lies_before_the_window_is_history(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    whole = read(path, WHOLE)
    since = replace(WHOLE, since=BEGIN + timedelta(hours=200), until=BEGIN + timedelta(hours=300))
    # What stands in for a missing value is the median of the rows that are read.
    columns = [place for place in range(whole.shape[1]) if (whole[:, place] == whole[:, place]).all()]
    found = read(path, since)
    is_same = np.isclose(found[:, columns], whole[200:300, columns]).all(axis=0)
    assert is_same.all()


def test_what_comes_later_changes_nothing_before_it(tmp_path: Path) -> None:
    before = read(a_file(tmp_path), WHOLE)
    after = read(a_file(tmp_path, changed_from=250), WHOLE)
    assert np.array_equal(before[:250], after[:250])
    assert not np.array_equal(before[250:], after[250:])
