"""Small files made as teams and public collections write theirs; no figure in them is anybody's."""

import csv
import gzip
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

Cells = Mapping[str, Sequence[object]]
START = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = 600


def is_fraud(row: int) -> bool:
    """Whether a row is fraud; one in twenty-five."""
    return row % 25 == 7


def moments(rows: int = ROWS) -> list[datetime]:
    return [START + timedelta(minutes=97 * row) for row in range(rows)]


def written(path: Path, cells: Cells, *, delimiter: str = ",") -> Path:
    """Write columns as a text; packed by gzip where the name says so."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
    return path


def with_index() -> Cells:
    """As a data frame writes itself: the rows counted in a column without a name."""
    draw = random.Random(1)
    return {
        "": range(ROWS),
        "trans_num": [f"{draw.getrandbits(128):032x}" for _ in range(ROWS)],
        "trans_date_trans_time": [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in moments()],
        "unix_time": [int(moment.timestamp()) for moment in moments()],
        "cc_num": [4_000_000_000_000_000 + draw.randrange(90) for _ in range(ROWS)],
        "amt": [f"{draw.lognormvariate(3, 1):.2f}" for _ in range(ROWS)],
        "gender": [draw.choice("FM") for _ in range(ROWS)],
        "dob": [f"{1940 + row % 60}-05-{row % 28 + 1:02}" for row in range(ROWS)],
        "lat": [f"{draw.uniform(20, 60):.4f}" for _ in range(ROWS)],
        "is_fraud": [int(is_fraud(row)) for row in range(ROWS)],
    }


def with_commas() -> Cells:
    """As a spreadsheet of the continent writes it: decimal commas, points between thousands, days first."""
    draw = random.Random(2)
    amounts = [f"{draw.lognormvariate(6, 1.5):,.2f}" for _ in range(ROWS)]
    swapped = str.maketrans(",.", ".,")
    return {
        "Buchung": [f"{moment:%d.%m.%Y %H:%M}" for moment in moments()],
        "Betrag": [amount.translate(swapped) for amount in amounts],
        "Score": [f"{draw.gauss(0, 1):.5f}".replace(".", ",") for _ in range(ROWS)],
        "Konto seit": [f"{START - timedelta(days=draw.randrange(3000)):%d.%m.%Y}" for _ in range(ROWS)],
        "Fraud": ["Y" if is_fraud(row) else "N" for row in range(ROWS)],
    }


def with_truths() -> Cells:
    """Yes and no in four ways, and a label among them."""
    draw = random.Random(3)
    return {
        "payment_id": [f"P{100_000 + row}" for row in range(ROWS)],
        "ts": [int(moment.timestamp()) for moment in moments()],
        "amount_usd": [f"{draw.lognormvariate(3, 1):.2f}" for _ in range(ROWS)],
        "new_device": [draw.choice("YN") for _ in range(ROWS)],
        "vpn": [draw.choice(("yes", "no")) for _ in range(ROWS)],
        "chip": [draw.choice("tf") for _ in range(ROWS)],
        "foreign": [draw.randrange(2) for _ in range(ROWS)],
        "visits": [int(draw.lognormvariate(2, 1.2)) for _ in range(ROWS)],
        "fraudulent": ["Y" if is_fraud(row) else "N" for row in range(ROWS)],
    }


def with_thousands_of_words() -> Cells:
    """A category of a thousand words, free texts, a constant, and what a spreadsheet left of card numbers."""
    draw = random.Random(4)
    rows = 3_000
    return {
        "event_time": [f"{moment:%m/%d/%Y %I:%M %p}" for moment in moments(rows)],
        "amount": [f"{draw.lognormvariate(3, 1):.2f}" for _ in range(rows)],
        "goods": [f"article {draw.randrange(1_100)}" for _ in range(rows)],
        "comment": [f"left at door {draw.random()}" for _ in range(rows)],
        "channel": ["web"] * rows,
        "card_number": [f"4.{draw.randrange(10_000):04}E+15" for _ in range(rows)],
        "buyer_mail": [f"b{draw.randrange(700)}@mail.example" for _ in range(rows)],
        "label": ["fraudulent" if is_fraud(row) else "genuine" for row in range(rows)],
    }


def with_gaps() -> Cells:
    """Four cells in ten say nothing, each column in a way of its own."""
    draw = random.Random(5)

    def gaps(value: Callable[[], object], word: str) -> list[object]:
        return [word if draw.random() < 0.4 else value() for _ in range(ROWS)]

    return {
        "when": [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments()],
        "price": [f"{draw.lognormvariate(3, 1):.2f}" for _ in range(ROWS)],
        "score": gaps(lambda: f"{draw.gauss(0, 1):.4f}", "NA"),
        "logins": gaps(lambda: int(draw.lognormvariate(1, 1.2)), "null"),
        "country": gaps(lambda: draw.choice(("AT", "NA", "SE")), ""),
        "browser": gaps(lambda: draw.choice(("firefox", "safari")), "?"),
        "ratio": gaps(lambda: f"{draw.random():.3f}", "-"),
        "distance": gaps(lambda: f"{draw.uniform(0, 900):.3f}", "unknown"),
        "class": [int(is_fraud(row)) for row in range(ROWS)],
    }
