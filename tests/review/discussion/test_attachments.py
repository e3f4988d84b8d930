"""Which files and addresses may be put to a case."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.review.card_numbers.rule import CardNumberWritten
from app.review.discussion.attachments import (
    ENDINGS,
    LARGEST_FILE,
    AttachmentRefused,
    Media,
    checked_address,
    checked_file,
    media_of,
)


def a_png() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    header = (1).to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    picture = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + picture + chunk(b"IEND", b"")


FILES = {
    Media.PNG: a_png(),
    Media.JPEG: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(20) + b"\xff\xd9",
    Media.PDF: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n",
    Media.TEXT: "Quittung über 40 €\r\n".encode(),
}
NAMES = {Media.PNG: "a.png", Media.JPEG: "a.JPG", Media.PDF: "a b.pdf", Media.TEXT: "a.csv"}


@pytest.mark.parametrize("media", Media)
def test_a_file_is_what_its_bytes_and_its_name_say(media: Media) -> None:
    assert checked_file(NAMES[media], FILES[media]) == (NAMES[media], media)


@pytest.mark.parametrize("media", Media)
@pytest.mark.parametrize("name", [*NAMES.values()])
def test_a_name_that_says_another_thing_is_refused(media: Media, name: str) -> None:
    if name == NAMES[media]:
        return
    with pytest.raises(AttachmentRefused, match="not what its name says"):
        checked_file(name, FILES[media])


@pytest.mark.parametrize("media", [Media.PNG, Media.JPEG, Media.PDF])
@pytest.mark.parametrize("appended", [b"PK\x03\x04", b"<script>alert(1)</script>", b"\0x"])
def test_a_file_that_ends_as_something_else_is_neither(media: Media, appended: bytes) -> None:
    with pytest.raises(AttachmentRefused):
        checked_file(NAMES[media], FILES[media] + appended)


@given(content=some.binary(max_size=200), ending=some.sampled_from(sorted(ENDINGS)))
def test_no_bytes_are_kept_as_what_they_are_not(content: bytes, ending: str) -> None:
    try:
        name, media = checked_file(f"x{ending}", content)
    except (AttachmentRefused, CardNumberWritten):
        return
    assert (name, media) == (f"x{ending}", media_of(content))
    if media is Media.TEXT:
        assert b"\0" not in content


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a\0.pdf", "cannot be seen"),
        ("a\u202efdp.exe.pdf", "cannot be seen"),
        ("a\n.pdf", "cannot be seen"),
        ("../../etc/passwd.txt", "folder"),
        ("..\\a.txt", "folder"),
        ("", "no name"),
        (" ", "no name"),
        ("..", "no name"),
        (".htaccess.txt", "no name"),
        ("a.pdf.exe", "Only PDF"),
        ("a.zip", "Only PDF"),
        ("a", "Only PDF"),
        ("a.html", "Only PDF"),
        ("a.svg", "Only PDF"),
        ("a.gz." * 60 + "pdf", "longer than 200"),
    ],
)
def test_a_name_is_one_that_can_be_read_and_names_a_kind(name: str, sentence: str) -> None:
    with pytest.raises(AttachmentRefused) as refused:
        checked_file(name, FILES[Media.PDF])
    assert sentence in refused.value.sentence


def test_nothing_and_too_much_is_refused() -> None:
    with pytest.raises(AttachmentRefused, match="empty"):
        checked_file("a.txt", b"")
    checked_file("a.txt", b"a" * LARGEST_FILE)
    with pytest.raises(AttachmentRefused, match="1 MiB"):
        checked_file("a.txt", b"a" * (LARGEST_FILE + 1))


@pytest.mark.parametrize(
    ("name", "content"), [("a.txt", b"4111 1111 1111 1111"), ("4111111111111111.txt", b"a")]
)
def test_a_card_number_is_refused_in_a_text_and_in_a_name(name: str, content: bytes) -> None:
    with pytest.raises(CardNumberWritten):
        checked_file(name, content)


@pytest.mark.parametrize(
    "address", ["https://tickets.example/7?a=b#c", " HTTPS://tickets.example ", "https://[::1]/"]
)
def test_an_https_address_is_kept(address: str) -> None:
    assert checked_address(address)[5:] == address.strip()[5:]
    assert checked_address(address).startswith("https://")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "http://a.example",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "//a.example",
            "ftp://a.example",
        ),
        *(
            "https://me:secret@a.example",
            "https://me@a.example",
            "https://a.example/ x",
            "https://a.example/\u202e",
        ),
        *("https://a.example/\0", "https://[", f"https://a.example/{'x' * 2000}", "https:a.example"),
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    with pytest.raises(AttachmentRefused):
        checked_address(address)
