"""The glossary: every term of the product with its meaning and unit, written once in `glossary.toml`."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("glossary.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term: its name, its meaning in one or two sentences, and its unit; empty where it has none."""

    name: str
    means: str
    unit: str

    @property
    def anchor(self) -> str:
        """Where the help page explains it; terms and subjects may have the same name."""
        return f"term-{slug(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The terms of one subject, in the order in which they are best read."""

    title: str
    terms: tuple[Term, ...]

    @property
    def anchor(self) -> str:
        """Where the help page begins to explain it."""
        return slug(self.title)


def slug(name: str) -> str:
    """Return a name as part of an address: small letters and digits, joined by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


@cache
def glossary() -> tuple[Subject, ...]:
    """Return all subjects with their terms, in the order of the file."""
    subjects = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["subject"]
    return tuple(
        Subject(
            title=subject["title"],
            terms=tuple(Term(**({"unit": ""} | term)) for term in subject["term"]),
        )
        for subject in subjects
    )
