"""What was heard of payments by a moment: reports, verdicts, second reviews, rulings; as columns."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Flags, Floats
from app.triage.labels import Codes

#: A truth that is none, as codes of `Evidence`.
NOT_SAID, LEGIT, FRAUD = -1, 0, 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Payments of which something was heard, each column of shape (payments,); truths as codes.

    Moments are seconds since 1970, NaN where there is none; chances NaN where nobody can say.
    """

    payment_ids: NDArray[np.int64]
    occurred_at: Floats
    #: What the machine answered at once, as codes into `LABELS`.
    decided: Codes
    #: The newest report that stands, from whom, when it was learned; the largest chance of any that stands.
    reported: Codes
    report_sources: NDArray[np.object_]
    reported_at: Floats
    report_chances: Floats
    #: The verdict that stands, when it was given; the chance, logged as it was decided, that a person looked.
    judged: Codes
    judged_at: Floats
    judged_chances: Floats
    #: With which others it was judged at once; 0: alone.
    group_ids: NDArray[np.int64]
    #: Whether the machine had decided, and a person checked it.
    is_audit: Flags
    #: What second reviews and rulings said of that verdict; of one that was corrected since, nothing.
    second: Codes
    ruling: Codes

    @classmethod
    def of(cls, columns: Mapping[str, list[Any]]) -> "Evidence":
        """Build from lists by name."""
        kinds: dict[str, Any] = {
            "payment_ids": np.int64,
            "group_ids": np.int64,
            "report_sources": np.object_,
            **dict.fromkeys(("decided", "reported", "judged", "second", "ruling"), np.int8),
            "is_audit": np.bool_,
        }
        return cls(
            **{
                each.name: np.array(columns[each.name], dtype=kinds.get(each.name, np.float64))
                for each in fields(cls)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingSource:
    """A source of which it is stated which share of the frauds it reports, of payments it could hear of.

    It hears of approved payments: what was declined is not charged back.
    """

    name: str
    #: Above 0, at most 1.
    share: float
    #: Payments that occurred from the first moment to the last: before it was not at work, after it the
    #: label's delay had not passed by its newest report. Seconds since 1970.
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Silence:
    """Approved payments of which nothing was heard although a source was at work; shape (payments,)."""

    payment_ids: NDArray[np.int64]
    occurred_at: Floats
    #: With which chance each of them was drawn among all such payments.
    chance: float = 1.0
