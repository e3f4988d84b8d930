"""Who pays where and how much at given moments, and which of it is fraud, by the three patterns."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from app.learning.payments_world.thefts import Thefts
from app.learning.payments_world.trade import CATEGORIES
from app.learning.payments_world.world import USUAL_NEAR, USUAL_ONLINE, Codes, World
from app.scoring.arrays import Flags, Floats

SECONDS_AN_HOUR, HOURS_A_DAY, LAST_NIGHT_HOUR = 3_600, 24, 6
#: Payments in shops anywhere rather than at usual terminals; of thieves' with the stolen card in hand, half.
AWAY_SHARE, STOLEN_AWAY_SHARE = 0.04, 0.5
#: Of ten thefts so many are of the number alone; in the others the card itself is gone.
NUMBERS_OF_TEN = 7
#: Of one card's amounts in one category, as a standard deviation of their logarithms.
AMOUNTS_VARY = 0.5
LEAST_AMOUNT = 0.5


class Pattern(IntEnum):
    """Which of the three patterns makes a payment a fraud."""

    NONE = 0
    LARGE = 1
    TERMINAL = 2
    CARD = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paid:
    """Payments of one day as the world knows them, without what a client tells; shape (payments,) each."""

    #: Since 1970.
    seconds: Floats
    #: Indices into the world's cards and terminals.
    card: Codes
    terminal: Codes
    #: In EUR, whole cents.
    amounts: Floats
    #: Values of `Pattern`.
    pattern: Codes
    #: By the number of a stolen card alone, in an online shop.
    is_by_number: Flags
    #: As an index into the world's thieves; without meaning but for stolen cards.
    thief: Codes

    @property
    def is_fraud(self) -> Flags:
        """Whether it is fraud."""
        flags: Flags = self.pattern != Pattern.NONE
        return flags


def paid_at(world: World, thefts: Thefts, seconds: Floats, rng: np.random.Generator) -> Paid:
    """Return one payment per moment of one day; the same for the same state of `rng`."""
    told = world.parameters
    card = _cards(world, thefts, seconds, rng)
    is_stolen = thefts.is_stolen[card] & (rng.random(seconds.size) < told.stolen_fraud_share)
    is_by_number = is_stolen & ((card + thefts.thief[card]) % 10 < NUMBERS_OF_TEN)
    terminal = _terminals(world, card, is_stolen, is_by_number, rng)
    amounts = _amounts(world, card, terminal, rng)
    amounts[is_stolen] = (amounts[is_stolen] * told.stolen_factor).round(2)
    is_at_compromised = thefts.is_compromised[terminal] & (
        rng.random(seconds.size) < told.compromised_fraud_share
    )
    is_large = (amounts > told.large_from) & (rng.random(seconds.size) < told.large_fraud_share)
    pattern = np.select(
        [is_stolen, is_at_compromised, is_large],
        [Pattern.CARD, Pattern.TERMINAL, Pattern.LARGE],
        Pattern.NONE,
    )
    return Paid(
        seconds=seconds,
        card=card,
        terminal=terminal,
        amounts=amounts,
        pattern=pattern.astype(np.intp),
        is_by_number=is_by_number,
        thief=thefts.thief[card],
    )


def hours_of(seconds: Floats) -> Codes:
    """Return the hour of the day (UTC) of moments since 1970."""
    hours: Codes = (seconds // SECONDS_AN_HOUR % HOURS_A_DAY).astype(np.intp)
    return hours


def _cards(world: World, thefts: Thefts, seconds: Floats, rng: np.random.Generator) -> Codes:
    """Return who pays: by how often each does, and at night thieves more than owners."""
    by_day = world.cards.payments_a_day
    by_night = np.where(thefts.is_stolen, world.parameters.stolen_at_night, 1.0) * by_day
    drawn, is_night = rng.random(seconds.size), hours_of(seconds) < LAST_NIGHT_HOUR
    return np.where(is_night, _by_weight(by_night, drawn), _by_weight(by_day, drawn))


def _terminals(
    world: World, card: Codes, is_stolen: Flags, is_by_number: Flags, rng: np.random.Generator
) -> Codes:
    """Return where each pays: near home, now and then away, or online."""
    cards, terminals = world.cards, world.terminals
    count = card.size
    goes_online = np.where(is_stolen, is_by_number, rng.random(count) < cards.online_share[card])
    is_away = rng.random(count) < np.where(is_stolen, STOLEN_AWAY_SHARE, AWAY_SHARE)
    near = cards.near[card, rng.integers(USUAL_NEAR, size=count)]
    online = cards.online[card, rng.integers(USUAL_ONLINE, size=count)]
    resale = np.array([each.resale for each in CATEGORIES])[terminals.category] * terminals.weight
    anywhere = _by_weight(terminals.weight * ~terminals.is_online, rng.random(count))
    resold = _by_weight(resale * terminals.is_online, rng.random(count))
    return np.select([is_by_number, goes_online, is_away], [resold, online, anywhere], near)


def _amounts(world: World, card: Codes, terminal: Codes, rng: np.random.Generator) -> Floats:
    factor = np.array([each.amount_factor for each in CATEGORIES])[world.terminals.category[terminal]]
    drawn = world.cards.usual_amount[card] * factor * rng.lognormal(sigma=AMOUNTS_VARY, size=card.size)
    amounts: Floats = np.maximum(drawn, LEAST_AMOUNT).round(2)
    return amounts


def _by_weight(weights: Floats, drawn: Floats) -> Codes:
    """Return places, each as likely as its weight; `drawn` lies in [0, 1)."""
    edges = np.cumsum(weights)
    places: Codes = np.searchsorted(edges, drawn * edges[-1], side="right")
    return places
