"""What is bought where, and how it is paid: the world's merchant categories and words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One merchant category."""

    name: str
    #: Of all terminals.
    share: float
    #: Of its terminals so many are online shops.
    online_share: float
    #: Amounts beside a card's usual one.
    amount_factor: float
    #: Of its payments so many are made again each month, by a stored card.
    recurring_share: float = 0.0
    #: How much thieves like it: easily sold on.
    resale: float = 0.2


CATEGORIES = (
    Category(name="groceries", share=0.20, online_share=0.05, amount_factor=1.0),
    Category(name="restaurants", share=0.16, online_share=0.05, amount_factor=0.9),
    Category(name="fuel", share=0.09, online_share=0.0, amount_factor=1.6, resale=0.5),
    Category(name="transport", share=0.09, online_share=0.3, amount_factor=0.5),
    Category(name="pharmacy", share=0.07, online_share=0.1, amount_factor=0.8),
    Category(name="clothing", share=0.11, online_share=0.4, amount_factor=1.8, resale=0.8),
    Category(name="household", share=0.08, online_share=0.3, amount_factor=2.0),
    Category(name="subscriptions", share=0.04, online_share=1.0, amount_factor=0.4, recurring_share=0.85),
    Category(name="books", share=0.04, online_share=0.5, amount_factor=0.7),
    Category(name="electronics", share=0.05, online_share=0.6, amount_factor=3.5, resale=3.0),
    Category(name="gift cards", share=0.02, online_share=0.8, amount_factor=1.5, resale=4.0),
    Category(name="travel", share=0.03, online_share=0.8, amount_factor=5.0, resale=1.5),
    Category(name="gaming", share=0.02, online_share=1.0, amount_factor=0.8, resale=2.0),
)

#: Countries of cities and cards, with what share of cities; a city's place is drawn around its country's.
COUNTRIES = ("DE", "FR", "IT", "ES", "NL", "BE", "AT")
#: Where thieves' addresses lie beside those.
FAR_COUNTRIES = ("RO", "BR", "VN", "NG", "US")
#: Invented.
CITIES = (
    *(
        "Larnwick",
        "Ostrava Nova",
        "Belmarre",
        "Tiefenau",
        "Castellor",
        "Windhaven",
        "Sankt Orell",
        "Mirecourt",
    ),
    *("Duinrode", "Valdoro", "Hochfeld", "Pontelungo", "Arquenne", "Brennau", "Lindhoven", "Serrano Alto"),
)

PRODUCTS = ("debit", "credit", "prepaid", "business")
PRODUCT_SHARES = (0.55, 0.33, 0.07, 0.05)

CHIP, CONTACTLESS, STRIPE, ONLINE, STORED = "chip", "contactless", "magnetic stripe", "online", "stored card"
PIN, SIGNATURE, STRONG, NO_CHECK = "PIN", "signature", "3-D Secure", "none"
ENTRY_MODES = (CHIP, CONTACTLESS, STRIPE, ONLINE, STORED)
CHECKS = (PIN, SIGNATURE, STRONG, NO_CHECK)

DEVICES = ("phone", "tablet", "laptop")
