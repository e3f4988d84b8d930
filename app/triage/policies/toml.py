"""A policy as the TOML file one reviews: every value in a fixed order, with what it is and its unit."""

from collections.abc import Iterator
from itertools import groupby

from app.scoring.toml_values import toml_value
from app.triage.described import Described, Section, described
from app.triage.policies.document import Document, document_of
from app.triage.policies.fields import FIELDS
from app.triage.policies.policy import AmountBand, Policy

_HEAD = (
    "# A policy of Tertium. The first rule that speaks decides a transaction: a list, no usable score, a",
    "# gate, the bounds. What a gate stops and what lies between the thresholds, a person decides.",
)


def toml_of(policy: Policy) -> str:
    """Return the policy as a commented TOML file; `policy_of` makes the same policy of what it holds."""
    document = document_of(policy)
    lines = [*_HEAD]
    for section, fields in groupby(FIELDS, key=lambda each: each.meaning.section):
        lines += _section(section, list(fields), document)
    return "\n".join([*lines, *_bands(document["bands"]), ""])


def _section(section: Section, fields: list[Described], document: Document) -> Iterator[str]:
    table = fields[0].table
    yield ""
    if section:
        yield f"# --- {section} ---"
    if table:
        yield f"[{table}]"
    part = document[table] if table else document
    for each in fields:
        yield f"# {each.meaning.description}"
        yield (
            f"{each.name} = {toml_value(part[each.name])}"
            if each.name in part
            else f"# {each.name}: no limit"
        )


def _bands(bands: list[Document]) -> Iterator[str]:
    (start,) = described(AmountBand)
    yield ""
    yield f"# --- {start.meaning.section} ---"
    if not bands:
        yield "# There are none: the bounds above hold for every amount."
    for band in bands:
        yield "[[bands]]"
        yield f"# {start.meaning.description}"
        yield from (f"{name} = {toml_value(value)}" for name, value in band.items())
