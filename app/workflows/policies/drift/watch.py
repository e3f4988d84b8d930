"""Follows what changed since the model in force learned, from stored payments: each is read once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.artifacts import Model
from app.database.policies import drift, drift_rows, paired, policies, simulations
from app.database.policies.drift import DriftEvent, HeldDrift
from app.database.server.session import transaction
from app.observability.logs import logger_of
from app.scoring.templated_text import Templated
from app.triage.drift.binned import DriftReference
from app.triage.drift.exchangeability import RISK, DriftBets
from app.triage.drift.volume import expected_by_simulation
from app.triage.guarantee.truths import chances_of
from app.triage.written_numbers import exact_percent
from app.workflows.models.serving import Serving
from app.workflows.policies.drift.entering import (
    MOST_SAMPLED,
    SLICE,
    WatchedModel,
    enter_arrivals,
    enter_heard,
    enter_matured,
    reference_of,
)
from app.workflows.policies.drift.report import MATURED_DAYS, DriftReport, InForce, Kept, drift_report
from app.workflows.policies.guarantee import EnteringRule

logger = logger_of(__name__)

#: Hours of arrivals in one transaction.
MOST_SLICES = 24
# What is written with the time of its request commits within this.
MARGIN = timedelta(hours=1)
#: How far back the page looks, and how many months of delays it compares.
LOOKED_BACK_DAYS, LOOKED_BACK_MONTHS = 120, 6
#: What was heard before the model began tells how long truths used to take.
HEARD_BEFORE = timedelta(days=90)
TOLD_EVENTS = 50


class DriftWatch:
    """Lets payments enter hour by hour, and tells what changed.

    A run is kept per model. Days, bets and positions are written together by whoever holds the run.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        serving: Serving,
        *,
        rule: EnteringRule,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._serving = serving
        self._rule = rule
        self._clock = clock
        self._references: dict[str, DriftReference] = {}
        #: Names of the quantities called changed, as this process last read it.
        self.changed: tuple[str, ...] = ()

    def notices(self) -> tuple[str, ...]:
        """Return what somebody must look at: quantities that the bets call changed."""
        if not self.changed:
            return ()
        return (
            Templated(
                "Payments changed since the model began: %(quantities)s. See Drift.",
                quantities=", ".join(self.changed),
            ),
        )

    async def look(self) -> None:
        """Let all enter that is there, some hours after the others."""
        while await self._enter_some():
            pass
        model, reference = self._model()
        async with transaction(self._engine) as connection:
            held = await drift.read(connection, model.version)
        self.changed = () if held is None else _changed(held.bets, reference)

    async def report(self) -> DriftReport | None:
        """Return how the payments of the model in force stand; None: none of them were counted yet."""
        model, reference = self._model()
        version = model.version
        async with transaction(self._engine) as connection:
            held = await drift.read(connection, version)
            began = await drift_rows.first_active_at(connection, version)
            active = await policies.active_pair(connection)
            if held is None or began is None or active is None or held.rule != self._written(reference):
                return None
            since = await drift_rows.last_active_at(connection, active.id)
            kept = await self._kept(connection, version, held)
            newest = await simulations.newest(connection, active.id)
        in_force = InForce(
            since=since or began,
            costs=active.policy.costs,
            staffing=active.policy.staffing,
            simulated=expected_by_simulation(None if newest is None else newest.record.result),
            chances=chances_of(active.policy, self._rule.stated),
        )
        currencies = model.schema.currencies
        return drift_report(
            *(version, reference, kept, in_force),
            began=began,
            age=self._rule.age,
            currency=currencies[0] if len(currencies) == 1 else "",
        )

    async def _kept(self, connection: AsyncConnection, version: str, held: HeldDrift) -> Kept:
        since = (held.through - timedelta(days=LOOKED_BACK_DAYS)).date()
        old_since = (held.matured_through - timedelta(days=MATURED_DAYS)).date()
        return Kept(
            held=held,
            days=await drift.days(connection, version, since),
            matured=await drift.matured(connection, version, old_since),
            delays=await drift.delays(connection, version, _months_before(held.heard_through)),
            events=await drift.events(connection, version, limit=TOLD_EVENTS),
        )

    async def _enter_some(self) -> bool:
        """Let the next hours enter; return whether there are more."""
        model, reference = self._model()
        async with transaction(self._engine) as connection:
            held = await self._held(connection, model.version, reference)
            if held is None:
                return False
            watched = await self._watched(connection, model, reference)
            there = self._clock() - MARGIN
            arrivals = _slices(there - held.through)
            old_enough = _slices(there - self._rule.age - held.matured_through)
            before = held.bets
            held = await enter_arrivals(connection, watched, held, slices=arrivals)
            held = await enter_matured(connection, watched, held, slices=old_enough)
            until = held.heard_through + _slices(there - held.heard_through, most=None) * SLICE
            held = await enter_heard(connection, watched, held, until=until)
            await drift.save(connection, model.version, held)
            await self._tell(connection, watched, before, held.bets)
        return MOST_SLICES in {arrivals, old_enough} or held.heard_through < until

    async def _held(
        self, connection: AsyncConnection, version: str, reference: DriftReference
    ) -> HeldDrift | None:
        """Return the run, locked; begun anew where its rule is another one."""
        began = await drift_rows.first_active_at(connection, version)
        if began is None:
            return None
        begins = (began - MARGIN).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        first = HeldDrift(
            rule=self._written(reference),
            through=begins,
            matured_through=begins,
            heard_through=begins - HEARD_BEFORE,
            bets=DriftBets.begun(len(reference.quantities)),
        )
        await drift.begin(connection, version, first)
        held = await drift.held(connection, version)
        if held is None or held.rule == first.rule:
            return held
        await drift.begin_anew(connection, version, first)
        return first

    async def _watched(
        self, connection: AsyncConnection, model: Model, reference: DriftReference
    ) -> WatchedModel:
        return WatchedModel(
            version=model.version,
            schema=model.schema,
            reference=reference,
            policy_ids=tuple(await paired.decided_once(connection, model.version)),
            age=self._rule.age,
            stated=self._rule.stated,
        )

    async def _tell(
        self, connection: AsyncConnection, watched: WatchedModel, before: DriftBets, after: DriftBets
    ) -> None:
        """Record and log what the bets call changed and did not before."""
        fresh = np.isnan(before.alarmed_at) & ~np.isnan(after.alarmed_at)
        for number in np.flatnonzero(fresh):
            name = watched.reference.quantities[number].name
            since = datetime.fromtimestamp(float(after.changed_at[number]), UTC)
            reason = (
                f"Payments no longer come as they came before {since:%Y-%m-%d %H:%M} UTC. Wrong with a chance"
                f" of at most {exact_percent(RISK)} for all quantities together."
            )
            happened_at = datetime.fromtimestamp(float(after.alarmed_at[number]), UTC)
            event = DriftEvent(subject=name, reason=reason, happened_at=happened_at)
            await drift.record(connection, watched.version, event)
            detail = f"{name}: {reason}"
            logger.warning("payments changed", model_version=watched.version, detail=detail)

    def _model(self) -> tuple[Model, DriftReference]:
        model = self._serving.pair.model
        if model.version not in self._references:
            self._references = {model.version: reference_of(model)}
        return model, self._references[model.version]

    def _written(self, reference: DriftReference) -> str:
        """Return the rule as it is compared: what changes what is counted changes it."""
        told = {
            "bins": reference.fingerprint,
            "sampled": MOST_SAMPLED,
            "age_seconds": self._rule.age.total_seconds(),
            "stated": dict(self._rule.stated),
        }
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def _slices(length: timedelta, most: int | None = MOST_SLICES) -> int:
    whole = max(length // SLICE, 0)
    return whole if most is None else min(most, whole)


def _months_before(moment: datetime) -> date:
    months = moment.year * 12 + moment.month - 1 - LOOKED_BACK_MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _changed(bets: DriftBets, reference: DriftReference) -> tuple[str, ...]:
    return tuple(reference.quantities[number].name for number in np.flatnonzero(~np.isnan(bets.alarmed_at)))
