"""The world's payments, day by day: 10 million can be drawn without holding more than one day of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.learning.payments_world.columns import Story, columns_of
from app.learning.payments_world.paying import HOURS_A_DAY, SECONDS_AN_HOUR, Paid, paid_at
from app.learning.payments_world.thefts import OF_PAYMENTS, rng_of, thefts_on
from app.learning.payments_world.world import World
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import SECONDS_A_DAY, Column

#: Of payments by hour of the day (UTC).
BY_HOUR = np.array(
    [2, 1, 1, 1, 1, 2, 4, 6, 9, 11, 12, 13, 13, 12, 12, 12, 13, 14, 15, 14, 12, 9, 6, 4], dtype=np.float64
)
#: A fraud is reported a day later at the earliest.
REPORTED_FROM_DAYS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Payments:
    """Payments of one day with all that a client tells; shape (payments,) each."""

    paid: Paid
    #: By feature, in the schema's order.
    columns: Mapping[str, Column]
    cards: NDArray[np.object_]
    merchants: NDArray[np.object_]
    #: None where nothing is known: in shops.
    devices: NDArray[np.object_]
    addresses: NDArray[np.object_]
    #: When it became known, since 1970; NaN of what is no fraud.
    reported_seconds: Floats

    @property
    def entities(self) -> Mapping[str, NDArray[np.object_]]:
        """What payments share, by name."""
        return {
            "card": self.cards,
            "merchant": self.merchants,
            "device": self.devices,
            "ip": self.addresses,
        }


def payments_at(world: World, seconds: Floats, rng: np.random.Generator) -> Payments:
    """Return one payment per moment of one day; the same for the same state of `rng`.

    `seconds`: since 1970, ascending, all of one day in UTC, shape (payments,).
    """
    paid = paid_at(world, thefts_on(world, int(seconds[0] // SECONDS_A_DAY)), seconds, rng)
    story = Story(world, paid, rng)
    has_device = story.is_online & ~story.is_recurring
    return Payments(
        paid=paid,
        columns=columns_of(story),
        cards=_taken(world.cards.tokens, paid.card),
        merchants=_taken(world.terminals.names, paid.terminal),
        devices=_whose(world.cards.devices, world.thief_devices, story, has_device),
        addresses=_whose(world.cards.addresses, world.thief_addresses, story, has_device),
        reported_seconds=_reported(world, paid, rng),
    )


def payments_of_days(world: World, first_day: int, days: int) -> Iterator[Payments]:
    """Yield the payments of each day, counted from 1970; a day is the same whichever is the first."""
    expected = world.cards.payments_a_day.sum()
    for day in range(first_day, first_day + days):
        rng = rng_of(world, OF_PAYMENTS, day)
        if count := int(rng.poisson(expected)):
            yield payments_at(world, day * SECONDS_A_DAY + _seconds_of_day(count, rng), rng)


def _seconds_of_day(count: int, rng: np.random.Generator) -> Floats:
    """Return whole seconds of a day, ascending: people shop by day, and little at night."""
    hours = rng.choice(HOURS_A_DAY, size=count, p=BY_HOUR / BY_HOUR.sum())
    return np.sort(hours * SECONDS_AN_HOUR + rng.integers(SECONDS_AN_HOUR, size=count)).astype(np.float64)


def _reported(world: World, paid: Paid, rng: np.random.Generator) -> Floats:
    days = REPORTED_FROM_DAYS + rng.gamma(2.0, world.parameters.reported_after_days / 2, paid.card.size)
    return np.where(paid.is_fraud, (paid.seconds + days * SECONDS_A_DAY).round(), np.nan)


def _whose(
    owners: tuple[str, ...], thieves: tuple[str, ...], story: Story, is_there: Flags
) -> NDArray[np.object_]:
    """Return the owner's, or the thief's where a thief pays by the number on a device of their own."""
    paid = story.paid
    told: NDArray[np.object_] = np.where(
        story.is_thiefs_device, _taken(thieves, paid.thief), _taken(owners, paid.card)
    )
    told[~is_there] = None
    return told


def _taken(words: tuple[str, ...], places: NDArray[np.intp]) -> NDArray[np.object_]:
    taken: NDArray[np.object_] = np.array(words, dtype=np.object_)[places]
    return taken
