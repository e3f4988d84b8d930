"""How a promise stands while its policy decides: kept again, not known yet, or broken."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from math import log
from typing import Final

import numpy as np

from app.scoring.arrays import Floats
from app.triage.guarantee.counted import log_evidence_broken, log_evidence_kept
from app.triage.guarantee.truths import Chances
from app.triage.guarantee.weighted import (
    begun_broken,
    begun_kept,
    log_evidence,
    next_broken,
    next_kept,
    worth,
)

#: Of the payments drawn for people, the share that may lack its answer at the age at which payments enter.
MOST_UNANSWERED: Final = 0.02


class Standing(StrEnum):
    """What is known of a promise."""

    CERTIFIED = "certified"
    NOT_KNOWN = "not_known"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Of all frauds the machine approves at most `miss_rate`; each verdict errs with at most `risk`."""

    miss_rate: float
    risk: float = 0.05

    @property
    def enough(self) -> float:
        """The log evidence at which a verdict is given."""
        return -log(self.risk)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFraud:
    """A fraud that entered: whether the machine had approved it, and the chance with which it was seen."""

    is_missed: bool
    chance: float
    #: When it was old enough.
    matured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matured:
    """What became old enough, in order of arrival."""

    frauds: tuple[SeenFraud, ...] = ()
    #: Payments drawn for people, and those of them without an answer.
    drawn: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """When the evidence was first enough, and from how many frauds."""

    frauds: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuaranteeRun:
    """All that is kept of the frauds that entered. Build the first without arguments."""

    #: S of n frauds seen were approved.
    frauds: int = 0
    missed: int = 0
    drawn: int = 0
    unanswered: int = 0
    #: Log wealth of the bets on either answer, shape (16,) each.
    kept: Floats = field(default_factory=begun_kept)
    broken: Floats = field(default_factory=begun_broken)
    certified: Verdict | None = None
    alarmed: Verdict | None = None

    @property
    def is_answered(self) -> bool:
        """Whether so many of the drawn payments have their answer that the frauds among them are known."""
        return self.unanswered <= MOST_UNANSWERED * self.drawn

    @property
    def standing(self) -> Standing:
        """Broken is the last word: what broke is not certified again by the same policy."""
        if self.alarmed is not None:
            return Standing.BROKEN
        return Standing.NOT_KNOWN if self.certified is None else Standing.CERTIFIED


def advanced(run: GuaranteeRun, matured: Matured, promised: Promised, chances: Chances) -> GuaranteeRun:
    """Return the run after what became old enough; the same however it is cut into calls by whole draws.

    While too few answers are there, evidence is gathered, and no verdict given.
    """
    run = replace(run, drawn=run.drawn + matured.drawn, unanswered=run.unanswered + matured.unanswered)
    for fraud in matured.frauds:
        run = _with_fraud(run, fraud, promised, chances)
    return run


def evidence(run: GuaranteeRun, promised: Promised, chances: Chances) -> tuple[float, float]:
    """Return ln M for "the promise holds" and for "it is broken"."""
    if not run.frauds:
        return 0.0, 0.0
    if chances.are_certain:
        counts = np.array([float(run.missed)]), np.array([float(run.frauds)]), promised.miss_rate
        return float(log_evidence_kept(*counts)[0]), float(log_evidence_broken(*counts)[0])
    return float(log_evidence(run.kept)), float(log_evidence(run.broken))


def _with_fraud(run: GuaranteeRun, fraud: SeenFraud, promised: Promised, chances: Chances) -> GuaranteeRun:
    number, share = run.frauds + 1, promised.miss_rate
    z = worth(np.array(float(fraud.is_missed)), np.array(fraud.chance), share)
    after = replace(
        run,
        frauds=number,
        missed=run.missed + fraud.is_missed,
        kept=next_kept(run.kept, z, promised=share, least_chance=chances.approved),
        broken=next_broken(run.broken, z, number=number, promised=share, least_chance=chances.not_approved),
    )
    if not run.is_answered or chances.gap is not None:
        return after
    verdict = Verdict(frauds=number, at=fraud.matured_at)
    holds, breaks = (found >= promised.enough for found in evidence(after, promised, chances))
    return replace(
        after,
        certified=run.certified or (verdict if holds else None),
        alarmed=run.alarmed or (verdict if breaks else None),
    )
