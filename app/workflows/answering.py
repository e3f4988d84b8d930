"""What clients ask afterwards: what became of a transaction, what is new, and is it still true."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import decisions, labels, outcomes, policies
from app.database.decisions import History, Replayable
from app.database.labels import TruthReport
from app.database.outcomes import Outcome
from app.database.session import transaction
from app.review.answer import DecisionNotFound, TransactionNotFound
from app.triage.deciding import decide
from app.triage.labels import LABELS, REASONS, Label, Reason
from app.workflows.deciding import score_all, score_rows
from app.workflows.modelling import ActivePair, ModelShelf
from app.workflows.outcome_news import OutcomeNews
from app.workflows.scoring import GuardedScorer


class ModelAway(Exception):
    """The model does not answer just now; ask again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A decision made again, beside the one that is stored."""

    decision_id: int
    is_equal: bool
    #: By how much each stored number differs from the one computed now; only those that differ.
    differences: Mapping[str, float]
    stored_label: Label
    label: Label
    stored_reason: Reason
    reason: Reason
    stored_device: str | None
    device: str
    model_version: str
    policy_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What the API reads, over one database."""

    engine: AsyncEngine
    shelf: ModelShelf
    scorer: GuardedScorer
    news: OutcomeNews
    clock: Callable[[], datetime]

    async def history(self, client_id: int, transaction_id: str, *, wait_seconds: float = 0) -> History:
        """Return what became of a transaction, waiting a while for its outcome.

        Raises `TransactionNotFound`.
        """
        ends = time.monotonic() + wait_seconds
        history = await self._history(client_id, transaction_id)
        if history.outcome is not None or wait_seconds <= 0:
            return history
        async with self.news.of(history.key) as settled:
            while True:
                # Asked again only where news would be heard: what is settled in between is not missed.
                settled.clear()
                history = await self._history(client_id, transaction_id)
                left = ends - time.monotonic()
                if history.outcome is not None or left <= 0:
                    return history
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await settled.wait()

    async def outcomes(self, client_id: int, *, after: tuple[int, int], limit: int) -> list[Outcome]:
        """Return a client's next outcomes behind a position."""
        async with transaction(self.engine) as connection:
            return await outcomes.in_order(connection, client_id, after=after, limit=limit)

    async def learn(self, client_id: int, reports: Sequence[TruthReport]) -> set[int]:
        """Append ground truth; return the places of the reports whose transaction exists."""
        async with transaction(self.engine) as connection:
            return await labels.append(connection, client_id, reports, self.clock())

    async def replay(self, client_id: int, decision_id: int) -> Replay:
        """Make a stored decision again, on its own model and policy.

        Raises `DecisionNotFound`, `ArtifactRefused` when its model is not on this machine, and
        `ModelAway`.
        """
        async with transaction(self.engine) as connection:
            stored = await decisions.replayable(connection, client_id, decision_id)
            if stored is None:
                raise DecisionNotFound
            version = await policies.by_id(connection, stored.policy_id)
        model = self.shelf.model(stored.model_version)
        pair = ActivePair(policy_id=stored.policy_id, policy=version.policy, model=model)
        # What the feed stood as then is not worked out again: the stored reason says it.
        was_wrong = stored.reason is Reason.UNUSUAL_FEED
        wrong_feeds = frozenset({stored.transaction.client_id}) if was_wrong else frozenset()
        scored = await score_all(self.scorer, pair, [stored.transaction], wrong_feeds=wrong_feeds)
        if not self.scorer.is_available:
            raise ModelAway
        decided = decide(
            scored.scores, scored.standings, np.array([float(stored.transaction.amount)]), pair.policy
        )
        fresh = score_rows(scored.scores)[0]
        return _compared(stored, fresh, LABELS[decided.labels[0]], REASONS[decided.reasons[0]], pair)

    async def _history(self, client_id: int, transaction_id: str) -> History:
        async with transaction(self.engine) as connection:
            history = await decisions.history(connection, client_id, transaction_id)
        if history is None:
            raise TransactionNotFound
        return history


def _compared(
    stored: Replayable, fresh: Mapping[str, float | None], label: Label, reason: Reason, pair: ActivePair
) -> Replay:
    differences = {}
    for name, was in (stored.score or {}).items():
        now = fresh[name]
        if was is not None and now is not None and was != now:
            differences[name] = now - was
    had_no_score = stored.score is None
    is_equal = not differences and (had_no_score or (label is stored.label and reason is stored.reason))
    return Replay(
        decision_id=stored.decision_id,
        is_equal=is_equal,
        differences=differences,
        stored_label=stored.label,
        label=label,
        stored_reason=stored.reason,
        reason=reason,
        stored_device=stored.device,
        device=str(pair.model.scorer.device),
        model_version=stored.model_version,
        policy_version=stored.policy_id,
    )
