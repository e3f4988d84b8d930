"""A policy as the TOML file one reviews: every value in a fixed order, with what it is and its unit."""

import json
from collections.abc import Iterator, Mapping

from app.triage.policies.document import Document, document_of
from app.triage.policies.meaning import MEANINGS
from app.triage.policies.policy import BOUND_NAMES, GATES, Policy

_HEAD = (
    "# A policy of Tertium. The first rule that speaks decides a transaction: no usable score, a gate, the",
    "# bounds. What a gate stops and what lies between the thresholds, a person decides.",
)
#: The values outside of tables, in order, under what they have in common.
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "": ("model_version",),
    "Bounds": BOUND_NAMES,
    "Gates": (*GATES, "wrong_feed"),
    "Audits": ("audit_share_approved", "audit_share_declined", "audit_share_near", "near_width"),
    "The queue": ("patience_minutes", "deadline_fallback"),
}
_TABLES = {
    "costs": "What decisions cost beside the amount",
    "staffing": "The people who judge",
}


def toml_of(policy: Policy) -> str:
    """Return the policy as a commented TOML file; `policy_of` makes the same policy of what it holds."""
    document = document_of(policy)
    lines = [*_HEAD, *_values(document)]
    for name, title in _TABLES.items():
        lines += ["", f"# --- {title} ---", f"[{name}]"]
        for field, value in document[name].items():
            lines += [f"# {MEANINGS[f'{name}.{field}']}", f"{field} = {toml_value(value)}"]
    return "\n".join([*lines, *_bands(document["bands"]), ""])


def toml_value(value: str | float) -> str:
    """Return a text or a finite number as TOML writes it."""
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one control character that JSON lets through.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _values(document: Document) -> Iterator[str]:
    for title, names in _SECTIONS.items():
        yield ""
        if title:
            yield f"# --- {title} ---"
        for name in names:
            yield f"# {MEANINGS[name]}"
            yield f"{name} = {toml_value(document[name])}" if name in document else f"# {name}: no limit"


def _bands(bands: list[Document]) -> Iterator[str]:
    yield ""
    yield "# --- Amount bands: bounds of their own for larger amounts ---"
    if not bands:
        yield "# There are none: the bounds above hold for every amount."
    for band in bands:
        yield "[[bands]]"
        yield f"# {MEANINGS['bands.amount_from']}"
        yield from (f"{name} = {toml_value(value)}" for name, value in band.items())
