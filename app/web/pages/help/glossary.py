"""The glossary: every term of the product with its meaning and unit, written once in `glossary.toml`.

In another language it stands beside it, such as `glossary.de.toml`: the same terms by their English names.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.review.access.languages import Language

SOURCE = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term: its name, its meaning in one or two sentences, and its unit; empty where it has none."""

    name: str
    means: str
    unit: str
    #: What it is called in English.
    of: str

    @property
    def anchor(self) -> str:
        """Where the help page explains it, in every language; terms and subjects may have the same name."""
        return f"term-{slug(self.of)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The terms of one subject, in the order in which they are best read."""

    title: str
    terms: tuple[Term, ...]
    #: What it is called in English.
    of: str

    @property
    def anchor(self) -> str:
        """Where the help page begins to explain it, in every language."""
        return slug(self.of)


def slug(name: str) -> str:
    """Return a name as part of an address: small letters and digits, joined by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


@cache
def glossary(language: Language = Language.ENGLISH) -> tuple[Subject, ...]:
    """Return all subjects with their terms, in the order of the file, as a language explains them."""
    is_source = language is Language.ENGLISH
    source = SOURCE if is_source else SOURCE.with_suffix(f".{language.value}.toml")
    subjects = tomllib.loads(source.read_text(encoding="utf-8"))["subject"]
    return tuple(
        Subject(
            title=subject["title"],
            of=subject.get("of", subject["title"]),
            terms=tuple(_term(term) for term in subject["term"]),
        )
        for subject in subjects
    )


def _term(told: dict[str, Any]) -> Term:
    return Term(**({"unit": "", "of": told["name"]} | told))
