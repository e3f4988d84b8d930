"""Catalogues say all that the service says, in every language, with the same places and the same tags."""

import re

import pytest
from babel.messages.catalog import Catalog

from app.review.access.languages import Language
from app.web.languages.reader import Reader, read_by
from app.web.languages.sentences import catalogue, worded, worded_many, words_of_scripts
from app.web.pages.rendering import TEMPLATES, environment
from tests.web.languages.collected import collected
from tests.web.languages.untranslated import untranslated

OTHERS = [each for each in Language if each is not Language.ENGLISH]
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
#: A document for others than the reader, sent beyond the house: one language, whoever saves it.
ENGLISH_ONLY = frozenset({"cases/export.html"})
_TAG = re.compile(r"</?[a-z][^>]*>")


@pytest.fixture(scope="module")
def said() -> Catalog:
    return collected()


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_holds_what_is_said_and_nothing_else(language: Language, said: Catalog) -> None:
    """`python -m tests.web.languages.collected` brings it up to date."""
    there = {message.id: sorted(place for place, _ in message.locations) for message in catalogue(language)}
    assert there == {message.id: sorted({place for place, _ in message.locations}) for message in said}


@pytest.mark.parametrize("language", OTHERS)
def test_everything_is_translated_and_nothing_is_guessed(language: Language) -> None:
    messages = [message for message in catalogue(language) if message.id]
    assert [each.id for each in messages if not all(_texts(each.string))] == []
    assert [each.id for each in messages if each.fuzzy] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_and_the_tags_of_its_text(language: Language) -> None:
    there = catalogue(language)
    assert [(each.id, error) for each in there for error in each.check(there)] == []
    for message in there:
        if message.id:
            for text in _texts(message.string):
                assert sorted(_TAG.findall(text)) == sorted(_TAG.findall(_texts(message.id)[0])), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_may_stand_in_an_attribute(language: Language) -> None:
    for message in catalogue(language):
        for text in _texts(message.string):
            assert message.id == "" or '"' not in _TAG.sub("", text), text


def _texts(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (list, tuple)) else (str(text),)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_nothing_past_the_catalogue(name: str) -> None:
    found = untranslated(environment(), (TEMPLATES / name).read_text())
    if name in ENGLISH_ONLY:
        assert found, f"{name} speaks every language: it is no exception"
    else:
        assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Open cases</p>", ["Open cases"]),
        ('<p title="All of them">{{ x }}</p>', ['title="All of them"']),
        ("<p>{{ 'active' if x else 'closed' }}</p>", ["\x00active closed"]),
        ("<p>{{ _('Open') }} {% trans %}cases{% endtrans %}</p>", []),
        ("<p class=\"{{ 'is-legit' if x == 'legit' }}\">\u00b7 {{ x }}</p>", []),
        ("<h1>{% trans n=x %}{{ n }} case{% pluralize %}{{ n }} cases{% endtrans %} left</h1>", ["left"]),
    ],
)
def test_what_speaks_past_the_catalogue_is_found(source: str, found: list[str]) -> None:
    assert untranslated(environment(), source) == found


def test_what_a_catalogue_lacks_is_said_in_english() -> None:
    with read_by(Reader(language=Language.GERMAN)):
        assert worded("Nobody has translated %(this)s.", this="this") == "Nobody has translated this."
        assert worded_many("One thing nobody knows", "%(number)s things nobody knows", 2) == (
            "2 things nobody knows"
        )
        assert worded("") == ""


def test_a_text_is_said_in_the_language_of_whoever_reads() -> None:
    assert worded("Log in") == "Log in"
    with read_by(Reader(language=Language.GERMAN)):
        assert worded("Log in") == "Anmelden"
    assert worded("Log in") == "Log in"


def test_a_value_in_a_sentence_of_a_template_is_escaped_and_marked() -> None:
    trick = 'shop\u202e"<b>'
    template = environment().from_string(
        '<p title="{{ _("%(x)s is here", x=trick) }}">'
        "{% trans x=trick %}{{ x }} is <b>here</b>{% endtrans %}</p>"
    )
    marked = "shop[U+202E]&#34;&lt;b&gt;"
    assert template.render(trick=trick) == f'<p title="{marked} is here">{marked} is <b>here</b></p>'


def test_scripts_are_told_what_they_say_in_another_language() -> None:
    assert words_of_scripts(Language.ENGLISH) == ""
    assert '"Undone.": "Rückgängig gemacht."' in words_of_scripts(Language.GERMAN)
