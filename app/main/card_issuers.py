"""The operator's table of card issuers, read once as the service starts."""

import csv
from pathlib import Path

from app.review.card_issuers import COLUMNS, CardIssuers, IssuersUnclear, issuers_of


class CardIssuersUnusable(ValueError):
    """The file of card issuers cannot be used; the message says why."""


def card_issuers(file: Path | None) -> CardIssuers:
    """Return the issuers of a CSV file with a header; none without one. Raises `CardIssuersUnusable`."""
    if file is None:
        return CardIssuers()
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise CardIssuersUnusable(
                    f"{file} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}."
                )
            return issuers_of((reader.line_num, row) for row in reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CardIssuersUnusable(f"The card issuers ({file}) cannot be read: {error}.") from error
    except IssuersUnclear as error:
        raise CardIssuersUnusable(f"The card issuers ({file}) cannot be used; {error}.") from error
