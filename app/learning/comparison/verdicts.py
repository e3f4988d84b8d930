"""One sentence per screened recipe: what it measured against the plain likelihood."""

from collections.abc import Mapping, Sequence
from typing import Any

#: What every screened network is measured against: the same network, nothing added.
BASELINE = "likelihood"

# One seed of four folds moves AP by about this much: less is no difference.
NOISE = 0.01


def verdicts(screening: Mapping[str, Any], finalists: Sequence[str], chosen: str) -> dict[str, str]:
    """Return a verdict per candidate of the screening table, and per finalist."""
    figures = {each["name"]: each["figures"] for each in screening["candidates"]}
    base = figures.get(BASELINE)
    told = {name: _verdict(name, own, base) for name, own in figures.items()}
    for name in finalists:
        told[name] = "ships" if name == chosen else "a finalist, not chosen"
    return told


def _verdict(name: str, own: Mapping[str, Any], base: Mapping[str, Any] | None) -> str:
    if base is None or name == BASELINE:
        return "what the others are measured against"
    gain = own["ap"]["mean"] - base["ap"]["mean"]
    review, usual = (each["review_rate_at_miss_10"]["mean"] for each in (own, base))
    word = "no difference" if abs(gain) < NOISE else ("better" if gain > 0 else "worse")
    return f"AP {gain:+.3f} ({word}); review at a miss of 10 % {review:.1%} against {usual:.1%}"
