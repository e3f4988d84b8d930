"""After an outage of the model: scores the waiting payments and closes cases that need no review."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases
from app.database.cases.keeping import assignments, waits
from app.database.payments import decisions, outcomes
from app.database.payments.decisions import UnscoredCase
from app.database.payments.transactions import Context, Decided
from app.database.server.session import transaction
from app.review.keeping.assignment import AssignmentEnd
from app.review.keeping.waiting import WaitEnd
from app.review.outcome import GroundTruth, OutcomeSource
from app.triage.labels import Label
from app.workflows.models.serving import Serving
from app.workflows.payments.deciding import context_of, decide_all, score_all
from app.workflows.payments.lists_in_force import ListsInForce
from app.workflows.payments.opening import Opening
from app.workflows.payments.scoring import GuardedScorer
from app.workflows.payments.set_aside import SetAside

# Cases locked and re-scored at once; a claim passes over them meanwhile.
BATCH = 200


class Recovery:
    """Notices how many cases wait for the model, and works them off once it answers again."""

    def __init__(  # noqa: PLR0913  # the wiring hands each part over once
        self,
        engine: AsyncEngine,
        serving: Serving,
        scorer: GuardedScorer,
        *,
        lists_in_force: ListsInForce,
        clock: Callable[[], datetime],
        opening: Opening,
        most_waiting: int,
        wrong_feeds: Callable[[str], frozenset[int]],
        others_waiting: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._serving = serving
        self._scorer = scorer
        self._lists_in_force = lists_in_force
        self._clock = clock
        self._opening = opening
        self._most_waiting = most_waiting
        self._set_aside = SetAside(done="scored anew")
        self._wrong_feeds = wrong_feeds
        self._others_waiting = others_waiting
        self.waiting = 0

    def is_backlog_full(self) -> bool:
        """Whether people have as many cases without a score, or of a wrong feed, as they can take."""
        return self.waiting + self._others_waiting() >= self._most_waiting

    async def tick(self) -> None:
        """Look once: count what waits, probe the model if it is away, re-score if it is back."""
        async with transaction(self._engine) as connection:
            self.waiting = await cases.awaiting_model(connection)
        if not self._scorer.is_available:
            await self._scorer.probe(self._serving.pair.model)
        while self._scorer.is_available and self.waiting:
            rescored = await self.rescore()
            self.waiting -= rescored
            if rescored == 0:
                break

    async def rescore(self) -> int:
        """Re-score one batch of waiting cases, each by a new appended decision; return how many."""
        pair = await self._serving.refresh()
        async with transaction(self._engine) as connection:
            now = self._clock()
            but = self._set_aside.resting()
            waiting = await decisions.lock_awaiting(connection, now, but=but, limit=BATCH)
            if not waiting:
                return 0
            scored = await score_all(
                self._scorer,
                pair,
                [each.transaction for each in waiting],
                wrong_feeds=self._wrong_feeds(pair.model.version),
            )
            if not self._scorer.is_available:
                return 0
            # What was committed before this is decided counts for it, as it does at intake.
            await self._lists_in_force.follow(connection)
            listings = self._lists_in_force.listings(scored.transactions, now)
            decided = decide_all(scored, pair, opening=self._opening, now=now, hits=listings.hits)
            context = context_of(pair, now, listings)
            pairs = {each.case_id: (each, row) for each, row in zip(waiting, decided, strict=True)}

            async def apply(case_ids: Sequence[int]) -> None:
                for case_id in case_ids:
                    await self._apply(connection, *pairs[case_id], context)

            return len(await self._set_aside.each(connection, list(pairs), apply))

    async def _apply(
        self, connection: AsyncConnection, waiting: UnscoredCase, decided: Decided, context: Context
    ) -> None:
        # Whoever holds the case will judge it whatever the machine says now.
        propensity = 1.0 if waiting.is_held else decided.label_propensity
        await decisions.append_late(connection, waiting, decided, context, propensity=propensity)
        if decided.label is Label.UNKNOWN:
            return
        await outcomes.settle(
            connection,
            waiting.key,
            GroundTruth(decided.label.value),
            OutcomeSource.MACHINE,
            context.now,
        )
        if decided.case is None and not waiting.is_held:
            await self._close(connection, waiting.case_id, context.now)

    async def _close(self, connection: AsyncConnection, case_id: int, now: datetime) -> None:
        """Close a case that nobody has to judge any more, with whatever kept it."""
        case = await cases.locked(connection, case_id)
        await cases.save(connection, case.closed(now))
        await assignments.end(connection, case_id, AssignmentEnd.CLOSED, now=now)
        await waits.end(connection, case_id, WaitEnd.CLOSED, now=now)
