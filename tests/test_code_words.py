"""The code says what it means: names that only this house understood do not come back."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.words import our_own

REPOSITORY = Path(__file__).parent.parent
SOURCES = [
    path for top in ("app", "tests", "benchmarks") for path in sorted((REPOSITORY / top).rglob("*.py"))
]
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/operations.md"),
    *("docs/keyboards.md", "docs/glossary.md", "docs/own-payments.md", "docs/schema.md"),
    "docs/payments-world.md",
)
#: Plain English, and the name of a reason, where no page speaks.
IN_CODE = frozenset({"their number", "known to be", "unfamiliar"})
#: As whole names; what they are called now is said by the module that has it.
GONE = frozenset(
    {
        *("Everything", "Given", "Saying", "Laid", "Held", "Bench", "Grounds", "Around", "Beside", "Read"),
        *("Told", "seat", "_look_again", "_return", "taking_back", "take_back", "hand_over"),
        *("Casework", "Judging", "Campaigns", "FloorWatch", "Supervising", "LookingUp", "Explaining"),
        *("GroupFinding", "SecondLooks", "PolicyLife", "FeedWatching", "AccessNews", "ModelShelf"),
    }
)


def names(source: str) -> Iterator[str]:
    """Yield the names in a source; words in text and comments are none."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield token.string


def test_no_name_of_our_own_is_left() -> None:
    assert len(SOURCES) > 500
    found = {str(path.relative_to(REPOSITORY)): set(names(path.read_text())) & GONE for path in SOURCES}
    assert {path: gone for path, gone in found.items() if gone} == {}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_names_what_is_gone(document: str) -> None:
    named = {
        word
        for code in re.findall(r"`([^`\n]+)`", (REPOSITORY / document).read_text())
        for word in re.findall(r"\w+", code)
    }
    assert named & GONE == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_speaks_the_words_of_the_trade(document: str) -> None:
    told = " ".join((REPOSITORY / document).read_text().lower().split())
    assert our_own(told) == []


def test_a_name_that_came_back_would_be_found() -> None:
    assert set(names("class Told:\n    '''Read beside.'''\n    seat: int\n")) & GONE == {"Told", "seat"}


def docstrings(source: str) -> Iterator[str]:
    """Yield what modules, classes and functions say of themselves, on one line each."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield " ".join((ast.get_docstring(node) or "").lower().split())


def test_no_docstring_speaks_in_words_of_our_own() -> None:
    found = {
        said: words
        for path in sorted((REPOSITORY / "app").rglob("*.py"))
        for said in docstrings(path.read_text())
        if (words := set(our_own(said)) - IN_CODE)
    }
    assert found == {}


def test_a_word_of_our_own_in_a_docstring_would_be_found() -> None:
    (said, *_) = docstrings('"""Cases judged with\nfresh eyes."""')
    assert our_own(said) == ["fresh eyes"]
