"""What history costs at intake: single payments, four entities with fraud shares, a month before them.

`history_intake`: the same bodies go to a model that reads the history of each entity and to one that reads
none, after as many payments on both sides, alternated rounds, medians. `intake_history_ratio` is payments per
second with history by those without; in `hot` rounds half of all payments name one merchant.
`history_10m`: one model with history, over 10,000 states and over ten million; the posted payments name keys
drawn evenly from all of them, and states of a few quarters of days, as most keys have, lie evenly between.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.csv

from app.artifacts import load_model
from app.scoring.schema.document import document_of
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.history import History
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema
from benchmarks.history_preload import (
    SEED_ROWS,
    Known,
    bytes_of_states,
    fill_among_idle,
    fill_states,
    multiply,
    post,
    settle,
)
from benchmarks.intake import ROUNDS, SECONDS, WARM_UP_SECONDS, Round, client_key, write_lines, wrk_round
from benchmarks.service import BIN, served

#: How many payments came before, and how many states there are.
PAYMENTS = int(os.environ.get("BENCH_ROWS", "1000000"))
FEW_STATES, MANY_STATES = 10_000, int(os.environ.get("BENCH_STATES", "10000000"))
#: The entities of made-up payments, and how many of each there are: a card pays twenty times a month.
ENTITIES = {"card": 50_000, "device": 50_000, "merchant": 2_000, "email": 50_000}
#: As many numbers as the shipped model reads.
NUMBERS, ROWS, FRAUDS, BODIES = 28, 4_000, 400, 60_000
RECIPE = """about = "For the benchmark of intake."
[[groups]]
schedule = { epochs = 2 }
"""
BEGIN = datetime(2026, 4, 1, tzinfo=UTC)
#: Port, key and bodies.
Side = tuple[int, str, Path]


def history_intake() -> dict[str, float]:
    """Return `intake_history_ratio`, `hot_merchant_ratio` and their parts."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        drawn = _drawn(np.random.default_rng(0), BODIES, ENTITIES)
        hot = [_with_merchant(each, "merchant-0") if place % 2 else each for place, each in enumerate(drawn)]
        plain, history = (stack.enter_context(_preloaded(work, name, drawn)) for name in ("plain", "history"))
        lines = work / "hot.bodies"
        write_lines(lines, _open_bodies(hot))
        found = _rounds({"plain": plain, "history": history, "hot": (*history[:2], lines)})
        all_bytes, own_bytes = bytes_of_states(work / "history")
    speed = {name: median(each.per_second for each in of) for name, of in found.items()}
    p99 = {name: median(each.p99_ms for each in of) for name, of in found.items()}
    return {
        "intake_history_ratio": speed["history"] / speed["plain"],
        "hot_merchant_ratio": speed["hot"] / speed["plain"],
        "hot_merchant_per_second": speed["hot"],
        "hot_merchant_p99_ms": p99["hot"],
        **{f"intake_{name}_per_second": speed[name] for name in ("plain", "history")},
        **{f"intake_{name}_p99_ms": p99[name] for name in ("plain", "history")},
        "history_state_bytes": own_bytes,
        "history_state_disk_bytes": all_bytes,
    }


def history_10m() -> dict[str, float]:
    """Return `history_10m_ratio`, payments per second over ten million states by those over few."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = trained(work / "model", has_history=True)
        sides = {
            name: stack.enter_context(_among(work, name, models, states))
            for name, states in (("few", FEW_STATES), ("many", MANY_STATES))
        }
        found = _rounds(sides)
        all_bytes, own_bytes = bytes_of_states(work / "many")
    speed = {name: median(each.per_second for each in of) for name, of in found.items()}
    return {
        "history_10m_ratio": speed["many"] / speed["few"],
        **{f"history_{name}_states_per_second": each for name, each in speed.items()},
        "history_10m_p99_ms": median(each.p99_ms for each in found["many"]),
        "history_idle_state_bytes": own_bytes,
        "history_idle_state_disk_bytes": all_bytes,
    }


def _rounds(sides: Mapping[str, Side]) -> dict[str, list[Round]]:
    for each in sides.values():
        wrk_round(*each, WARM_UP_SECONDS)
    found: dict[str, list[Round]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, each in sides.items():
            found[name].append(wrk_round(*each, SECONDS))
    return found


@contextmanager
def _side(work: Path, name: str, bodies: Sequence[Mapping[str, Any]], models: Path) -> Iterator[Side]:
    lines = work / f"{name}.bodies"
    write_lines(lines, _open_bodies(bodies))
    key = client_key(work / name)
    with served(work / name, {"TERTIUM_MODELS_DIR": str(models)}) as port:
        yield port, key, lines


@contextmanager
def _preloaded(work: Path, name: str, bodies: Sequence[Mapping[str, Any]]) -> Iterator[Side]:
    """Serve a model over as many payments, and, where it reads history, the states they left."""
    models = trained(work / f"{name}-model", has_history=name == "history")
    with _side(work, name, bodies, models) as side:
        post(*side[:2], bodies[:SEED_ROWS])
        multiply(work / name, PAYMENTS)
        if name == "history":
            payments_a_key = {entity: PAYMENTS / many for entity, many in ENTITIES.items()}
            fill_states(work / name, _known(models, ENTITIES), payments_a_key=payments_a_key)
        settle(work / name)
        yield side


@contextmanager
def _among(work: Path, name: str, models: Path, states: int) -> Iterator[Side]:
    """Serve a model with history over so many states, those of the posted keys among them."""
    bodies = _drawn(np.random.default_rng(0), BODIES, dict.fromkeys(ENTITIES, states // len(ENTITIES)))
    named = {entity: {each["attributes"][entity] for each in bodies} for entity in ENTITIES}
    with _side(work, name, bodies, models) as side:
        post(*side[:2], bodies[:1])
        fill_among_idle(work / name, _known_values(models, named), states)
        settle(work / name)
        yield side


def _known(models: Path, many: Mapping[str, int]) -> list[Known]:
    return _known_values(
        models, {name: [f"{name}-{number}" for number in range(count)] for name, count in many.items()}
    )


def _known_values(models: Path, values: Mapping[str, Sequence[str] | set[str]]) -> list[Known]:
    """Return what one history each knows, in an order by chance: no key lies beside its neighbour."""
    kept = load_model(models / "four", device="cpu").schema.described.kept
    known = [Known(history=each, value=value) for each in kept for value in sorted(values[each.entity])]
    return [known[place] for place in np.random.default_rng(0).permutation(len(known)).tolist()]


def _open_bodies(bodies: Sequence[Mapping[str, Any]]) -> list[bytes]:
    return [orjson.dumps({"transaction_id": "UNIQUE", **each}) for each in bodies]


def _with_merchant(body: dict[str, Any], merchant: str) -> dict[str, Any]:
    return body | {"attributes": body["attributes"] | {"merchant": merchant}}


def _drawn(rng: np.random.Generator, count: int, entities: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return bodies of such payments without ids."""
    numbers = rng.normal(size=(count, NUMBERS)).round(6).tolist()
    keys = {name: rng.integers(many, size=count).tolist() for name, many in entities.items()}
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


def trained(work: Path, *, has_history: bool) -> Path:
    """Train a small recipe on rows of that kind, some of them frauds that differ; the models' folder."""
    work.mkdir()
    rng = np.random.default_rng(1)
    rows = _drawn(rng, ROWS, ENTITIES)
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
    words = ("--schema", str(work / "schema.toml"), "--models-dir", str(work / "models"))
    recipe = ("--recipe", str(work / "recipe.toml"), "--version", "four")
    subprocess.run(
        [BIN / "tertium", "train", str(work / "rows.csv"), *words, *recipe], check=True, capture_output=True
    )
    return work / "models"
