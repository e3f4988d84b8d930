"""What a client tells of a payment beside card, shop and amount: columns that thieves change a little.

No column settles anything: owners travel, buy new phones and send gifts, and thieves use what is near.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from app.learning.payments_world import trade
from app.learning.payments_world.paying import Paid, Pattern
from app.learning.payments_world.world import CARD_TERM_DAYS, Codes, World
from app.scoring.arrays import Flags, Floats
from app.scoring.schema.columns import SECONDS_A_DAY, Column

#: Up to here (EUR) a contactless payment asks for no PIN.
CONTACTLESS_UP_TO = 50.0
#: Frauds at a compromised terminal that look like it; the others look like any payment there.
CLONED_SHARE = 0.9
#: Owners who are not at home when they pay online, on a new device, and to another address.
ROAMING, NEW_DEVICE, GIFTS = 0.07, 0.09, 0.15
#: Thieves who are far when they pay by a number, on a device of their own, to an address of their own, by a
#: program.
THIEVES_FAR, THIEVES_DEVICE, THIEVES_ADDRESS, PROGRAMS = 0.4, 0.6, 0.5, 0.2
#: Payments whose client does not know them.
NO_IP, DIGITAL_GOODS = 0.03, 0.25
#: The card network's own opinion, as a logit: what is usual, by how much frauds of each pattern stand out,
#: and those with a stolen card in hand. It hears of other frauds at the same terminal, with the same card.
NETWORK_USUAL, NETWORK_BEST = -2.2, 999.0
NETWORK_FRAUDS, NETWORK_IN_HAND = (0.0, 0.4, 2.0, 0.6), 1.8

COUNTRY_WORDS = (*trade.COUNTRIES, *trade.FAR_COUNTRIES)


class Story:
    """What lies behind one day's payments: flags of shape (payments,) that several columns read."""

    def __init__(self, world: World, paid: Paid, rng: np.random.Generator) -> None:
        count, terminals = paid.card.size, world.terminals

        def happens(likely: Floats | float, unlikely: float = 0.0, *, to: Flags | None = None) -> Flags:
            chances = likely if to is None else np.where(to, likely, unlikely)
            flags: Flags = rng.random(count) < chances
            return flags

        self.world, self.paid, self.rng = world, paid, rng
        self.is_online: Flags = terminals.is_online[paid.terminal]
        recurring = np.array([each.recurring_share for each in trade.CATEGORIES])
        self.is_recurring: Flags = ~paid.is_fraud & happens(recurring[terminals.category[paid.terminal]])
        self.is_in_hand: Flags = (paid.pattern == Pattern.CARD) & ~paid.is_by_number
        self.is_cloned: Flags = (paid.pattern == Pattern.TERMINAL) & ~self.is_online & happens(CLONED_SHARE)
        self.is_far: Flags = self.is_online & happens(THIEVES_FAR, ROAMING, to=paid.is_by_number)
        self.is_thiefs_device: Flags = paid.is_by_number & happens(THIEVES_DEVICE)
        self.is_new_device: Flags = self.is_thiefs_device | happens(
            2 * NEW_DEVICE, NEW_DEVICE, to=paid.is_fraud
        )
        self.is_other_address: Flags = happens(THIEVES_ADDRESS, GIFTS, to=paid.is_by_number)
        self.is_program: Flags = paid.is_by_number & happens(PROGRAMS)

    @property
    def day(self) -> Floats:
        """Of each payment, counted from 1970."""
        days: Floats = self.paid.seconds // SECONDS_A_DAY
        return days


def columns_of(story: Story) -> Mapping[str, Column]:
    """Return the columns by the names that schema.toml gives them, in its order."""
    world, paid = story.world, story.paid
    entry_mode = _entry_modes(story)
    card_country = world.cards.country[paid.card]
    return {
        "merchant_category": _words(
            world.terminals.category[paid.terminal], [each.name for each in trade.CATEGORIES]
        ),
        "merchant_country": _words(world.terminals.country[paid.terminal], trade.COUNTRIES),
        "entry_mode": _words(entry_mode, trade.ENTRY_MODES),
        "cardholder_check": _words(_checks(story, entry_mode), trade.CHECKS),
        "recurring": Column(numbers=story.is_recurring.astype(np.float64)),
        "card_product": _words(world.cards.product[paid.card], trade.PRODUCTS),
        "card_country": _words(card_country, trade.COUNTRIES),
        "card_age": Column(numbers=_card_age(story)),
        "monthly_limit": Column(numbers=world.cards.limit[paid.card]),
        "limit_left": Column(numbers=_limit_left(story)),
        "distance_from_home": Column(numbers=_distance(story)),
        "ip_country": _words(_ip_country(story, card_country), COUNTRY_WORDS),
        "device_age": Column(numbers=_device_age(story)),
        "address_match": Column(numbers=_address_match(story)),
        "checkout_time": Column(numbers=_checkout_time(story)),
        "network_score": Column(numbers=_network_score(story)),
    }


def _words(codes: Codes, words: Sequence[str]) -> Column:
    return Column(codes=codes.astype(np.int32), words=tuple(words))


def _entry_modes(story: Story) -> Codes:
    """Return places in `ENTRY_MODES`; chances are of chip, contactless and magnetic stripe."""
    is_small = story.paid.amounts < CONTACTLESS_UP_TO
    chances = np.where(is_small[:, None], (0.23, 0.75, 0.02), (0.77, 0.21, 0.02))
    chances[story.is_in_hand] = (0.35, 0.55, 0.10)
    chances[story.is_cloned] = (0.35, 0.15, 0.50)
    drawn = story.rng.random(is_small.size)
    in_shops = (drawn[:, None] >= chances.cumsum(axis=1)[:, :2]).sum(axis=1)
    online = np.where(story.is_recurring, _mode(trade.STORED), _mode(trade.ONLINE))
    return np.where(story.is_online, online, in_shops)


def _checks(story: Story, entry_mode: Codes) -> Codes:
    """Return places in `CHECKS`: what the owner of the card was asked for."""
    drawn, amounts = story.rng.random(entry_mode.size), story.paid.amounts
    is_wordless = (entry_mode == _mode(trade.CONTACTLESS)) & (amounts < CONTACTLESS_UP_TO)
    is_striped = entry_mode == _mode(trade.STRIPE)
    knows_pin = drawn < np.where(story.is_in_hand, 0.35, 0.92)
    is_strong = drawn < np.where(story.paid.is_by_number, 0.35, 0.65)
    in_shops = np.select(
        [is_wordless, is_striped & (drawn < 0.7), is_striped, knows_pin],
        [_check(trade.NO_CHECK), _check(trade.SIGNATURE), _check(trade.NO_CHECK), _check(trade.PIN)],
        _check(trade.SIGNATURE),
    )
    is_asked = is_strong & ~story.is_recurring
    online = np.where(is_asked, _check(trade.STRONG), _check(trade.NO_CHECK))
    return np.where(story.is_online, online, in_shops)


def _mode(word: str) -> int:
    return trade.ENTRY_MODES.index(word)


def _check(word: str) -> int:
    return trade.CHECKS.index(word)


def _card_age(story: Story) -> Floats:
    age: Floats = (story.world.cards.age_days[story.paid.card] + story.day) % CARD_TERM_DAYS
    return age


def _limit_left(story: Story) -> Floats:
    """Return what is left of the month's limit, EUR: less on cards that thieves have paid with."""
    is_used = story.paid.pattern == Pattern.CARD
    share = story.rng.beta(np.where(is_used, 2.0, 3.0), np.where(is_used, 2.5, 2.0))
    left: Floats = (story.world.cards.limit[story.paid.card] * share).round(2)
    return left


def _distance(story: Story) -> Floats:
    """Return the kilometres from home to the terminal, or online to where the IP address is."""
    world, paid, rng = story.world, story.paid, story.rng
    to_shop = np.hypot(*(world.terminals.place[paid.terminal] - world.cards.home[paid.card]).T)
    middle = np.where(story.is_far, 700.0, 7.0)
    to_address = middle * rng.lognormal(sigma=np.where(story.is_far, 0.8, 1.1))
    distance: Floats = np.minimum(np.where(story.is_online, to_address, to_shop), 19_000.0).round(1)
    return distance


def _ip_country(story: Story, card_country: Codes) -> Codes:
    """Return places in `COUNTRY_WORDS`; -1 in shops, and where the client knows none."""
    rng, count, near = story.rng, card_country.size, len(trade.COUNTRIES)
    abroad = rng.integers(near, size=count)
    far = near + rng.integers(len(trade.FAR_COUNTRIES), size=count)
    is_very_far = rng.random(count) < np.where(story.paid.is_by_number, 0.4, 0.1)
    where = np.where(story.is_far, np.where(is_very_far, far, abroad), card_country)
    return np.where(story.is_online & (rng.random(count) >= NO_IP), where, -1)


def _device_age(story: Story) -> Floats:
    """Return how many days the device has paid with this card; NaN in shops and for stored cards."""
    cards, card = story.world.cards, story.paid.card
    of_owner = (cards.device_age_days[card] + story.day) % cards.device_term_days[card]
    fresh = story.rng.exponential(4.0, size=card.size).round()
    age = np.minimum(np.where(story.is_new_device, fresh, of_owner), _card_age(story))
    return np.where(story.is_online & ~story.is_recurring, age, np.nan)


def _address_match(story: Story) -> Floats:
    """Return how alike delivery and billing addresses are, 0 to 1; NaN where nothing is delivered."""
    rng, is_other = story.rng, story.is_other_address
    match = rng.beta(np.where(is_other, 2.0, 9.0), np.where(is_other, 3.0, 1.2)).round(2)
    is_delivered = story.is_online & ~story.is_recurring & (rng.random(match.size) >= DIGITAL_GOODS)
    return np.where(is_delivered, match, np.nan)


def _checkout_time(story: Story) -> Floats:
    """Return the seconds from the first step of the payment to its last."""
    middle = np.select([story.is_recurring, story.is_program, story.is_online], [0.4, 14.0, 75.0], 7.0)
    seconds: Floats = (middle * story.rng.lognormal(sigma=0.5, size=middle.size)).round(1)
    return seconds


def _network_score(story: Story) -> Floats:
    """Return the card network's score, 0 to 999: it knows a little of everything."""
    of_frauds = np.where(story.is_in_hand, NETWORK_IN_HAND, np.array(NETWORK_FRAUDS)[story.paid.pattern])
    logit = NETWORK_USUAL + of_frauds + 0.5 * story.is_far + story.rng.standard_normal(of_frauds.size)
    score: Floats = (NETWORK_BEST / (1 + np.exp(-logit))).round()
    return score
