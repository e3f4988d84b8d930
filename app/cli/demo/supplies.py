"""Where demo payments come from: the generator fitted to the card data, or the invented world."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np

from app.cli.demo.schemas import SHIPPED, DemoSchema
from app.datasets import load_generator
from app.datasets.payment_files.world_files import world_schema
from app.learning.demo_world import Payment, build_world, payments
from app.learning.payments_world import world as payments_world
from app.learning.payments_world.parameters import DEMO
from app.learning.payments_world.payments import payments_at
from app.learning.payments_world.posting import posted
from app.scoring.schema.columns import SECONDS_A_DAY

GENERATOR = SHIPPED / "demo"
#: Fifteen times the real share of frauds, so that an evening shows some.
FRAUD_SHARE = 0.025
#: The cards of the past pay on, and thieves go on with them: each start has the same world.
WORLD_SEED = 1815


class Supply(Protocol):
    """Makes payments, each fresh."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of their features."""
        ...

    def payments(self, moments: Sequence[datetime]) -> list[Payment]:
        """Return one payment per moment; moments ascend."""
        ...


class CardSupply:
    """Payments like the card data's, around which an invented world is put for people to look at."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        """Load the generator. Raises `DatasetRefused`."""
        self._generator = load_generator(folder)
        self._rng = np.random.default_rng(seed)
        self._world = build_world(self._rng)

    @property
    def names(self) -> tuple[str, ...]:
        """V1..V28."""
        return self._generator.names

    def payments(self, moments: Sequence[datetime]) -> list[Payment]:
        """Return one payment per moment."""
        return payments(self._generator, self._world, moments, fraud_share=FRAUD_SHARE, rng=self._rng)


class WorldSupply:
    """Payments of the invented world's cards, with named columns."""

    def __init__(self, *, seed: int) -> None:
        self._schema = world_schema()
        self._world = payments_world.build_world(DEMO, seed=WORLD_SEED)
        self._rng = np.random.default_rng(seed)

    @property
    def names(self) -> tuple[str, ...]:
        """As schema.toml has them."""
        return self._schema.names

    def payments(self, moments: Sequence[datetime]) -> list[Payment]:
        """Return one payment per moment; thieves hold other cards each day."""
        made: list[Payment] = []
        for _, of_day in groupby(moments, key=lambda moment: moment.timestamp() // SECONDS_A_DAY):
            seconds = np.array([moment.timestamp() for moment in of_day])
            made += posted(payments_at(self._world, seconds, self._rng), self._schema)
        return made


def supply_of(schema: DemoSchema, *, seed: int) -> Supply:
    """Return what makes payments of a schema. Raises `DatasetRefused`."""
    return CardSupply(GENERATOR, seed=seed) if schema is DemoSchema.CARD else WorldSupply(seed=seed)
