"""The windows that the lab holds laid out, and the policies last tried on each."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies import policies
from app.database.server.session import transaction
from app.scoring.templated_text import Templated
from app.triage.policies.policy import Policy
from app.triage.refusal import PolicyImpossible
from app.triage.simulation.replay import Replayed, ReplayTable, recorded, replay
from app.workflows.policies.lab.score_memory import ReplayWindow, ScoreMemory
from app.workflows.policies.lab.trials import Span

# A window is used for this long; labels that come meanwhile count from the next one on.
FRESH_FOR = timedelta(seconds=20)
# A few managers, each with a window or two.
WINDOWS_KEPT = 4
# The active policy, the draft before the last move, the draft; each holds ten bytes a transaction.
REPLAYS_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CachedWindow:
    """A window of payments held in memory, since when, and the last policies tried on it."""

    bench: ReplayTable
    held: ReplayWindow
    laid_at: datetime
    replays: "OrderedDict[Policy, Replayed]" = field(default_factory=OrderedDict)


class ReplayWindows:
    """Lays windows of payments out for replays, and keeps the last few."""

    def __init__(self, engine: AsyncEngine, memory: ScoreMemory, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._memory = memory
        self._clock = clock
        self._kept: OrderedDict[tuple[str, datetime, datetime], CachedWindow] = OrderedDict()

    async def laid(self, model_version: str, span: Span) -> CachedWindow:
        """Return the window laid out, as fresh as `FRESH_FOR`.

        Raises `PolicyImpossible` for a model nobody knows here.
        """
        key = (model_version, span.since, span.until)
        laid = self._kept.get(key)
        now = self._clock()
        if laid is None or now - laid.laid_at >= FRESH_FOR:
            await self._check_known(model_version)
            held = await self._memory.window(model_version, span.since, span.until)
            bench = await asyncio.to_thread(ReplayTable.of, held.window)
            laid = CachedWindow(bench=bench, held=held, laid_at=now)
            self._kept[key] = laid
        self._kept.move_to_end(key)
        while len(self._kept) > WINDOWS_KEPT:
            self._kept.popitem(last=False)
        return laid

    async def _check_known(self, model_version: str) -> None:
        """Refuse a model without a record: a policy on its scale could not be kept, let alone decide."""
        known = None
        # A name that no column of text can hold is that of no record either.
        if _is_storable(model_version):
            async with transaction(self._engine) as connection:
                known = await policies.registered_sha256(connection, model_version)
        if known is None:
            raise PolicyImpossible(
                "model_version", Templated("no model %(version)s is known here", version=model_version)
            )

    async def before(self, laid: CachedWindow, active: Policy, model_version: str) -> Replayed:
        """Return what the changed policy is compared with: the active one, or what was decided then."""
        if active.model_version == model_version:
            return await self.replayed(laid, active)
        return await asyncio.to_thread(recorded, laid.bench, active)

    async def replayed(self, laid: CachedWindow, policy: Policy) -> Replayed:
        """Return the window decided by a policy, from the last few or anew."""
        found = laid.replays.get(policy)
        if found is None:
            found = await asyncio.to_thread(replay, laid.bench, policy)
            laid.replays[policy] = found
        laid.replays.move_to_end(policy)
        while len(laid.replays) > REPLAYS_KEPT:
            laid.replays.popitem(last=False)
        return found


def _is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold a text: neither NUL nor half of a surrogate pair is in it."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
