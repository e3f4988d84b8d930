"""Payments of a model as they enter: an hour after the other, each once, with the position in one commit."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from app.artifacts import Model
from app.database.policies import drift, drift_rows
from app.database.policies import matured as truths
from app.database.policies.drift import HeldDrift
from app.database.policies.drift_rows import SampledPayment
from app.database.policies.matured import Arrivals
from app.scoring.arrays import Floats
from app.scoring.features import FeatureSchema
from app.triage.drift.binned import Bins, DriftReference, ScoreReference, drift_reference
from app.triage.drift.days import Arrived
from app.triage.drift.delays import STEPS, steps_of
from app.triage.drift.exchangeability import DriftBets, advanced, stratum_of
from app.triage.drift.maturing import Matured, matured
from app.triage.guarantee.truths import chance_of

#: Arrivals that enter together: of one hour of the day, so that all of them are compared with the same.
SLICE = timedelta(hours=1)
#: Payments of an hour of which features are read.
MOST_SAMPLED = 60
#: Truths that are heard are read over so long at once.
MOST_HEARD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WatchedModel:
    """A model, what it learned from, and the policies by which it ever decided."""

    version: str
    schema: FeatureSchema
    reference: DriftReference
    policy_ids: tuple[int, ...]
    #: At which age truths count, and what is stated of their sources.
    age: timedelta
    stated: Mapping[str, float]


def reference_of(model: Model) -> DriftReference:
    """Return what a model keeps of the rows it learned from, in bins."""
    part, score = model.calibration, None
    if part is not None:
        legits_kept = int((~part.is_fraud).sum())
        score = ScoreReference(
            kept=part.scores.evidence_fraud, floor=part.legit_floor, below=part.legits - legits_kept
        )
    return drift_reference(
        model.schema, model.legit_quantiles, score, rows=max(int(model.fitted_rows.size), 1)
    )


async def enter_arrivals(
    connection: AsyncConnection, watched: WatchedModel, held: HeldDrift, *, slices: int
) -> HeldDrift:
    """Let so many hours of arrivals enter a run that is held."""
    shape = watched.reference.shares.shape
    days = dict(await drift.days(connection, watched.version, held.through.date()))
    for _ in range(slices):
        arrivals = _arrivals(watched, held.through)
        told = await drift_rows.counted(connection, arrivals)
        rows = await drift_rows.sampled(connection, arrivals, most=MOST_SAMPLED)
        bins, bets = await asyncio.to_thread(_bet, watched, rows, held.bets, held.through)
        day = _utc(held.through).date()
        arrived = Arrived(**told, sampled=len(bins), counts=_counted(bins, shape))
        days[day] = days.get(day, Arrived.none(shape)).with_more(arrived)
        held = replace(held, through=held.through + SLICE, bets=bets)
    for day, arrived in days.items():
        await drift.save_day(connection, watched.version, day, arrived)
    return held


async def enter_matured(
    connection: AsyncConnection, watched: WatchedModel, held: HeldDrift, *, slices: int
) -> HeldDrift:
    """Let so many hours of payments enter that are old enough."""
    days = dict(await drift.matured(connection, watched.version, held.matured_through.date()))
    for _ in range(slices):
        more = await _matured(connection, watched, _arrivals(watched, held.matured_through))
        day = _utc(held.matured_through).date()
        days[day] = days.get(day, Matured.none()).with_more(more)
        held = replace(held, matured_through=held.matured_through + SLICE)
    for day, each in days.items():
        await drift.save_matured(connection, watched.version, day, each)
    return held


async def enter_heard(
    connection: AsyncConnection, watched: WatchedModel, held: HeldDrift, *, until: datetime
) -> HeldDrift:
    """Let the truths enter that were heard until a moment, of a month at most."""
    until = min(until, held.heard_through + MOST_HEARD)
    found = await drift_rows.heard(connection, held.heard_through, until)
    if found:
        first: date = min(month for _, month in found)
        kept = await drift.delays(connection, watched.version, first)
        for key, seconds in found.items():
            counts = kept.get(key, np.zeros(STEPS)) + steps_of(seconds)
            await drift.save_delay(connection, watched.version, key, counts)
    return replace(held, heard_through=until)


async def _matured(connection: AsyncConnection, watched: WatchedModel, arrivals: Arrivals) -> Matured:
    payments, predicted = await drift_rows.by_band(connection, arrivals)
    known = await drift_rows.scored_frauds(connection, arrivals)
    seen = [(each.probability, chance_of(each.fraud, watched.stated)) for each in known]
    entering = [(probability, chance) for probability, chance in seen if chance is not None]
    pairs = np.array(entering, dtype=np.float64).reshape(-1, 2)
    drawn, unanswered = await truths.draws(connection, arrivals)
    return replace(matured(payments, predicted, *pairs.T), drawn=drawn, unanswered=unanswered)


def _bet(
    watched: WatchedModel, rows: list[SampledPayment], bets: DriftBets, begins: datetime
) -> tuple[Bins, DriftBets]:
    readable = [row for row in rows if not watched.schema.problems_of_stored(row.features)]
    if not readable:
        return np.empty((0, len(watched.reference.quantities)), dtype=np.intp), bets
    amounts = [row.amount for row in readable]
    encoded = watched.schema.encoded(
        [row.features for row in readable], amounts, [row.occurred_at for row in readable]
    )
    bins = watched.reference.bins_of(
        np.column_stack([encoded, amounts]),
        np.array([row.evidence for row in readable]),
        np.array([row.novelty for row in readable]),
    )
    at = _utc(begins)
    keys = [row.key for row in readable]
    return bins, advanced(bets, bins, keys, stratum=stratum_of(at), begins=at, lasts=SLICE)


def _counted(bins: Bins, shape: tuple[int, ...]) -> Floats:
    counts = np.zeros(shape)
    np.add.at(counts, (np.arange(shape[0])[None, :], bins), 1)
    return counts


def _arrivals(watched: WatchedModel, since: datetime) -> Arrivals:
    return Arrivals(policy_ids=watched.policy_ids, since=since, until=since + SLICE, age=watched.age)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
