"""What clients ask after a decision: the status of a transaction, new outcomes, and replays of a decision."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments import decisions, labels, outcomes
from app.database.payments.decisions import Replayable, TransactionHistory
from app.database.payments.labels import TruthReport
from app.database.payments.outcomes import Outcome, OutcomeCursor
from app.database.policies import policies
from app.database.server.session import transaction
from app.review.answer import DecisionNotFound, TransactionNotFound
from app.triage.deciding import decide
from app.triage.labels import LABELS, LISTINGS, REASONS, Label, Reason
from app.workflows.models.serving import ActivePair, LoadedModels
from app.workflows.payments.deciding import score_all, score_rows
from app.workflows.payments.scoring import GuardedScorer


class OutcomeSignal:
    """Wakes requests that wait for an outcome when the database notifies that it is settled."""

    def __init__(self) -> None:
        self._waiting: defaultdict[int, set[asyncio.Event]] = defaultdict(set)
        self.is_over = False

    @asynccontextmanager
    async def of(self, transaction_key: int) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set when this transaction's outcome may have been settled."""
        event = asyncio.Event()
        self._waiting[transaction_key].add(event)
        try:
            yield event
        finally:
            self._waiting[transaction_key].discard(event)
            if not self._waiting[transaction_key]:
                del self._waiting[transaction_key]

    def tell(self, transaction_key: int) -> None:
        """Wake those who wait for this one."""
        for event in self._waiting.get(transaction_key, ()):
            event.set()

    def tell_all(self) -> None:
        """Wake everybody to look again: news may have been missed."""
        for key in list(self._waiting):
            self.tell(key)

    def end(self) -> None:
        """Let everybody go who waits, and nobody wait from now on: the service stops."""
        self.is_over = True
        self.tell_all()


class CursorUnknown(Exception):
    """This cursor stands at no outcome of yours here; begin again without `after`, nothing is left out."""


class ModelAway(Exception):
    """The model does not answer just now; ask again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedDecision:
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
class ReportedLabels:
    """Reports of truth by their places (from 0): those whose transaction exists, and those kept before."""

    accepted: set[int]
    repeated: set[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionStatus:
    """What the API reads, over one database."""

    engine: AsyncEngine
    shelf: LoadedModels
    #: For decisions made again alone: a model that fails here, perhaps an old one, leaves payments be.
    scorer: GuardedScorer
    news: OutcomeSignal
    clock: Callable[[], datetime]

    async def history(
        self, client_id: int, transaction_id: str, *, wait_seconds: float = 0
    ) -> TransactionHistory:
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
                if history.outcome is not None or left <= 0 or self.news.is_over:
                    return history
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await settled.wait()

    async def outcomes(self, client_id: int, *, after: OutcomeCursor, limit: int) -> list[Outcome]:
        """Return a client's next outcomes behind a cursor; raises `CursorUnknown`."""
        async with transaction(self.engine) as connection:
            position = await outcomes.place_of(connection, client_id, after)
            if position is None:
                raise CursorUnknown
            return await outcomes.in_order(connection, client_id, after=position, limit=limit)

    async def learn(self, client_id: int, reports: Sequence[TruthReport]) -> ReportedLabels:
        """Append ground truth; return which of the reports were taken, and which were known before."""
        async with transaction(self.engine) as connection:
            repeated = await labels.repeated(connection, client_id, reports)
            accepted = await labels.append(connection, client_id, reports, self.clock())
        return ReportedLabels(accepted=accepted, repeated=repeated)

    async def replay(self, client_id: int, decision_id: int) -> ReplayedDecision:
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
        was_wrong = (stored.unlisted_reason or stored.reason) is Reason.UNUSUAL_FEED
        wrong_feeds = frozenset({stored.transaction.client_id}) if was_wrong else frozenset()
        guard = self.scorer
        if not guard.is_available and not await guard.probe(model):
            raise ModelAway
        scored = await score_all(guard, pair, [stored.transaction], wrong_feeds=wrong_feeds)
        if not guard.is_available:
            raise ModelAway
        decided = decide(
            scored.scores,
            scored.standings,
            np.array([float(stored.transaction.amount)]),
            pair.policy,
            np.array([LISTINGS.index(stored.listed)], dtype=np.int8),
        )
        fresh = score_rows(scored.scores)[0]
        return _compared(stored, fresh, LABELS[decided.labels[0]], REASONS[decided.reasons[0]], pair)

    async def _history(self, client_id: int, transaction_id: str) -> TransactionHistory:
        async with transaction(self.engine) as connection:
            history = await decisions.history(connection, client_id, transaction_id)
        if history is None:
            raise TransactionNotFound
        return history


def _compared(
    stored: Replayable, fresh: Mapping[str, float | None], label: Label, reason: Reason, pair: ActivePair
) -> ReplayedDecision:
    differences = {}
    for name, was in (stored.score or {}).items():
        now = fresh[name]
        if was is not None and now is not None and was != now:
            differences[name] = now - was
    had_no_score = stored.score is None
    is_equal = not differences and (had_no_score or (label is stored.label and reason is stored.reason))
    return ReplayedDecision(
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
