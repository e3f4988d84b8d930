"""The payments of the year: the demo's generator, and a new kind of fraud from one day on.

The new frauds look like ordinary payments but for a few columns in which the frauds before them did not
differ: a model that learned from those approves them, one that learns from both can tell them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from app.cli.demo.supplies import GENERATOR
from app.datasets import load_generator
from app.learning.demo_world import Payment, build_world, payments
from app.learning.generator import Generator, Mixture
from app.scoring.schema.document import document_of
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.schema import LabelColumn, PaymentColumns, Schema

BEGINS_AT = datetime(2025, 1, 1, tzinfo=UTC)
FRAUD_SHARE = 0.03
#: The part of all frauds that is of the new kind, once it has come.
NEW_SHARE = 0.45
#: By how many standard deviations of ordinary payments the new frauds lie apart.
NEW_KIND = {"V13": 2.2, "V15": -2.2, "V24": 2.2, "V26": -2.2}
#: Days until a chargeback is heard of, and one to be sure.
LABEL_DELAY_DAYS = 31


class YearSupply:
    """Payments, each fresh; from a moment on their frauds are of both kinds."""

    def __init__(self, rng: np.random.Generator, *, drift_at: datetime) -> None:
        self._rng = rng
        self._drift_at = drift_at
        self._before = load_generator(GENERATOR)
        self._after = with_new_kind(self._before)
        self._world = build_world(rng)

    @property
    def names(self) -> tuple[str, ...]:
        """V1..V28."""
        return self._before.names

    def payments(self, moments: Sequence[datetime]) -> list[Payment]:
        """Return one payment per moment; moments ascend."""
        made: list[Payment] = []
        for is_after, those in groupby(moments, key=lambda moment: moment >= self._drift_at):
            made += payments(
                self._after if is_after else self._before,
                self._world,
                list(those),
                fraud_share=FRAUD_SHARE,
                rng=self._rng,
            )
        return made


def with_new_kind(generator: Generator) -> Generator:
    """Return the generator once the new frauds have taken their part from the old ones."""
    legit, old = generator.legit, generator.fraud
    spreads = np.sqrt(np.diag(legit.covariance))
    apart = np.array([NEW_KIND.get(name, 0.0) for name in (*generator.names, "amount")])
    fraud = Mixture(
        weights=np.concatenate([(1 - NEW_SHARE) * old.weights, NEW_SHARE * legit.weights]),
        means=np.concatenate([old.means, legit.means + apart * spreads]),
        factors=np.concatenate([old.factors, legit.factors]),
    )
    return replace(generator, fraud=fraud)


def year_schema(names: Sequence[str]) -> Schema:
    """Return what the payments of the year hold, as a team would write it."""
    return Schema(
        name="payments of the simulated year",
        features=tuple(Feature(name=name, kind=Kind.NUMERIC) for name in names),
        payment=PaymentColumns(time="at", amount="amount"),
        label=LabelColumn(column="fraud", delay_days=LABEL_DELAY_DAYS),
    )


def write_earlier_payments(folder: Path, rows: int, *, days: int, rng: np.random.Generator) -> None:
    """Write `rows.csv`, labelled payments of the days before the year, and `schema.toml` into a folder."""
    generator = load_generator(GENERATOR)
    drawn = generator.sample(rows, fraud_share=FRAUD_SHARE, rng=rng)
    begins_at = BEGINS_AT - timedelta(days=days)
    columns: dict[str, Any] = dict(zip(generator.names, drawn.features.T, strict=True))
    columns["at"] = [(begins_at + timedelta(days=days * row / rows)).isoformat() for row in range(rows)]
    columns |= {"amount": drawn.amounts, "fraud": drawn.classes.astype(int)}
    pyarrow.csv.write_csv(pa.table(columns), folder / "rows.csv")
    (folder / "schema.toml").write_text(document_of(year_schema(generator.names)), encoding="utf-8")
