"""Files whose frauds are fewer than they look: copied, with noise or without, or interpolated."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from app.datasets import AMOUNT, CLASS, KAGGLE_NAMES, TIME, load_generator
from app.scoring.arrays import Flags, Floats
from tests.models import MODELS

# SMOTE interpolates between a row and one of so many nearest.
NEAREST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Payments:
    """Features (rows, 28) and the amount as the last column."""

    frauds: Floats
    legits: Floats

    @property
    def features(self) -> Floats:
        return np.vstack([self.frauds, self.legits])[:, :-1]

    @property
    def amounts(self) -> Floats:
        return np.vstack([self.frauds, self.legits])[:, -1]

    @property
    def is_fraud(self) -> Flags:
        return np.arange(len(self.frauds) + len(self.legits)) < len(self.frauds)


def gaussian_payments(rng: np.random.Generator, *, frauds: int, legits: int = 1_800) -> Payments:
    drawn = rng.normal(size=(frauds + legits, len(KAGGLE_NAMES) + 1))
    drawn[:frauds, :5] += 3.0
    drawn[:, -1] = rng.exponential(50, size=len(drawn))
    return Payments(_written(drawn[:frauds]), _written(drawn[frauds:]))


def generated_payments(rng: np.random.Generator, *, frauds: int, legits: int = 1_800) -> Payments:
    generator = load_generator(MODELS / "demo")
    drawn = generator.sample(legits + 40 * frauds, fraud_share=0.1, rng=rng)
    rows = np.column_stack([drawn.features, drawn.amounts])
    return Payments(rows[drawn.classes][:frauds], rows[~drawn.classes][:legits])


WORLDS: dict[str, Callable[..., Payments]] = {"gaussian": gaussian_payments, "generated": generated_payments}


def repeated(payments: Payments, *, times: int, noise: float, rng: np.random.Generator) -> Payments:
    """Each fraud so often; the noise is a share of each column's spread among legits, the amount's aside."""
    frauds = np.tile(payments.frauds, (times, 1))
    frauds[:, :-1] += noise * payments.legits[:, :-1].std(axis=0) * rng.normal(size=frauds[:, :-1].shape)
    return Payments(_written(frauds), payments.legits)


def interpolated(
    payments: Payments, *, count: int, with_originals: bool, rng: np.random.Generator, between: int = 2
) -> Payments:
    """So many mixes of a fraud and `between` - 1 of its nearest, as SMOTE makes them of two."""
    originals = payments.frauds
    scaled = originals / originals.std(axis=0)
    near = np.argsort(np.linalg.norm(scaled[:, None] - scaled, axis=2), axis=1)[:, 1 : NEAREST + 1]
    first = rng.integers(len(originals), size=count)
    others = rng.permuted(near[first], axis=1)[:, : between - 1]
    shares = rng.dirichlet(np.ones(between), size=count)
    made = (shares[..., None] * originals[np.column_stack([first, others])]).sum(axis=1)
    kept = originals[: len(originals) * with_originals]
    return Payments(_written(np.vstack([kept, made])), payments.legits)


def write_payments(path: Path, payments: Payments, rng: np.random.Generator) -> Path:
    """Write a Kaggle-format file, its rows in no order."""
    order = rng.permutation(payments.amounts.size)
    columns = {TIME: np.arange(order.size) * 30.0}
    columns |= dict(zip(KAGGLE_NAMES, payments.features[order].T, strict=True))
    columns |= {AMOUNT: payments.amounts[order], CLASS: payments.is_fraud[order].astype(int)}
    pyarrow.csv.write_csv(pa.table(columns), path)
    return path


def _written(rows: Floats) -> Floats:
    """Return values with the digits of a file: six decimals, amounts in cents."""
    rounded: Floats = np.column_stack([rows[:, :-1].round(6), np.abs(rows[:, -1]).round(2)])
    return rounded
