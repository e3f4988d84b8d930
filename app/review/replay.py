"""A decision worked out again from what was stored of it: the same to the last digit, or what differs."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.triage.labels import Label, Reason

#: The columns of a score, by name.
ScoreColumns = Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionParts:
    """What decides a payment's way: label, reason, and the score where a model gave one."""

    label: Label
    reason: Reason
    score: ScoreColumns | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that came out otherwise."""

    name: str
    stored: str
    again: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of deciding again; `again` is None where that is not possible here, and why."""

    again: DecisionParts | None
    differences: tuple[Difference, ...]
    #: Why nothing was worked out; empty where it was.
    impossible: str

    @property
    def is_exact(self) -> bool:
        """Whether it came out the same to the last digit."""
        return self.again is not None and not self.differences


def not_replayed(why: str) -> Replay:
    """Return that a decision cannot be worked out again here."""
    return Replay(again=None, differences=(), impossible=why)


def compared(stored: DecisionParts, again: DecisionParts) -> Replay:
    """Return how a decision that was worked out again differs from the stored one.

    Numbers are equal or they are not: no tolerance stands between a payment and its reason.
    """
    stored_values, again_values = _values(stored), _values(again)
    names = [*stored_values, *(name for name in again_values if name not in stored_values)]
    return Replay(
        again=again,
        differences=tuple(
            Difference(
                name=name, stored=_written(stored_values.get(name)), again=_written(again_values.get(name))
            )
            for name in names
            if stored_values.get(name) != again_values.get(name)
        ),
        impossible="",
    )


def _values(parts: DecisionParts) -> dict[str, str | float | None]:
    return {"label": parts.label.value, "reason": parts.reason.value, **(parts.score or {})}


def _written(value: str | float | None) -> str:
    """Return a value to its last digit."""
    return "none" if value is None else value if isinstance(value, str) else repr(value)
