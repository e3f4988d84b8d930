"""The world's cards and terminals, each with a profile: who lives where, and pays how much at which shops."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.learning.payments_world.parameters import Parameters
from app.learning.payments_world.trade import CATEGORIES, CITIES, COUNTRIES, DEVICES, PRODUCT_SHARES
from app.scoring.arrays import Flags, Floats

Codes = NDArray[np.intp]

#: The map is a square of so many kilometres; homes and terminals lie around cities.
MAP_KM, CITY_KM = 1_500.0, 6.0
#: A card's usual terminals near its home, and its usual online shops.
USUAL_NEAR, USUAL_ONLINE = 12, 6
#: A card is made anew after its term, and a device is exchanged after a term of its own: no world grows old.
CARD_TERM_DAYS, DEVICE_TERM_DAYS = 1_400, (60, 1_200)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terminals:
    """Where cards are used; arrays of shape (terminals,), places of shape (terminals, 2) in kilometres."""

    names: tuple[str, ...]
    #: Indices into `CATEGORIES` and `COUNTRIES`.
    category: Codes
    country: Codes
    is_online: Flags
    place: Floats
    #: How often each is paid at beside others.
    weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cards:
    """Who pays; arrays of shape (cards,), places of shape (cards, 2) in kilometres."""

    tokens: tuple[str, ...]
    devices: tuple[str, ...]
    addresses: tuple[str, ...]
    country: Codes
    product: Codes
    home: Floats
    #: Usual amount in EUR, payments a day, and how much of them is online.
    usual_amount: Floats
    payments_a_day: Floats
    online_share: Floats
    #: In EUR a month.
    limit: Floats
    #: How old card and device would have been on the first day of 1970, and the device's term; in days.
    age_days: Floats
    device_age_days: Floats
    device_term_days: Floats
    #: Indices of usual terminals, shape (cards, USUAL_NEAR) and (cards, USUAL_ONLINE).
    near: Codes
    online: Codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """Who pays, where, and by which devices thieves do."""

    parameters: Parameters
    seed: int
    cards: Cards
    terminals: Terminals
    thief_devices: tuple[str, ...]
    thief_addresses: tuple[str, ...]


def build_world(parameters: Parameters, *, seed: int) -> World:
    """Return a world; the same for the same parameters and seed."""
    of_terminals, of_cards, of_thieves = np.random.default_rng([seed, 0]).spawn(3)
    cities = of_terminals.random((parameters.cities, 2)) * MAP_KM
    terminals = _terminals(parameters, cities, of_terminals)
    return World(
        parameters=parameters,
        seed=seed,
        terminals=terminals,
        cards=_cards(parameters, cities, terminals, of_cards),
        thief_devices=_devices(parameters.thieves, of_thieves),
        thief_addresses=_addresses(parameters.thieves, of_thieves),
    )


def _terminals(parameters: Parameters, cities: Floats, rng: np.random.Generator) -> Terminals:
    count = parameters.terminals
    category = rng.choice(len(CATEGORIES), size=count, p=_shares([each.share for each in CATEGORIES]))
    city = rng.integers(len(cities), size=count)
    online_share = np.array([each.online_share for each in CATEGORIES])[category]
    return Terminals(
        names=tuple(_shop_names(category, city)),
        category=category,
        country=_country_of(city),
        is_online=rng.random(count) < online_share,
        place=cities[city] + rng.normal(scale=CITY_KM, size=(count, 2)),
        weight=rng.lognormal(sigma=0.8, size=count),
    )


def _shop_names(category: Codes, city: Codes) -> Iterator[str]:
    """Yield the terminals' names: what is bought, where, and the number there."""
    counted: dict[tuple[int, int], int] = {}
    for kind, place in zip(category.tolist(), city.tolist(), strict=True):
        counted[kind, place] = number = counted.get((kind, place), 0) + 1
        yield f"{CATEGORIES[kind].name.capitalize()} {_city_name(place)} {number}"


def _city_name(city: int) -> str:
    rounds, place = divmod(city, len(CITIES))
    return CITIES[place] if rounds == 0 else f"{CITIES[place]} {'I' * (rounds + 1)}"


def _country_of(city: Codes) -> Codes:
    return city % len(COUNTRIES)


def _cards(parameters: Parameters, cities: Floats, terminals: Terminals, rng: np.random.Generator) -> Cards:
    count = parameters.cards
    city = rng.integers(len(cities), size=count)
    home = cities[city] + rng.normal(scale=CITY_KM, size=(count, 2))
    usual_amount = np.clip(rng.lognormal(np.log(28.0), 0.5, size=count), 5.0, 120.0)
    return Cards(
        tokens=tuple(f"card-{number:06d}" for number in rng.permutation(count).tolist()),
        devices=_devices(count, rng),
        addresses=_addresses(count, rng),
        country=_country_of(city),
        product=rng.choice(len(PRODUCT_SHARES), size=count, p=PRODUCT_SHARES),
        home=home,
        usual_amount=usual_amount,
        payments_a_day=parameters.payments_a_day * rng.gamma(2.0, 0.5, size=count),
        online_share=rng.beta(2.0, 5.0, size=count),
        limit=(usual_amount * rng.uniform(40, 160, size=count)).round(-1),
        age_days=rng.integers(CARD_TERM_DAYS, size=count).astype(np.float64),
        device_age_days=rng.integers(DEVICE_TERM_DAYS[1], size=count).astype(np.float64),
        device_term_days=rng.integers(*DEVICE_TERM_DAYS, size=count).astype(np.float64),
        near=_near(home, terminals, parameters.radius_km, rng),
        online=_any_online(count, terminals, rng),
    )


def _near(home: Floats, terminals: Terminals, radius_km: float, rng: np.random.Generator) -> Codes:
    """Return usual terminals of each card, drawn by weight within the radius, or the nearest one."""
    shops = np.flatnonzero(~terminals.is_online)
    place, weight = terminals.place[shops], terminals.weight[shops]
    found = np.empty((len(home), USUAL_NEAR), dtype=np.intp)
    for number, of_home in enumerate(home):
        distance = np.hypot(*(place - of_home).T)
        inside = np.flatnonzero(distance <= radius_km)
        if inside.size:
            found[number] = shops[rng.choice(inside, size=USUAL_NEAR, p=_shares(weight[inside]))]
        else:
            found[number] = shops[np.argmin(distance)]
    return found


def _any_online(cards: int, terminals: Terminals, rng: np.random.Generator) -> Codes:
    shops = np.flatnonzero(terminals.is_online)
    return rng.choice(shops, size=(cards, USUAL_ONLINE), p=_shares(terminals.weight[shops]))


def _devices(count: int, rng: np.random.Generator) -> tuple[str, ...]:
    kinds, numbers = rng.integers(len(DEVICES), size=count), rng.integers(16**7, size=count)
    pairs = zip(kinds.tolist(), numbers.tolist(), strict=True)
    return tuple(f"{DEVICES[kind]} {number:07x}" for kind, number in pairs)


def _addresses(count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Return addresses of the range reserved for documentation (RFC 3849): they are nobody's."""
    halves = rng.integers(1, 16**4, size=(count, 2)).tolist()
    return tuple(f"2001:db8:{first:x}::{second:x}" for first, second in halves)


def _shares(weights: Floats | list[float]) -> Floats:
    """Return weights that add up to one."""
    told = np.asarray(weights, dtype=np.float64)
    shares: Floats = told / told.sum()
    return shares
