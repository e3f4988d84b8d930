"""Sentences of pages in the reader's language: `{% trans %}`, `_()` and `ngettext()` of Jinja's extension.

What stands in a sentence's places is text from outside like any other: it is escaped, and marked in plain
characters, because a sentence may stand where no tag can.
"""

from jinja2 import Environment
from jinja2.ext import InternationalizationExtension
from markupsafe import Markup

from app.review.access.languages import Language
from app.web.languages import sentences
from app.web.languages.reader import reader
from app.web.pages.foreign_text import in_characters, shown


def gettext(text: str, /, **values: object) -> Markup:
    """Return a sentence of a template; its tags are ours, its values are escaped."""
    return Markup(sentences.gettext(text)) % _marked(values)  # noqa: S704 - out of our own catalogues


def ngettext(one: str, many: str, number: int, /, **values: object) -> Markup:
    """Return a sentence of a template for one or for many."""
    told = sentences.ngettext(one, many, number)
    return Markup(told) % _marked({"num": number, **values})  # noqa: S704 - out of our own catalogues


def as_stored(text: str) -> Markup:
    """Return a sentence as it was signed or stored, and say that it is English where the page is not."""
    if reader().language is Language.ENGLISH:
        return Markup("{}").format(shown(text))
    return Markup('<span lang="en">{}</span>').format(shown(text))


def _marked(values: dict[str, object]) -> dict[str, object]:
    return {name: in_characters(value) for name, value in values.items()}


class Translated(InternationalizationExtension):
    """Jinja's extension, with our catalogues: the language is asked for each time a page is made."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.newstyle_gettext = True  # type: ignore[attr-defined]
        environment.filters["as_stored"] = as_stored
        environment.globals.update(gettext=gettext, ngettext=ngettext)
        # A sentence may go over several lines of a template.
        environment.policies["ext.i18n.trimmed"] = True
