"""Blind first: on some cases the machine keeps its opinion to itself until a person has said theirs.

Real fraud analysts judge better from the data alone, and worse once they have seen a score. Which cases
are blind is drawn per case, with a probability that is kept; audits and looks at other people's verdicts
on audits always are, because the machine's opinion would give them away.
"""

from hashlib import sha256

from app.review.case import CaseKind
from app.triage.labels import Label

_RANGE = 2**64


def blind_probability(kind: CaseKind, label: Label, *, has_score: bool, share: float) -> float:
    """Return how likely a case is to hide the machine's opinion; `share` is that of ordinary unknowns."""
    if kind is CaseKind.AUDIT or label is not Label.UNKNOWN:
        return 1.0
    return share if has_score else 0.0


def is_blind(
    case_id: int, kind: CaseKind, label: Label, *, has_score: bool, drawn: bool | None, share: float
) -> bool:
    """Whether a case is judged blind: as it was drawn, where there was anything to draw."""
    probability = blind_probability(kind, label, has_score=has_score, share=share)
    if drawn is None or probability in {0.0, 1.0}:
        return is_drawn_blind(case_id, probability)
    return drawn


def is_drawn_blind(case_id: int, probability: float) -> bool:
    """Draw by the case's number: the same for everybody who asks, and spread like chance."""
    drawn = int.from_bytes(sha256(f"blind {case_id}".encode()).digest()[:8])
    return drawn < probability * _RANGE
