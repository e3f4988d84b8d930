"""Policies in shadow decide beside the active one: their decisions are stored and have no effect."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from app.database.payments.transactions import Decided, ShadowDecision
from app.scoring.transaction import Transaction
from app.triage.deciding import decide
from app.triage.labels import LABELS, REASONS, Codes, Reason
from app.workflows.models.serving import ActivePair
from app.workflows.payments.deciding import UNSCORED, Scored, listed_codes, score_all, score_rows
from app.workflows.payments.scoring import GuardedScorer

# A shadow's model that failed is left alone for this long: live answers have waited for it once.
REST_SECONDS = 60.0


class ShadowScorer:
    """Scores by the models of shadows where these are not the active one, each guarded for itself.

    A model that fails, or takes too long, is missing from the answer and left alone for a while.
    """

    def __init__(self, *, timeout_seconds: float, monotonic: Callable[[], float]) -> None:
        self._timeout_seconds = timeout_seconds
        self._monotonic = monotonic
        self._guards: dict[str, GuardedScorer] = {}
        self._rests_until: dict[str, float] = {}
        self._probes: set[asyncio.Task[bool]] = set()

    def close(self) -> None:
        """Let the threads go."""
        for guard in self._guards.values():
            guard.close()

    async def score(
        self,
        shadows: Sequence[ActivePair],
        active: ActivePair,
        read_by: Callable[[ActivePair], Sequence[Transaction]],
    ) -> dict[str, Scored]:
        """Return what models other than the active one say of the transactions, by their version.

        `read_by`: the same transactions as the model of a pair reads them.
        """
        pairs = {each.model.version: each for each in shadows if each.model.version != active.model.version}
        said = await asyncio.gather(*(self._scored(pair, read_by(pair)) for pair in pairs.values()))
        return {version: each for version, each in zip(pairs, said, strict=True) if each is not None}

    async def _scored(self, pair: ActivePair, transactions: Sequence[Transaction]) -> Scored | None:
        version = pair.model.version
        if version not in self._guards:
            self._guards[version] = GuardedScorer(timeout_seconds=self._timeout_seconds)
        guard = self._guards[version]
        was_available = guard.is_available
        if not was_available:
            self._reprobe(guard, pair)
            return None
        scored = await score_all(guard, pair, transactions)
        if guard.is_available:
            return scored
        self._rests_until[version] = self._monotonic() + REST_SECONDS
        return None

    def _reprobe(self, guard: GuardedScorer, pair: ActivePair) -> None:
        """Try a rested model, without anybody waiting for it."""
        if self._monotonic() < self._rests_until[pair.model.version]:
            return
        self._rests_until[pair.model.version] = self._monotonic() + REST_SECONDS
        probe = asyncio.create_task(guard.probe(pair.model))
        self._probes.add(probe)
        probe.add_done_callback(self._probes.discard)


def with_shadows(
    decided: Sequence[Decided],
    scored: Scored,
    active: ActivePair,
    shadows: Sequence[ActivePair],
    elsewhere: Mapping[str, Scored],
) -> Sequence[Decided]:
    """Return the decisions with what every shadow says of the same transactions.

    `scored` is by the active pair's model, `elsewhere` by the models of `ShadowScorer`. Nothing of a
    decision but its shadows differs: neither its label, nor its audit, nor its case.
    """
    said: list[Sequence[ShadowDecision | None]] = []
    listed = listed_codes([row.listed for row in decided])
    for shadow in shadows:
        version = shadow.model.version
        if version == active.model.version:
            said.append(_said(shadow, scored, listed, is_own=False))
        elif version in elsewhere:
            said.append(_said(shadow, elsewhere[version], listed, is_own=True))
    if not said:
        return decided
    return [
        replace(row, shadows=tuple(each for each in words if each is not None))
        for row, *words in zip(decided, *said, strict=True)
    ]


def _said(
    shadow: ActivePair, scored: Scored, listed: Codes | None, *, is_own: bool
) -> list[ShadowDecision | None]:
    """Return one shadow's decision on each transaction; None where its own model gave no score."""
    amounts = np.array([float(each.amount) for each in scored.transactions])
    decisions = decide(scored.scores, scored.standings, amounts, shadow.policy, listed)
    has_score = np.isfinite(scored.scores.evidence_fraud).tolist()
    scores = score_rows(scored.scores) if is_own else [None] * amounts.size
    device = str(shadow.model.scorer.device)
    words: list[ShadowDecision | None] = []
    for label, code, score, is_scored in zip(
        decisions.labels.tolist(), decisions.reasons.tolist(), scores, has_score, strict=True
    ):
        reason = REASONS[code]
        if is_own and reason is Reason.MODEL_UNAVAILABLE:
            words.append(None)
            continue
        words.append(
            ShadowDecision(
                policy_id=shadow.policy_id,
                model_version=shadow.model.version,
                label=LABELS[label],
                reason=reason,
                score=score if is_scored and reason not in UNSCORED else None,
                device=device,
            )
        )
    return words
