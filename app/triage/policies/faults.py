"""Everything that is wrong with a policy's document, at once: one fault does not hide the others."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from app.triage.policies.document import REQUIRED, Document, policy_of
from app.triage.refusal import PolicyImpossible

# What stands in for a required value while the rest is looked at; it contradicts no policy's other values.
_STAND_INS: Mapping[str, Any] = {"model_version": "-", "approve_at_most": -1e11, "decline_at_least": 1e11}
# A document of a hundred faults is no policy.
MOST_FAULTS = 100


def faults_of(document: Mapping[str, Any]) -> tuple[PolicyImpossible, ...]:
    """Return every fault of a document, none when `policy_of` makes a policy of it.

    Each is found with the ones before it taken out. Values that only contradict each other are told
    when every value by itself could be.
    """
    rest: Document = deepcopy(dict(document))
    found: dict[str, PolicyImpossible] = {}
    for _ in range(MOST_FAULTS):
        try:
            policy_of(rest)
        except PolicyImpossible as fault:
            is_new = fault.field not in found
            if is_new:
                found[fault.field] = fault
            if not _taken_out(rest, fault.field, whole=not is_new):
                break
        else:
            break
    return tuple(found.values())


def _taken_out(rest: Document, field: str, *, whole: bool) -> bool:
    """Take a field out of a document, or all of the part it is in; return whether anything changed."""
    first, _, inner = field.partition(".")
    if first in REQUIRED:
        was, rest[first] = rest.get(first), _STAND_INS[first]
        return bool(was != rest[first])
    part = rest.get(first)
    if inner and not whole and isinstance(part, dict) and inner in part:
        del part[inner]
        return True
    # Of a list, or of a part that lacks something, nothing is left to look at without what was taken out.
    return rest.pop(first, None) is not None
