"""Days of the invented world, drawn once for all facts about them."""

from dataclasses import asdict
from functools import cache
from typing import Any

import numpy as np

from app.learning.payments_world.parameters import Parameters
from app.learning.payments_world.payments import Payments, payments_of_days
from app.learning.payments_world.world import World, build_world
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import Column

FIRST_DAY, DAYS = 20_574, 60


@cache
def a_world(seed: int = 3) -> World:
    return build_world(Parameters(), seed=seed)


@cache
def its_days() -> list[Payments]:
    return list(payments_of_days(a_world(), FIRST_DAY, DAYS))


def a_busy_world(**changes: float) -> World:
    """Return a small world in which some pattern is common."""
    small = Parameters(cards=400, terminals=120, cities=6)
    parameters: dict[str, Any] = asdict(small) | changes
    return build_world(Parameters(**parameters), seed=5)


def is_fraud() -> Flags:
    flags: Flags = np.concatenate([day.paid.is_fraud for day in its_days()])
    return flags


def numbers_of(column: Column) -> Floats:
    """Return the values of a column as numbers; words by their codes."""
    return column.codes.astype(np.float64) if column.codes.size else column.numbers
