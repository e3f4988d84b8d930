"""What `tertium doctor` found: each a line, how bad it is, and what to do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    state: State
    told: str
    #: What to do about it; empty where all is well.
    advice: str = ""


def ok(check: str, told: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, state=State.OK, told=told)


def warn(check: str, told: str, advice: str) -> Finding:
    """Return that something will hurt some day."""
    return Finding(check=check, state=State.WARN, told=told, advice=advice)


def fail(check: str, told: str, advice: str) -> Finding:
    """Return that something keeps the service from its work."""
    return Finding(check=check, state=State.FAIL, told=told, advice=advice)


def worst(findings: Sequence[Finding]) -> State:
    """Return how bad it is altogether."""
    states = {finding.state for finding in findings}
    return State.FAIL if State.FAIL in states else State.WARN if State.WARN in states else State.OK


def as_document(findings: Sequence[Finding]) -> dict[str, object]:
    """Return the findings for a program."""
    return {"state": worst(findings), "checks": [asdict(finding) for finding in findings]}
