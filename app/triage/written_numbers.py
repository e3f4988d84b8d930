"""Numbers as every page writes them, also in what is refused, warned of or signed."""

from math import floor, log10

from app.scoring.templated_text import THIN, Counted, Figure, Templated, typeset

PERCENT = f"{THIN}%"


def grouped(number: float, digits: int) -> Figure:
    """Return a number with so many decimals."""
    return typeset(f"{number:,.{digits}f}")


def count(number: float) -> Figure:
    """Return 412806 as `412 806`, and 0.4 as `0.4`: small averages keep a decimal."""
    digits = 0 if float(number).is_integer() or abs(number) >= 10 else 1
    return grouped(number, digits)


def plural(number: int, one: str, many: str) -> Counted:
    """Return `1 case` or `3 cases`."""
    return Counted(count(number), one, many, number)


def plain(number: float) -> Figure:
    """Return a number that somebody typed, with the digits it has."""
    return Figure(f"{number:g}")


def few(number: float) -> str:
    """Return a daily average: small ones keep decimals, because rare is not never."""
    if 0 < number < 0.05:
        return Templated("under %(number)s", number=Figure("0.1"))
    return count(round(number, 1) if number < 10 else round(number))


def percent(share: float) -> Figure:
    """Return an estimated share (0-1) in percent, with two digits that count however small it is."""
    if not 0 < share < 1:
        return exact_percent(share)
    digits = max(0, min(4, 1 - floor(log10(min(share, 1 - share) * 100))))
    return Figure(f"{share * 100:.{digits}f}{PERCENT}")


def exact_percent(share: float) -> Figure:
    """Return a share (0-1) that somebody chose, exactly as it was chosen."""
    return Figure(f"{share * 100:.6g}{PERCENT}")
