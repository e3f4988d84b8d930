"""By which secret this installation masks card numbers: the one that is set, or one of its own."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.review.card_numbers.rule import CardNumberRule
from app.settings import SHORTEST_KEY, Settings

#: In the data folder: who restores the database there without it masks the same card otherwise.
KEY_FILE = Path("secrets", "card_number_key")


class CardNumberKeyUnusable(ValueError):
    """The installation's own secret cannot be made or read; the message says why."""


def card_number_rule(settings: Settings) -> CardNumberRule:
    """Return what is done with card numbers; raises `CardNumberKeyUnusable`."""
    if settings.card_numbers == "refuse":
        return CardNumberRule()
    secret = settings.card_number_secret
    return CardNumberRule(key=(secret or _own_secret(settings.data_dir / KEY_FILE)).encode())


def _own_secret(file: Path) -> str:
    """Return the secret that is kept in a file; at first it is made, by one of all that start at once."""
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(file, secrets.token_hex(32))
        secret = file.read_text().strip()
    except (OSError, ValueError) as error:
        raise CardNumberKeyUnusable(
            f"The secret of card numbers ({file}) cannot be used: {error}."
        ) from error
    if len(secret) < SHORTEST_KEY:
        raise CardNumberKeyUnusable(f"The secret of card numbers ({file}) is damaged: restore the file.")
    return secret


def _write_once(file: Path, secret: str) -> None:
    """Write a file, whole and for its owner alone, unless another process was faster."""
    with NamedTemporaryFile("w", dir=file.parent) as written:
        written.write(secret)
        written.flush()
        os.fsync(written.fileno())
        with suppress(FileExistsError):
            os.link(written.name, file)
