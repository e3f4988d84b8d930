"""What the lab counts on stored decisions is what `tertium evaluate` counts on the rows they came from."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from app.cli.training.sample import default_data
from app.datasets import KAGGLE_NAMES, load_generator, read_labelled
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, live_service, tertium, wait_until
from tests.models import MODELS

GENERATED = 2_500
COUNTS = ("rows_reviewed", "frauds_approved", "frauds_declined", "legits_approved", "legits_declined")
FIGURE = re.compile(r"^figure (\w+) (\S+)(?: IN-SAMPLE)?$", re.MULTILINE)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Live]:
    """A service that has decided nothing yet."""
    with live_service(migrated(tmp_path / "data")) as live:
        yield live


@pytest.mark.parametrize("source", ["generated", "sample"])
def test_the_lab_and_evaluate_count_the_same(source: str, fresh: Live, tmp_path: Path) -> None:
    rows = generated_rows() if source == "generated" else rows_of_the_sample()
    file = write(tmp_path / f"{source}.csv", rows)
    key = fresh.key("shop")
    fresh.accept_feed("shop", key)
    replayed = tertium("replay", str(file), "--url", fresh.url, "--key", key, "--with-labels")
    assert counts_of(replayed)["replay_posted"] == len(rows["Class"])
    # The service does not know which rows taught the model: all members score each.
    told = counts_of(tertium("evaluate", "--data", str(file), "--with-fitted-rows"))
    counted = in_the_lab(fresh, known=len(rows["Class"]))
    assert counted == {name: told[name] for name in COUNTS}
    assert counted["rows_reviewed"] > 0
    assert counted["frauds_declined"] > 0


def generated_rows() -> dict[str, Any]:
    """Return payments like real ones, of which none is."""
    drawn = load_generator(MODELS / "demo").sample(
        GENERATED, fraud_share=0.1, rng=np.random.default_rng(20260101)
    )
    return columns(drawn.features, drawn.amounts, drawn.classes)


def rows_of_the_sample() -> dict[str, Any]:
    """Return the sample's frauds, and each sixteenth legit."""
    path = default_data()
    if not path.exists():
        pytest.skip("the sample is not on this machine")
    file, is_fraud = read_labelled(path, KAGGLE_NAMES)
    taken = is_fraud | (np.cumsum(~is_fraud) % 16 == 0)
    return columns(file.features[taken], file.amounts[taken], is_fraud[taken])


def columns(features: Any, amounts: Any, is_fraud: Any) -> dict[str, Any]:
    return {
        "Time": np.arange(len(amounts), dtype=np.float64),
        **{name: features[:, place] for place, name in enumerate(KAGGLE_NAMES)},
        "Amount": amounts,
        "Class": is_fraud.astype(np.int64),
    }


def write(path: Path, rows: dict[str, Any]) -> Path:
    pyarrow.csv.write_csv(pa.table(rows), path)
    return path


def counts_of(said: str) -> dict[str, float]:
    return {name: float(value) for name, value in FIGURE.findall(said)}


def in_the_lab(live: Live, *, known: int) -> dict[str, float]:
    """Return what the lab makes of the active policy on everything that was posted."""
    live.link("manager", "manager")
    token = tertium("user", "token", "manager", "--data-dir", str(live.data_dir)).split()[-1]
    with httpx.Client(base_url=live.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as manager:
        version = manager.get("/v1/policies/active").raise_for_status().json()
        # A tenth of frauds is no feed like the one that was learned from, which evaluate does not ask.
        document = {"document": version["document"] | {"wrong_feed": "decide"}}

        def outcome() -> dict[str, Any]:
            answer = manager.post("/v1/policies/simulate", json=document).raise_for_status()
            after: dict[str, Any] = answer.json()["after"]
            return after

        wait_until(lambda: outcome()["risk"]["known"] == known)
        return counted(outcome())


def counted(outcome: dict[str, Any]) -> dict[str, float]:
    labels, risk = outcome["labels"], outcome["risk"]
    missed, wronged = risk["known_frauds_approved"], risk["known_legits_declined"]
    return {
        "rows_reviewed": labels["unknown"],
        "frauds_approved": missed,
        "frauds_declined": labels["fraud"] - wronged,
        "legits_approved": labels["legit"] - missed,
        "legits_declined": wronged,
    }
