"""The demo's world: the cards, merchants and devices around generated transactions, all of them invented.

Attributes are for people to look at; no model reads them. Frauds gather on a few stolen cards, a few
devices behind a few addresses, and merchants whose goods are easily sold on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from app.learning.generator import Drawn, Generator
from app.scoring.schema.feature import Value

#: Category to merchants (each with its country); invented names.
MERCHANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "groceries": (("Grünkern Markt", "DE"), ("Épicerie Valmont", "FR"), ("Ortofresco", "IT")),
    "restaurants": (("Chez Odile", "FR"), ("Trattoria Lunaria", "IT"), ("Café Kolibri", "AT")),
    "fuel": (("Tankhof Süd", "DE"), ("Relais du Canal", "FR"), ("Pomp & Go", "NL")),
    "transport": (("Stadtlinie", "AT"), ("Métroval", "FR"), ("Tramway Brabo", "BE")),
    "pharmacy": (("Löwen Apotheke am Ring", "DE"), ("Pharmacie Belair", "LU"), ("Farmacia Cipresso", "IT")),
    "clothing": (("Maison Perrault", "FR"), ("Nordfaden", "FI"), ("Hilo Rojo", "ES")),
    "household": (("Haus & Herd", "DE"), ("Casa Almendra", "ES"), ("Woonlicht", "NL")),
    "subscriptions": (("Streamoria", "IE"), ("Lesezirkel Digital", "DE")),
    "books": (("Libreria Sette Ponti", "IT"), ("Boekhuis Linde", "NL"), ("Librairie Les Docks", "BE")),
    "electronics": (("Voltera Online", "IE"), ("Elektro Falke", "DE"), ("Pixel & Fils", "FR")),
    "gift cards": (("Kadomundo", "NL"), ("Guthaben-Direkt", "DE")),
    "travel": (("Aerovela", "ES"), ("Nachtzug Europa", "AT"), ("Hotelium", "IE")),
    "gaming": (("Pixelburg", "MT"), ("Questmarket", "CY")),
}

#: What a thief buys: easily sold on.
RESALEABLE = ("electronics", "gift cards", "travel", "gaming")

COUNTRIES = ("DE", "FR", "IT", "ES", "NL", "BE", "AT")
DEVICES = ("phone", "tablet", "laptop", "terminal")

# Ranges reserved for documentation (RFC 5737): the addresses are nobody's.
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")

#: Marks every generated transaction, wherever it is shown.
MARK = "demo data"

# The rest of the frauds look like their owner's own business, so that attributes alone settle nothing.
FRAUDS_IN_THE_OPEN = 0.8

CARDS, STOLEN_CARDS, THIEVES = 600, 24, 7


@dataclass(frozen=True, slots=True)
class Card:
    """A masked card with its owner's habits."""

    token: str
    country: str
    device: str
    ip: str
    #: Indices into the world's merchants.
    usual: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Merchant:
    """Where a card is used."""

    name: str
    category: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who pays, where, and who steals."""

    cards: tuple[Card, ...]
    merchants: tuple[Merchant, ...]
    #: Cards whose numbers are known to thieves, as indices into `cards`.
    stolen: tuple[int, ...]
    #: (device, ip) pairs of the thieves.
    thieves: tuple[tuple[str, str], ...]
    #: Merchants where stolen cards are tried, as indices into `merchants`.
    targets: tuple[int, ...]

    def attributes(self, *, is_fraud: bool, rng: np.random.Generator) -> dict[str, str]:
        """Return what surrounds one transaction."""
        if is_fraud and rng.random() < FRAUDS_IN_THE_OPEN:
            card = self.cards[_any(self.stolen, rng)]
            device, ip = self.thieves[int(rng.integers(len(self.thieves)))]
            merchant = self.merchants[_any(self.targets, rng)]
        else:
            card = self.cards[int(rng.integers(len(self.cards)))]
            device, ip = card.device, card.ip
            merchant = self.merchants[_any(card.usual, rng)]
        return {
            "card": card.token,
            "merchant": merchant.name,
            "category": merchant.category,
            "country": merchant.country,
            "device": device,
            "ip": ip,
            "demo": MARK,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One generated transaction, ready to be posted."""

    occurred_at: datetime
    amount: Decimal
    features: dict[str, Value]
    attributes: dict[str, str]
    is_fraud: bool


def build_world(rng: np.random.Generator) -> World:
    """Return a world; the same for the same state of `rng`."""
    merchants = tuple(
        Merchant(name, category, country) for category, shops in MERCHANTS.items() for name, country in shops
    )
    resaleable = [number for number, each in enumerate(merchants) if each.category in RESALEABLE]
    digits = rng.choice(10_000, size=CARDS, replace=False)
    return World(
        cards=tuple(_card(int(four), merchants, rng) for four in digits),
        merchants=merchants,
        stolen=_some(CARDS, STOLEN_CARDS, rng),
        thieves=tuple((_device(rng), _ip(rng)) for _ in range(THIEVES)),
        targets=tuple(int(number) for number in rng.choice(resaleable, size=5, replace=False)),
    )


def payments(
    generator: Generator,
    world: World,
    moments: Sequence[datetime],
    *,
    fraud_share: float,
    rng: np.random.Generator,
) -> list[Payment]:
    """Return one generated payment per moment; the same for the same state of `rng`."""
    drawn: Drawn = generator.sample(len(moments), fraud_share=fraud_share, rng=rng)
    rows = zip(moments, drawn.features.tolist(), drawn.amounts.tolist(), drawn.classes.tolist(), strict=True)
    return [
        Payment(
            occurred_at=moment,
            amount=Decimal(f"{amount:.2f}"),
            features=dict(zip(generator.names, values, strict=True)),
            attributes=world.attributes(is_fraud=is_fraud, rng=rng),
            is_fraud=is_fraud,
        )
        for moment, values, amount, is_fraud in rows
    ]


def _card(four: int, merchants: Sequence[Merchant], rng: np.random.Generator) -> Card:
    """Return a card whose owner mostly shops at home."""
    country = COUNTRIES[int(rng.integers(len(COUNTRIES)))]
    likely = np.array([6.0 if each.country == country else 1.0 for each in merchants])
    usual = rng.choice(len(merchants), size=8, replace=False, p=likely / likely.sum())
    return Card(f"•••• {four:04d}", country, _device(rng), _ip(rng), tuple(usual.tolist()))


def _device(rng: np.random.Generator) -> str:
    return f"{DEVICES[int(rng.integers(len(DEVICES)))]} {rng.integers(16**6):06x}"


def _ip(rng: np.random.Generator) -> str:
    return f"{NETWORKS[int(rng.integers(len(NETWORKS)))]}.{rng.integers(1, 255)}"


def _some(population: int, count: int, rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(each) for each in rng.choice(population, size=count, replace=False))


def _any(indices: Sequence[int], rng: np.random.Generator) -> int:
    return indices[int(rng.integers(len(indices)))]
