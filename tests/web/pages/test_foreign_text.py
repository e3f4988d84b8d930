"""Foreign text on a page: nothing unseen stays unmarked, no direction reaches a neighbour."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from markupsafe import Markup, escape

from app.review.text import is_unseen
from app.web.pages.foreign_text import _PLAIN, EXACT, ForeignText, in_characters, in_words, shown
from app.web.pages.rendering import STATIC, TEMPLATES, environment

TRICK = "shop\u202emoc.live"
SIGN = '<span class="hidden-sign" title="right-to-left override">U+202E</span>'
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture(scope="module")
def jinja() -> Environment:
    return environment()


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("<p>{{ a }}</p>", f"<p>shop{SIGN}moc.live</p>"),
        ("{{ a if a else b }}", f"shop{SIGN}moc.live"),
        ("{{ a ~ '!' }}", f"shop{SIGN}moc.live!"),
        ("{{ [a, a] | join('-') }}", f"shop{SIGN}moc.live-shop{SIGN}moc.live"),
        ("{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ m(a) }}", f"<b>shop{SIGN}moc.live</b>"),
        ('<p title="{{ a }}">', '<p title="shop[U+202E]moc.live">'),
        ("<p title='{{ a }}'>{{ a }}", f"<p title='shop[U+202E]moc.live'>shop{SIGN}moc.live"),
        ('<a title="x > y" aria-label="{{ a }}">', '<a title="x > y" aria-label="shop[U+202E]moc.live">'),
        (
            "<p {% if a %}title='{{ a }}'{% endif %}>{{ a }}",
            f"<p title='shop[U+202E]moc.live'>shop{SIGN}moc.live",
        ),
        ("<title>{{ a }}</title>", "<title>shop[U+202E]moc.live</title>"),
        ("<option>{{ a }}</option>{{ a }}", f"<option>shop[U+202E]moc.live</option>shop{SIGN}moc.live"),
        ("<svg><text>{{ a }}</text></svg>", "<svg><text>shop[U+202E]moc.live</text></svg>"),
        # What a form carries back is what was written.
        ('<input value="{{ a }}">', f'<input value="{TRICK}">'),
        ("<textarea>{{ a }}</textarea>", f"<textarea>{TRICK}</textarea>"),
    ],
)
def test_a_text_is_marked_by_where_it_stands(jinja: Environment, template: str, written: str) -> None:
    assert jinja.from_string(template).render(a=TRICK, b="") == written


def test_right_to_left_letters_are_isolated_from_their_neighbours(jinja: Environment) -> None:
    rendered = jinja.from_string("<p title='{{ a }}'>{{ a }}").render(a="\u05d0\u05d1 12 \u05d2, 3 <b>")
    isolated = "\u2068\u05d0\u05d1 12 \u05d2\u2069, 3 &lt;b&gt;"
    assert rendered == f"<p title='{isolated}'><bdi>\u05d0\u05d1 12 \u05d2</bdi>, 3 &lt;b&gt;"


@given(ANY_TEXT)
def test_nothing_unseen_is_left_and_no_seen_letter_is_lost(text: str) -> None:
    written = Markup("{}").format(shown(text))
    assert not any(map(is_unseen, written))
    seen = "".join(letter for letter in text if not is_unseen(letter))
    without = re.sub(r'<span class="hidden-sign"[^>]*>[^<]*</span>|</?bdi>', "", written)
    assert unescape(without) == unescape(str(escape(seen)))
    plain = in_words(text)
    assert [letter for letter in plain if is_unseen(letter) and letter not in "\u2068\u2069"] == []
    assert plain.count("\u2068") == plain.count("\u2069")


@given(st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"])))
def test_what_passes_unlooked_at_holds_nothing_to_look_for(text: str) -> None:
    if _PLAIN.fullmatch(text):
        assert not any(map(is_unseen, text))
        assert shown(text) == in_words(text) == text


def test_html_of_ours_and_numbers_pass_as_they_are() -> None:
    for value in (Markup("<b>\u202e</b>"), 5, 0.5, None):
        assert shown(value) is value
        assert in_characters(value) is value


class Standing(HTMLParser):
    """Where each expression of a template stands, as a parser that is not ours sees it."""

    def __init__(self) -> None:
        super().__init__()
        self.exact: list[str] = []
        self._is_in_field = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the expressions in attributes that a browser reads and nobody else."""
        self._is_in_field = tag == "textarea"
        for name, value in attrs:
            if name in EXACT:
                self.exact += re.findall("@@", value or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave a field."""
        self._is_in_field = self._is_in_field and tag != "textarea"

    def handle_data(self, data: str) -> None:
        """Note the expressions in a form's field."""
        if self._is_in_field:
            self.exact += re.findall("@@", data)


def test_every_expression_of_every_template_passes_through(jinja: Environment) -> None:
    """No template can leave it out: an expression is marked, or carried back by a form, or an address."""
    for name in jinja.list_templates():
        source = (TEMPLATES / name).read_text()
        assert "safe" not in re.findall(r"\|\s*(\w+)", source), name
        outputs = [each for output in jinja.parse(source).find_all(nodes.Output) for each in output.nodes]
        unmarked = [
            each
            for each in outputs
            if not isinstance(each, nodes.TemplateData)
            and not (isinstance(each, nodes.Filter) and each.name in {"shown", "in_characters"})
            # What stands in the places of a sentence is marked as it is made: tests/web/languages.
            and not (
                isinstance(each, nodes.Call) and getattr(each.node, "name", "") in {"gettext", "ngettext"}
            )
        ]
        standing = Standing()
        plain = re.sub(r"\{%-? trans.*?endtrans -?%\}", "", source, flags=re.DOTALL)
        standing.feed(
            re.sub(
                r"\{[%#].*?[%#]\}", "", re.sub(r"\{\{.*?\}\}", "@@", plain, flags=re.DOTALL), flags=re.DOTALL
            )
        )
        assert len(unmarked) == len(standing.exact), name


def test_the_pages_scripts_write_no_html() -> None:
    for script in STATIC.glob("*.js"):
        assert not re.search("innerHTML|outerHTML|insertAdjacentHTML|document.write", script.read_text()), (
            script
        )


def test_the_environment_of_the_pages_has_the_extension(jinja: Environment) -> None:
    assert any(isinstance(each, ForeignText) for each in jinja.extensions.values())
