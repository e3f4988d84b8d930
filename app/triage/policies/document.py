"""A policy as a document of plain values, and back: what files, requests and artifacts hold."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from app.triage.costs import Costs
from app.triage.policies.policy import BOUND_NAMES, AmountBand, Bounds, Fallback, Policy, WrongFeed
from app.triage.refusal import PolicyImpossible
from app.triage.staffing import Staffing

Document = dict[str, Any]
Part = TypeVar("Part", Costs, Staffing)
Choice = TypeVar("Choice", Fallback, WrongFeed)

#: The parts of a policy that are no single number.
PARTS = ("bands", "costs", "staffing", "deadline_fallback", "wrong_feed", "model_version")
REQUIRED = ("model_version", "approve_at_most", "decline_at_least")
REQUIRED_OF_BANDS = ("amount_from", "approve_at_most", "decline_at_least")


class PolicyNotAsShown(Exception):
    """This is not what you were shown: look at what it would have done, then keep it."""


def document_of(policy: Policy) -> Document:
    """Return the policy as JSON and TOML can hold it; what has no limit is left out."""
    numbers = {field.name: getattr(policy, field.name) for field in fields(Policy) if field.name not in PARTS}
    document: Document = {"model_version": policy.model_version}
    document |= {name: value for name, value in numbers.items() if value is not None}
    document["deadline_fallback"] = policy.deadline_fallback.value
    document["wrong_feed"] = policy.wrong_feed.value
    document["costs"] = asdict(policy.costs)
    document["staffing"] = asdict(policy.staffing)
    document["bands"] = [_band_document(band) for band in policy.bands]
    return document


def policy_of(document: Mapping[str, Any]) -> Policy:
    """Return the policy a document describes; what is left out has no limit, or its usual value.

    Raises `PolicyImpossible` with the field that is missing, unknown, of the wrong kind or impossible.
    """
    _check_names("", document, [field.name for field in fields(Policy)])
    for name in REQUIRED:
        if document.get(name) is None:
            raise PolicyImpossible(name, f"{name} is missing")
    values: dict[str, Any] = {
        name: _number(name, value) for name, value in document.items() if name not in PARTS
    }
    values["model_version"] = _text("model_version", document["model_version"])
    if "deadline_fallback" in document:
        values["deadline_fallback"] = _chosen(Fallback, "deadline_fallback", document["deadline_fallback"])
    if "wrong_feed" in document:
        values["wrong_feed"] = _chosen(WrongFeed, "wrong_feed", document["wrong_feed"])
    if "costs" in document:
        values["costs"] = _part(Costs, "costs", document["costs"])
    if "staffing" in document:
        values["staffing"] = _part(Staffing, "staffing", document["staffing"])
    values["bands"] = _bands(document.get("bands", []))
    # A gate may be absent or null; every other number has a usual value when it is left out.
    return Policy(**{name: value for name, value in values.items() if value is not None})


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
        raise PolicyImpossible("bands", "bands is a list of tables")
    return tuple(_band(f"bands.{place}", each) for place, each in enumerate(told))


def _band(where: str, told: object) -> AmountBand:
    if not isinstance(told, Mapping):
        raise PolicyImpossible(where, f"{where} is a table of bounds")
    _check_names(f"{where}.", told, ["amount_from", *BOUND_NAMES])
    for name in REQUIRED_OF_BANDS:
        if told.get(name) is None:
            raise PolicyImpossible(f"{where}.{name}", f"{where}.{name} is missing")
    numbers = {name: _number(f"{where}.{name}", value) for name, value in told.items()}
    amount_from = numbers.pop("amount_from")
    return AmountBand(amount_from=amount_from or 0.0, bounds=Bounds(**numbers))  # type: ignore[arg-type]


def _part(kind: type[Part], name: str, told: object) -> Part:
    if not isinstance(told, Mapping):
        raise PolicyImpossible(name, f"{name} is a table of numbers")
    whole = {field.name: field.type is int for field in fields(kind)}
    _check_names(f"{name}.", told, list(whole))
    values: dict[str, Any] = {}
    for field, is_whole in whole.items():
        value = _number(f"{name}.{field}", told.get(field))
        if value is None:
            raise PolicyImpossible(f"{name}.{field}", f"{name}.{field} is missing")
        if is_whole and not value.is_integer():
            raise PolicyImpossible(f"{name}.{field}", f"{name}.{field} is a whole number, not {value:g}")
        values[field] = int(value) if is_whole else value
    return kind(**values)


def _check_names(where: str, told: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in told:
        if name not in known:
            raise PolicyImpossible(f"{where}{name}", f"a policy has no {where}{name}")


def _number(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PolicyImpossible(name, f"{name} must be a number, not {value!r}")
    try:
        # Not every store keeps the sign of zero.
        return float(value) + 0.0
    except OverflowError as beyond:
        raise PolicyImpossible(name, f"{name} must be a finite number") from beyond


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise PolicyImpossible(name, f"{name} must be a name, not {value!r}")
    return value


def _chosen(kind: type[Choice], name: str, value: object) -> Choice:
    try:
        return kind(str(value))
    except ValueError as unknown:
        raise PolicyImpossible(name, f"{name} is one of {', '.join(kind)}, not {value!r}") from unknown
