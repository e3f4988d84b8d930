"""A policy as a document of plain values, and back: what files, requests and artifacts hold."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from operator import attrgetter
from typing import Any

from app.scoring.templated_text import Figure, Templated
from app.triage.described import Described, described
from app.triage.policies.fields import BAND_FIELDS, FIELDS, TABLES, with_current_names
from app.triage.policies.policy import AmountBand, Bounds, Policy
from app.triage.refusal import PolicyImpossible

Document = dict[str, Any]

#: What no document may leave out.
REQUIRED = tuple(each.path for each in FIELDS if each.is_required and not each.table)


class PolicyNotAsShown(Exception):
    """This is not what you were shown: look at what it would have done, then keep it."""


def document_of(policy: Policy) -> Document:
    """Return the policy as JSON and TOML can hold it, in the file's order; what has no limit is left out."""
    document: Document = {}
    for each in FIELDS:
        value = attrgetter(each.path)(policy)
        if value is not None:
            part = document.setdefault(each.table, {}) if each.table else document
            part[each.name] = value.value if isinstance(value, StrEnum) else value
    document["bands"] = [_band_document(band) for band in policy.bands]
    return document


def policy_of(document: Mapping[str, Any]) -> Policy:
    """Return the policy a document describes; what is left out has no limit, or its usual value.

    Raises `PolicyImpossible` with the field that is missing, unknown, of the wrong kind or impossible.
    """
    told = with_current_names(document)
    top = [each for each in FIELDS if not each.table]
    _check_names("", told, [*(each.name for each in top), *TABLES, "bands"])
    values = _values(top, told)
    for name, kind in TABLES.items():
        if name in told:
            values[name] = kind(**_part(name, told[name]))
    return Policy(**values, bands=_bands(told.get("bands", [])))


def flat_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document's values by their paths, in its order; bands by where they begin.

    >>> flat_document({"costs": {"review": 3.0}, "bands": [{"amount_from": 500.0, "approve_at_most": -6.0}]})
    {'costs.review': 3.0, 'bands.500.approve_at_most': -6.0}
    """
    flat: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{field}": part for field, part in value.items()}
        elif isinstance(value, list):
            for band in value:
                # To the last digit: two bands that begin next to each other are two.
                start = f"{name}.{repr(band['amount_from']).removesuffix('.0')}"
                flat |= {f"{start}.{field}": part for field, part in band.items() if field != "amount_from"}
        else:
            flat[name] = value
    return flat


def digest_of(policy: Policy) -> str:
    """Return the SHA-256 (hexadecimal) over the whole policy, however its document was written.

    Equal policies have equal digests; one that differs in any value, a band's too, has another.
    """
    # Once through the document: whole numbers, signs of zero and usual values are then written in one way.
    document = document_of(policy_of(document_of(policy)))
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_digest(policy: Policy, digest: str) -> None:
    """Raise `PolicyNotAsShown` where a digest is that of another policy."""
    if digest != digest_of(policy):
        raise PolicyNotAsShown


def _band_document(band: AmountBand) -> Document:
    bounds = {name: value for name, value in asdict(band.bounds).items() if value is not None}
    return {"amount_from": band.amount_from} | bounds


def _bands(told: object) -> tuple[AmountBand, ...]:
    if not isinstance(told, Sequence) or isinstance(told, str):
        raise PolicyImpossible("bands", Templated("bands is a list of tables"))
    return tuple(_band(f"bands.{place}", each) for place, each in enumerate(told))


def _band(where: str, told: object) -> AmountBand:
    if not isinstance(told, Mapping):
        raise PolicyImpossible(where, Templated("%(path)s is a table of bounds", path=where))
    _check_names(f"{where}.", told, [each.name for each in BAND_FIELDS])
    values = _values(BAND_FIELDS, told, f"{where}.")
    return AmountBand(amount_from=values.pop("amount_from"), bounds=Bounds(**values))


def _part(table: str, told: object) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        raise PolicyImpossible(table, Templated("%(path)s is a table of numbers", path=table))
    fields = described(TABLES[table])
    _check_names(f"{table}.", told, [each.name for each in fields])
    return _values(fields, told, f"{table}.")


def _values(fields: Sequence[Described], told: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Return what is told of these fields; a gate may be absent or null, as all that has a usual value."""
    for each in fields:
        if each.is_required and told.get(each.name) is None:
            path = f"{where}{each.name}"
            raise PolicyImpossible(path, Templated("%(path)s is missing", path=path))
    return {
        each.name: _value(f"{where}{each.name}", each.kind, told[each.name])
        for each in fields
        if told.get(each.name) is not None
    }


def _value(name: str, kind: type[Any], told: object) -> Any:
    if kind is str:
        return _text(name, told)
    if issubclass(kind, StrEnum):
        return _chosen(kind, name, told)
    number = _number(name, told)
    if kind is int and not number.is_integer():
        raise PolicyImpossible(
            name,
            Templated("%(path)s is a whole number, not %(value)s", path=name, value=Figure(f"{number:g}")),
        )
    return kind(number)


def _check_names(where: str, told: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in told:
        if name not in known:
            raise PolicyImpossible(
                f"{where}{name}", Templated("a policy has no %(path)s", path=f"{where}{name}")
            )


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PolicyImpossible(
            name, Templated("%(path)s must be a number, not %(value)s", path=name, value=repr(value))
        )
    try:
        # Not every store keeps the sign of zero.
        return float(value) + 0.0
    except OverflowError as beyond:
        raise PolicyImpossible(name, Templated("%(path)s must be a finite number", path=name)) from beyond


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise PolicyImpossible(
            name, Templated("%(path)s must be a name, not %(value)s", path=name, value=repr(value))
        )
    return value


def _chosen(kind: type[StrEnum], name: str, value: object) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError as unknown:
        sentence = Templated(
            "%(path)s is one of %(choices)s, not %(value)s",
            path=name,
            choices=", ".join(kind),
            value=repr(value),
        )
        raise PolicyImpossible(name, sentence) from unknown
