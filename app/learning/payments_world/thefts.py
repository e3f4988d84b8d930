"""Which terminals are compromised and which cards stolen on a day: the same for the same world and day."""

from dataclasses import dataclass

import numpy as np

from app.learning.payments_world.world import Codes, World
from app.scoring.arrays import Flags

#: Parts of a day's seed: what begins on it, and what is paid on it.
OF_TERMINALS, OF_CARDS, OF_PAYMENTS = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thefts:
    """What thieves hold on one day."""

    #: Shape (terminals,) and (cards,).
    is_compromised: Flags
    is_stolen: Flags
    #: Of each card the thief, as an index into the world's; without meaning where it is not stolen.
    thief: Codes


def rng_of(world: World, part: int, day: int) -> np.random.Generator:
    """Return the chance of one part of one day; `day` counts from 1970."""
    return np.random.default_rng([world.seed, part, day])


def thefts_on(world: World, day: int) -> Thefts:
    """Return what is compromised and stolen on a day: what began on it, or on one of the days before."""
    told = world.parameters
    is_compromised = np.zeros(told.terminals, dtype=np.bool_)
    for began in range(day - told.compromised_days + 1, day + 1):
        is_compromised |= began_on(world, OF_TERMINALS, began)
    is_stolen, thief = np.zeros(told.cards, dtype=np.bool_), np.zeros(told.cards, dtype=np.intp)
    for began in range(day - told.stolen_days + 1, day + 1):
        stolen = began_on(world, OF_CARDS, began)
        is_stolen |= stolen
        # Who steals on one day uses one device: its cards are linked.
        thief[stolen] = began % told.thieves
    return Thefts(is_compromised=is_compromised, is_stolen=is_stolen, thief=thief)


def began_on(world: World, part: int, day: int) -> Flags:
    """Return which terminals were compromised first, or cards stolen, on exactly this day."""
    told = world.parameters
    count, chance = (
        (told.terminals, told.compromised_a_day) if part == OF_TERMINALS else (told.cards, told.stolen_a_day)
    )
    began: Flags = rng_of(world, part, day).random(count) < chance
    return began
