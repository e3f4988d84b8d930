"""Files and addresses that may be put to a case: which, how large, and under which names.

A file is what its bytes say, from the first to the last: one that begins as a picture and ends as something
else is neither. Its name must agree, because the name says what opens it on the reader's machine.
"""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from app.review.card_numbers.rule import refuse_card_numbers
from app.review.text import is_unseen
from app.scoring.templated_text import Templated

#: In bytes, of one file.
LARGEST_FILE: Final = 1024 * 1024
MOST_OF_A_CASE: Final = 10
#: In characters.
LONGEST_FILE_NAME: Final = 200
LONGEST_ADDRESS: Final = 2000

PNG_BEGINS, PNG_ENDS = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG_BEGINS, JPEG_ENDS = b"\xff\xd8\xff", b"\xff\xd9"
PDF_BEGINS, PDF_ENDS = (b"%PDF-1.", b"%PDF-2."), b"%%EOF"
_WHITE = frozenset("\t\n\r")


class Media(StrEnum):
    """What a file may be."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TEXT = "text"


#: How the name of such a file may end.
ENDINGS: Final[Mapping[str, Media]] = {
    ".pdf": Media.PDF,
    ".png": Media.PNG,
    ".jpg": Media.JPEG,
    ".jpeg": Media.JPEG,
    ".txt": Media.TEXT,
    ".csv": Media.TEXT,
}


class AttachmentRefused(ValueError):
    """This cannot be attached; its sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TooManyAttachments(Exception):
    """This case has ten attachments already; that is all it can have."""


def media_of(content: bytes) -> Media | None:
    """Return what the bytes of a file are, read from both ends; None: nothing that may be attached."""
    if content.startswith(PNG_BEGINS) and content.endswith(PNG_ENDS):
        return Media.PNG
    if content.startswith(JPEG_BEGINS) and content.endswith(JPEG_ENDS):
        return Media.JPEG
    if content.startswith(PDF_BEGINS) and content.rstrip(b"\0\t\n\f\r ").endswith(PDF_ENDS):
        return Media.PDF
    return Media.TEXT if _is_text(content) else None


def checked_file(name: str, content: bytes) -> tuple[str, Media]:
    """Return a file's name as it is kept, and what it is.

    Raises `AttachmentRefused`, and `CardNumberWritten` for one in its name or in a text.
    """
    name = _checked_name(name)
    if not content:
        raise AttachmentRefused(Templated("This file is empty."))
    if len(content) > LARGEST_FILE:
        raise AttachmentRefused(Templated("This file is larger than 1 MiB."))
    promised = next((media for ending, media in ENDINGS.items() if name.casefold().endswith(ending)), None)
    if promised is None:
        raise AttachmentRefused(Templated("Only PDF, PNG, JPEG, plain text and CSV files can be attached."))
    found = media_of(content)
    if found is not promised:
        raise AttachmentRefused(
            Templated("What is in this file is not what its name says, or there is more in it.")
        )
    refuse_card_numbers([name, content.decode() if found is Media.TEXT else None])
    return name, found


def checked_address(address: str) -> str:
    """Return an https address as it is kept.

    Raises `AttachmentRefused`, and `CardNumberWritten`.
    """
    address = address.strip()
    if len(address) > LONGEST_ADDRESS:
        raise AttachmentRefused(Templated("This address is longer than 2,000 characters."))
    if any(letter.isspace() or is_unseen(letter) for letter in address):
        raise AttachmentRefused(Templated("An address has no spaces, and nothing in it that cannot be seen."))
    try:
        parts = urlsplit(address)
        is_address = parts.scheme == "https" and bool(parts.hostname)
        names_somebody = parts.username is not None or parts.password is not None
    except ValueError:
        is_address = names_somebody = False
    if not is_address:
        raise AttachmentRefused(Templated("An address begins with https:// and names a host."))
    if names_somebody:
        raise AttachmentRefused(Templated("An address with a name or a password in it cannot be attached."))
    refuse_card_numbers([address])
    return f"https{address[len('https') :]}"


def _checked_name(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    if any(is_unseen(letter) or letter in _WHITE for letter in name):
        raise AttachmentRefused(Templated("The name of this file has signs in it that cannot be seen."))
    if "/" in name or "\\" in name:
        raise AttachmentRefused(Templated("The name of this file names a folder as well."))
    if not name.strip(" .") or name.startswith("."):
        raise AttachmentRefused(Templated("This file has no name."))
    if len(name) > LONGEST_FILE_NAME:
        raise AttachmentRefused(Templated("The name of this file is longer than 200 characters."))
    return name


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(letter) == "Cc" and letter not in _WHITE for letter in set(text))
