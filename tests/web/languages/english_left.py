"""What of a page was never in a catalogue: a language whose every word is told, so that all else stands out.

Whatever the catalogue says is put between two signs, its places and tags left out of them. What then stands
outside the signs and has a word of the catalogue in it is English that no reader of another language reads.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest

from app.review.access.languages import Language
from app.web.languages import sentences
from app.web.languages.reader import Reader, read_by
from tests.web.languages.untranslated import READ

FROM, TO = "\u27e6", "\u27e7"
#: Between them stands what no word of is told: places for values, and tags.
_APART = re.compile(r"(%(?:\(\w+\))?[sd%]|<[^>]*>)")
_SAID = re.compile(f"{FROM}[^{FROM}{TO}]*{TO}")
_WORD = re.compile(r"[A-Za-z][a-z]{2,}(?:'[a-z]+)?")
#: The same in every language, or of the reader's calendar (CLDR).
SAME = frozenset({"tertium", "utc", "api", "csv", "json", "toml", "min", "sec", "esc"})
VOID = frozenset({"input", "br", "link", "meta", "img", "hr", "col", "wbr", "source"})


class MarkedTranslations(NullTranslations):
    """Says every text of a catalogue between its signs."""

    def __init__(self, known: frozenset[str]) -> None:
        super().__init__()
        self._known = known

    def gettext(self, message: str) -> str:
        """Return a text as it is told; one that no catalogue knows, as it is."""
        return told(message) if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return a text for one or for many as it is told."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def told(text: str) -> str:
    """Return a text with its words between the signs."""
    return "".join(
        each if not each.strip() or _APART.fullmatch(each) else f"{FROM}{each}{TO}"
        for each in _APART.split(text)
    )


@cache
def known() -> frozenset[str]:
    """Return all texts of the catalogue, each for one and for many."""
    ids = [message.id for message in sentences.catalogue(Language.GERMAN) if message.id]
    return frozenset(each for found in ids for each in ([found] if isinstance(found, str) else found))


@cache
def words() -> frozenset[str]:
    """Return the English words of the catalogue."""
    return frozenset(word.lower() for text in known() for word in _WORD.findall(_APART.sub(" ", text))) - SAME


@contextmanager
def every_word_told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let whoever reads meanwhile read all that is told between the signs."""
    with monkeypatch.context() as patched, read_by(Reader(language=Language.GERMAN)):
        patched.setattr(sentences, "translations", lambda _language: MarkedTranslations(known()))
        yield


def english_in(markup: str, *, names: frozenset[str] = frozenset()) -> list[str]:
    """Return what of a page is English, was never told, and is marked neither as that nor as a name."""
    reading = _Reading()
    reading.feed(markup)
    reading.close()
    return sorted({text for text in reading.read if untold(text) - names})


def untold(text: str) -> frozenset[str]:
    """Return the English words of a text that stand outside the signs."""
    return frozenset(word.lower() for word in _WORD.findall(_SAID.sub(" ", text))) & words()


class _Reading(HTMLParser):
    """Reads what people read: texts, and attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        #: Of the elements around the place: whether what they hold is somebody's own words, or code.
        self._foreign: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes, and at what kind of text is to come."""
        given = dict(attrs)
        foreign = (
            self._is_foreign
            or tag in {"script", "style", "code", "bdi", "pre"}
            or "en" in (given.get("lang") or "")
        )
        if not foreign:
            self.read += [value for name, value in attrs if name in READ and value]
        if tag not in VOID:
            self._foreign.append(foreign)

    def handle_endtag(self, tag: str) -> None:
        """Go on behind an element."""
        if tag not in VOID and self._foreign:
            self._foreign.pop()

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if data.strip() and not self._is_foreign:
            self.read.append(" ".join(data.split()))

    @property
    def _is_foreign(self) -> bool:
        return bool(self._foreign) and self._foreign[-1]
