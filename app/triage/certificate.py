"""What a policy promises, on how many known frauds, and with which confidence.

The bounds that keep a promise are computed in `app.triage.tuning`: a module per `Method`.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.scoring.templated_text import Templated

# Of a million frauds one: nobody has the rows to prove less, and numbers of rows come to no number.
SMALLEST_SHARE = 1e-6
LARGEST_SHARE = 1 - SMALLEST_SHARE
#: More promises than this nobody compares.
MOST_STEPS = 100


class Method(StrEnum):
    """How bounds are set so that they keep a promise."""

    NEYMAN_PEARSON = "neyman_pearson"
    LEARN_THEN_TEST = "learn_then_test"
    MONDRIAN = "mondrian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a manager wants to be able to say; raises ValueError for shares no promise can hold."""

    #: Frauds approved / all frauds, at most.
    miss_rate: float
    confidence: float = 0.95
    #: Frauds declined / all declined, at least; None: nothing is promised of declines.
    decline_precision: float | None = None
    #: Legits declined / all legits, at most and on average; only a Mondrian promise asks for it.
    false_decline_rate: float | None = None
    #: Promises whose costs were looked at before this one was chosen; 1: it was made without looking.
    chosen_among: int = 1

    def __post_init__(self) -> None:
        """Refuse shares of nothing and of all, and a choice among nothing."""
        for name in ("miss_rate", "confidence", "decline_precision", "false_decline_rate"):
            share = getattr(self, name)
            if share is not None and not SMALLEST_SHARE <= share <= LARGEST_SHARE:
                raise ValueError(f"{name} is a share above 0 and below 1, not {share:g}")
        if not 1 <= self.chosen_among <= MOST_STEPS:
            raise ValueError(f"chosen_among is from 1 to {MOST_STEPS}, not {self.chosen_among}")


class Kind(StrEnum):
    """What the frauds of a certificate were to the model."""

    #: No part of the model was fitted to them; exact.
    HELD_OUT = "held-out"
    #: Each scored by members that had not seen it; checked by simulation, no theorem.
    CROSS_FITTED = "cross-fitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A promise that was kept when its bounds were set, with the size of its evidence."""

    method: str
    #: With which the promise holds; None: it holds on average over calibrations, and certifies nothing.
    confidence: float | None
    #: Known frauds it rests on; what they were to the model, says `kind`.
    frauds: int
    #: sha256 over the rows it rests on.
    rows_sha256: str
    #: "Of 100 frauds the machine approves at most this share."
    miss_rate_at_most: float
    false_decline_rate_at_most: float | None = None
    decline_precision_at_least: float | None = None
    #: Known legits, where the promise speaks of declines.
    legits: int | None = None
    #: The bound lies just under this order statistic of the frauds' evidence (1 = the smallest).
    order: int | None = None
    kind: Kind = Kind.HELD_OUT
    #: Among so many bounds this one was chosen after looking; each of them keeps 1 - (1 - confidence) / many.
    chosen_among: int = 1
    source: str = Templated("the model's calibration part")
    #: What the promise takes for granted, in words.
    assumption: str = Templated("the coming weeks resemble the calibration data")

    def __post_init__(self) -> None:
        """Take the kind as it is written in files, too."""
        object.__setattr__(self, "kind", Kind(self.kind))

    @property
    def is_certified(self) -> bool:
        """Whether it holds with a confidence, and not on average alone."""
        return self.confidence is not None


class PromiseInfeasible(ValueError):
    """What is known is too little for this promise."""

    def __init__(
        self, sentence: str, *, frauds_needed: int | None = None, legits_needed: int | None = None
    ) -> None:
        super().__init__(sentence)
        self.frauds_needed = frauds_needed
        self.legits_needed = legits_needed
