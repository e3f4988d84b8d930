"""Text from outside on our pages: signs nobody sees are marked, and no direction reaches its neighbours.

Every expression of every template passes through here, by where it stands: a template cannot forget it.
Between tags a sign is a small labelled box, and each run of right-to-left letters is isolated; where no tag
may stand (attributes, titles, options, pictures) both are done in plain characters. What a form carries back
and where a link leads is left exactly as it is.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape

from app.review.text import is_unseen
from app.web.languages.sentences import Marked

#: Isolates what stands between, whatever its direction.
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# Nearly every text: Latin, Greek and Cyrillic letters and their punctuation hold nothing to look at.
_PLAIN = re.compile(
    "[\t\n\r -~\u00a0-\u00ac\u00ae-\u034e\u0400-\u052f\u2010-\u2027\u202f-\u205e\u20a0-\u20bf]*"
)
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def shown(value: object) -> object:
    """Return text as it may stand between tags; whatever is no text, or is HTML of ours, stays as it is."""
    value = said(value)
    if not isinstance(value, str) or hasattr(value, "__html__") or _PLAIN.fullmatch(value):
        return value
    return Markup("").join(_written(value, mark=_boxed, isolate=_in_bdi, plain=escape))


def in_characters(value: object) -> object:
    """Return text as it may stand where no tag can: in an attribute, a title, a picture."""
    value = said(value)
    return in_words(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def said(value: object) -> object:
    """Return a text of ours in the reader's language; whatever is none stays as it is."""
    return str(value) if isinstance(value, Marked) else value


def in_words(text: str) -> str:
    r"""Return text with its signs named and its directions isolated, in plain characters.

    >>> in_words("shop\u202emoc.live")
    'shop[U+202E]moc.live'
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_written(text, mark=_bracketed, isolate=_isolated, plain=str))


def _written(
    text: str, *, mark: Callable[[str], str], isolate: Callable[[str], str], plain: Callable[[str], str]
) -> Iterator[str]:
    """Give a text's pieces, in the order in which they are kept."""
    for piece, is_sign in _pieces(text):
        if is_sign:
            yield mark(piece)
            continue
        for run, is_right_to_left in _runs(piece):
            yield isolate(run) if is_right_to_left else plain(run)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Give the text in pieces: signs nobody sees, each alone, and what stands between them."""
    begin = 0
    for place, letter in enumerate(text):
        if is_unseen(letter):
            if begin < place:
                yield text[begin:place], False
            yield letter, True
            begin = place + 1
    if begin < len(text):
        yield text[begin:], False


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Give runs of one direction; what has none belongs to right-to-left only between two letters of it."""
    begin, end, ends_first = 0, 0, -1
    for place, letter in enumerate(text):
        direction = unicodedata.bidirectional(letter)
        if direction in _RIGHT_TO_LEFT:
            if ends_first < 0:
                ends_first = place
            end = place + 1
        elif direction == "L" and ends_first >= 0:
            yield from _split(text, begin, ends_first, end)
            begin, ends_first = end, -1
    if ends_first >= 0:
        yield from _split(text, begin, ends_first, end)
        begin = end
    if begin < len(text):
        yield text[begin:], False


def _split(text: str, begin: int, first: int, end: int) -> Iterator[tuple[str, bool]]:
    if begin < first:
        yield text[begin:first], False
    yield text[first:end], True


def _code(letter: str) -> str:
    return f"U+{ord(letter):04X}"


def _boxed(letter: str) -> Markup:
    name = unicodedata.name(letter, "a character without a picture").lower()
    return Markup('<span class="hidden-sign" title="{}">{}</span>').format(name, _code(letter))


def _bracketed(letter: str) -> str:
    return f"[{_code(letter)}]"


def _in_bdi(run: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(run)


def _isolated(run: str) -> str:
    return f"{FIRST_STRONG_ISOLATE}{run}{POP_ISOLATE}"


#: Elements that hold characters only.
NARROW = frozenset({"title", "option", "text", "tspan"})
#: What a browser reads and nobody else: what a form carries back, where a link leads, what a style goes by.
EXACT = frozenset(
    {
        *("value", "href", "action", "formaction", "src", "id", "for", "name", "form", "list", "class"),
        *("headers", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "d"),
    }
)
_IN_TAG = re.compile("[\"'>]")
_TAG = re.compile(r"<(?P<ends>/?)(?P<name>[a-zA-Z][\w-]*)")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*\Z")


class Place:
    """Where in a page the next expression stands, followed through a template's text."""

    def __init__(self) -> None:
        self._element = ""
        self._is_in_tag = False
        #: Of the attribute the place is in; empty outside.
        self._quote = ""
        self._attribute = ""

    @property
    def filter_name(self) -> str | None:
        """Which filter an expression here passes; None: it stays exactly as it is."""
        if self._quote:
            return None if self._attribute in EXACT else in_characters.__name__
        if self._is_in_tag or self._element in NARROW:
            return in_characters.__name__
        return None if self._element == "textarea" else shown.__name__

    def follow(self, text: str) -> None:
        """Go on behind a stretch of HTML."""
        place = 0
        while place < len(text):
            if self._quote:
                place = self._to(text, self._quote, place)
            elif self._is_in_tag:
                place = self._through_tag(text, place)
            else:
                place = self._through_content(text, place)

    def _to(self, text: str, quote: str, place: int) -> int:
        end = text.find(quote, place)
        if end < 0:
            return len(text)
        self._quote = ""
        return end + 1

    def _through_tag(self, text: str, place: int) -> int:
        found = _IN_TAG.search(text, place)
        if found is None:
            return len(text)
        if found[0] == ">":
            self._is_in_tag = False
        else:
            named = _ATTRIBUTE.search(text[place : found.start()])
            self._quote, self._attribute = found[0], named[1].lower() if named else ""
        return found.end()

    def _through_content(self, text: str, place: int) -> int:
        found = _TAG.search(text, place)
        if found is None:
            return len(text)
        name = found["name"].lower()
        if name in NARROW or name == "textarea":
            self._element = "" if found["ends"] else name
        self._is_in_tag = True
        return found.end()


class Sentence:
    """Whether the next expression stands in a sentence of the catalogue, between `trans` and `endtrans`."""

    def __init__(self) -> None:
        self.is_open = False
        self._begins_block = False

    def follow(self, token: Token) -> None:
        """Go on behind a token."""
        if self._begins_block and token.value in {"trans", "endtrans"}:
            self.is_open = token.value == "trans"
        self._begins_block = token.type == "block_begin"


class ForeignText(Extension):
    """Lets every expression of a template pass through the filter of the place where it stands."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for each in (shown, in_characters):
            environment.filters[each.__name__] = each

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Put each expression in parentheses, and its filter behind it."""
        place, sentence = Place(), Sentence()
        for token in stream:
            if token.type == "data":
                place.follow(token.value)
            sentence.follow(token)
            # What stands in a sentence is marked as the sentence is made (`translated.py`).
            name = None if sentence.is_open else place.filter_name
            if token.type == "variable_end" and name is not None:
                yield Token(token.lineno, "rparen", ")")
                yield Token(token.lineno, "pipe", "|")
                yield Token(token.lineno, "name", name)
            yield token
            if token.type == "variable_begin" and name is not None:
                yield Token(token.lineno, "lparen", "(")
