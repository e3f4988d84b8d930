"""How currencies are written (ISO 4217)."""

from iso4217 import Currency


def minor_decimals(currency: str) -> int | None:
    """Return how many decimals a currency is written with; None where ISO 4217 does not say.

    >>> minor_decimals("EUR"), minor_decimals("JPY"), minor_decimals("KWD"), minor_decimals("XAU")
    (2, 0, 3, None)
    """
    try:
        exponent: int | None = Currency(currency).exponent
    except ValueError:
        return None
    return exponent
