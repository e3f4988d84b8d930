"""What people and sources know of payments as one view to learn from: truths, from whom, how late, how heavy.

The rule is that of simulations: a truth counts where the chance with which it became known is known, and
weighs its inverse. A report counts before a person's verdict, a ruling before the verdicts it judges.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.review.truths.evidence import FRAUD, LEGIT, NOT_SAID, Evidence, ReportingSource, Silence
from app.review.truths.group_weights import group_weights
from app.scoring.arrays import Flags, Floats, Rows
from app.triage.labels import LABELS, Codes, Label
from app.triage.simulation.known import weights_of

APPROVED = LABELS.index(Label.LEGIT)
#: Who says so, where no source reported it.
VERDICT, AUDIT, RULING, SILENCE = "verdict", "audit", "ruling", "silence"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingView:
    """Payments whose truth counts, in the order of time; each column of shape (payments,)."""

    payment_ids: NDArray[np.int64]
    #: Seconds since 1970.
    occurred_at: Floats
    is_fraud: Flags
    #: A source's name, or one of `VERDICT`, `AUDIT`, `RULING`, `SILENCE`.
    sources: NDArray[np.object_]
    #: How long after the payment it was learned, in seconds; NaN of silence.
    delays: Floats
    #: With which chance the truth became known.
    chances: Floats
    #: Of how many payments each speaks.
    weights: Floats
    #: Frauds whose source states no chance, and payments of which people disagree: not among them.
    without_chance: int
    disputed: int

    def taken(self, rows: Rows) -> "TrainingView":
        """Return the same of some payments."""
        columns = {
            name: getattr(self, name)[rows]
            for name in ("payment_ids", "occurred_at", "is_fraud", "sources", "delays", "chances", "weights")
        }
        return replace(self, **columns)

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """Return frauds and legits by source."""
        told = Counter(zip(self.sources.tolist(), self.is_fraud.tolist(), strict=True))
        return {name: (told[name, True], told[name, False]) for name in sorted(set(self.sources.tolist()))}


def training_view(
    evidence: Evidence, silence: Silence | None = None, stated: Sequence[ReportingSource] = ()
) -> TrainingView:
    """Return what is known, with its weights.

    `stated`: sources that report a stated share of frauds; without one silence is no truth.
    """
    truths, is_disputed = settled(evidence)
    chances = _chances(evidence, truths, stated)
    is_known = (truths != NOT_SAID) & np.isfinite(chances)
    rows = np.flatnonzero(is_known)
    silent = silence or Silence(payment_ids=np.empty(0, dtype=np.int64), occurred_at=np.empty(0))
    nothing = np.zeros(silent.payment_ids.size)
    from_verdict = evidence.reported[rows] == NOT_SAID
    groups = np.where(from_verdict, evidence.group_ids[rows], 0)
    all_chances = np.concatenate([chances[rows], nothing + silent.chance])
    strata = np.concatenate([evidence.decided[rows], np.full(nothing.size, APPROVED, dtype=np.int8)])
    shares = group_weights([each or None for each in groups.tolist()])
    occurred_at = np.concatenate([evidence.occurred_at[rows], silent.occurred_at])
    order = np.lexsort((np.concatenate([evidence.payment_ids[rows], silent.payment_ids]), occurred_at))
    sources = np.concatenate([_sources(evidence)[rows], np.full(nothing.size, SILENCE, dtype=np.object_)])
    learned = np.where(from_verdict, evidence.judged_at[rows], evidence.reported_at[rows])
    return TrainingView(
        payment_ids=np.concatenate([evidence.payment_ids[rows], silent.payment_ids])[order],
        occurred_at=occurred_at[order],
        is_fraud=np.concatenate([truths[rows] == FRAUD, nothing > 0])[order],
        sources=sources[order],
        delays=np.concatenate([learned - evidence.occurred_at[rows], nothing + np.nan])[order],
        chances=all_chances[order],
        weights=(weights_of(all_chances, strata) * np.concatenate([shares, nothing + 1]))[order],
        without_chance=int(((truths != NOT_SAID) & ~is_known).sum()),
        disputed=int(is_disputed.sum()),
    )


def settled(evidence: Evidence) -> tuple[Codes, Flags]:
    """Return what is true of each payment as far as is known, and of which people disagree."""
    of_people = np.where(evidence.ruling != NOT_SAID, evidence.ruling, evidence.judged)
    is_contradicted = (evidence.second != NOT_SAID) & (evidence.second != evidence.judged)
    is_disputed = is_contradicted & (evidence.ruling == NOT_SAID) & (evidence.reported == NOT_SAID)
    truths = np.where(evidence.reported != NOT_SAID, evidence.reported, of_people).astype(np.int8)
    truths[is_disputed] = NOT_SAID
    return truths, is_disputed


def _chances(evidence: Evidence, truths: Codes, stated: Sequence[ReportingSource]) -> Floats:
    """Return with which chance each truth became known: that of the likeliest way."""
    known = np.where(evidence.judged != NOT_SAID, evidence.judged_chances, np.nan)
    chances = np.fmax(evidence.report_chances, known)
    for source in stated:
        hears = (evidence.decided == APPROVED) & (evidence.occurred_at >= source.since)
        hears &= evidence.occurred_at <= source.until
        is_told = (truths == FRAUD) & (evidence.report_sources == source.name)
        chances = np.fmax(chances, np.where(hears & is_told, source.share, np.nan))
        # A legit would have been one by silence, too.
        chances = np.fmax(chances, np.where(hears & (truths == LEGIT), 1.0, np.nan))
    return chances


def _sources(evidence: Evidence) -> NDArray[np.object_]:
    by_people = np.where(evidence.is_audit, AUDIT, VERDICT).astype(np.object_)
    by_people[evidence.ruling != NOT_SAID] = RULING
    return np.where(evidence.reported != NOT_SAID, evidence.report_sources, by_people)
