"""What is said on pages, in the language of whoever reads: English in the code, others by the catalogue.

A catalogue is read as its translators left it (`.po`): nothing has to be compiled, and nothing can be out of
date. What it lacks is said in English.
"""

import json
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.review.access.languages import Language
from app.scoring.templated_text import Counted, Figure, Moment, Templated
from app.triage.written_numbers import count
from app.web.languages.figures import in_figures, to_the_second
from app.web.languages.reader import reader

CATALOGUES = Path(__file__).parent
#: Where a catalogue says that scripts say something.
SCRIPTS = "app/web/static/"


def catalogue_file(language: Language) -> Path:
    """Return where a language's catalogue lies."""
    return CATALOGUES / language.value / "LC_MESSAGES" / "tertium.po"


def catalogue(language: Language) -> Catalog:
    """Return what a language's catalogue holds; raises `FileNotFoundError`."""
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language.value)


@cache
def translations(language: Language) -> NullTranslations:
    """Return how a language says things; the code's own is left as it is."""
    if language is Language.ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def words_of_scripts(language: Language) -> str:
    """Return what scripts say, and how, as JSON for `static/worded.js`; empty for the code's own language."""
    if language is Language.ENGLISH:
        return ""
    said = {
        message.id: message.string
        for message in catalogue(language)
        if message.string and any(place.startswith(SCRIPTS) for place, _ in message.locations)
    }
    return json.dumps(said, ensure_ascii=False)


def gettext(text: str) -> str:
    """Return a text in the reader's language."""
    # The catalogue's own head is kept under the empty text.
    return translations(reader().language).gettext(text) if text else ""


def ngettext(one: str, many: str, number: int) -> str:
    """Return a text for one or for many, in the reader's language."""
    return translations(reader().language).ngettext(one, many, number)


def worded(text: str, **values: object) -> str:
    """Return a text in the reader's language, with values in the places of their names.

    >>> worded("Case %(number)s", number=7)
    'Case 7'
    """
    told = gettext(str.__str__(text))
    return told % values if values else told


def worded_many(one: str, many: str, number: int, /, **values: object) -> str:
    """Return a text for one or for many, in the reader's language; `number` is a value of it, written."""
    return ngettext(one, many, number) % {"number": in_figures(count(number)), **values}


def said(told: str) -> str:
    """Return what pure code tells in the reader's language; other text, and what was stored, as it is."""
    if isinstance(told, Templated):
        text = gettext(told.text)
        return text % {name: said(value) for name, value in told.values.items()} if told.values else text
    if isinstance(told, Counted):
        return f"{in_figures(count(told.number))} {ngettext(told.one, told.many, told.number)}"
    if isinstance(told, Moment):
        return to_the_second(told.at)
    return in_figures(told) if isinstance(told, Figure) else str(told)


def in_sentence(text: str) -> str:
    """Return a label as it stands within a sentence: English loses its capital, German nouns keep theirs."""
    told = str(text)
    return f"{told[:1].lower()}{told[1:]}" if reader().language is Language.ENGLISH else told


def capital(text: str) -> str:
    """Return a text with a capital at its begin; German nouns keep theirs."""
    return f"{text[:1].upper()}{text[1:]}"


class Marked(str):
    """A text of the code that is told to whoever reads it: in templates and in sentences.

    To everything else it is the English text it was written as: a key, what is compared, stored or sent.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """Say it in the reader's language."""
        return gettext(str.__str__(self))

    def __format__(self, how: str) -> str:
        """Say it in the reader's language, within a sentence."""
        return format(str(self), how)


def marked(text: str) -> Marked:
    """Return a text for the catalogue that is said later, when there is a reader."""
    return Marked(text)
