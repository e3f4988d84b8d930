"""What a template says past the catalogue: between tags, in attributes people meet, and in expressions."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment

#: Attributes that are read out, or shown.
READ = frozenset({"aria-label", "title", "placeholder", "alt", "aria-description", "aria-valuetext", "label"})
#: Said the same in every language: the product's name, codes, signs, keys of a keyboard, units.
SAME = re.compile(
    r"Tertium|API|ID|UTC|Esc|PostgreSQL|CSV|Parquet|JSON|TOML|AUROC|X-API-Key|[A-Z]|[a-z]|min|px|https?:\S*"
)
# What a macro puts into a tag.
_ATTRIBUTE = re.compile(r'[a-z-]+="[^"]*"(?: autofocus)?')
_WORD = re.compile(r"[^\W\d_][\w'\u2019.:/-]*")
#: Stands where a sentence of the catalogue, or a value, would stand.
PLACE = "\x00"
_SENTENCE = re.compile(r"\b(?:_|ngettext)\(\s*(?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))?")
# Compared with, looked up by, or handed to a macro of ours: not shown.
_QUOTED = r"(?:'[^']*'|\"[^\"]*\")"
_ASIDE = re.compile(rf"(?:[!=]=|\bin|\[)\s*{_QUOTED}|{_QUOTED}\s*\|\s*static|\(\s*{_QUOTED}")
_STRING = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def untranslated(environment: Environment, source: str) -> list[str]:
    """Return what of a template no catalogue knows."""
    reading = _Reading()
    reading.feed("".join(_pieces(environment, source)))
    reading.close()
    return reading.found


def _pieces(environment: Environment, source: str) -> Iterator[str]:
    """Give a template's HTML, with what is translated or no text taken out of it."""
    is_sentence, kind = False, ""
    block: list[str] = []
    for _, token, value in environment.lex(source):
        if token in {"block_begin", "variable_begin"}:
            kind, block = token, []
        elif token in {"block_end", "variable_end"}:
            said = "".join(block)
            if token == "block_end":
                is_sentence = said.split()[:1] == ["trans"] or (is_sentence and "endtrans" not in said)
            elif not is_sentence:
                yield PLACE + " ".join(_shown(said))
            kind = ""
        elif kind:
            block.append(value)
        elif token == "data" and not is_sentence:
            yield value


def _shown(expression: str) -> list[str]:
    """Return the strings that an expression may show."""
    rest = _ASIDE.sub("", _SENTENCE.sub("", expression))
    told = [one or two for one, two in _STRING.findall(rest)]
    return [each for each in told if not each.startswith("/")]


def words_in(text: str) -> list[str]:
    """Return the words of a text that differ from language to language."""
    return [word for word in _WORD.findall(_ATTRIBUTE.sub("", text)) if not SAME.fullmatch(word.rstrip(".:"))]


class _Reading(HTMLParser):
    """Reads what people read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes that are read out."""
        self._unread += tag in {"script", "style", "code"}
        for name, value in attrs:
            if name in READ and words_in(value or ""):
                self.found.append(f'{name}="{value}"')

    def handle_endtag(self, tag: str) -> None:
        """Go on behind an element that nobody reads."""
        self._unread -= tag in {"script", "style", "code"}

    def handle_data(self, data: str) -> None:
        """Look at a text."""
        if not self._unread and words_in(data):
            self.found.append(" ".join(data.split()))
