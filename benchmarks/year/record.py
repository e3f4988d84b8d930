"""What the database keeps of the year, read by the product's own services; and what is true beside it."""

from collections.abc import Mapping
from datetime import datetime

from app.database.policies import guarantees
from app.database.server.session import transaction
from app.review.outcome import GroundTruth
from app.triage.guarantee.standing import Standing
from app.triage.labels import Label
from app.triage.policies.state import PolicyState
from app.workflows.policies.history import HistoryEntry
from app.workflows.policies.lab.trials import Simulation
from benchmarks.year.life import EVENING, Life, moment_of, span_of
from benchmarks.year.training import CHALLENGER
from benchmarks.year.world import BEGINS_AT

#: Verdicts on a promise that are read; there are a few.
MOST_EVENTS = 50


async def days_on_record(life: Life) -> Mapping[str, int | None]:
    """Return on which days of the year the promise broke, a challenger entered shadow and was promoted.

    None: it did not happen.
    """
    history = await life.services.policies.lifecycle.history()
    moments = {
        "alarm": await _broken_at(life, history),
        "challenged": _first(history, PolicyState.SHADOW),
        "promoted": _first([each for each in history if _is_challenger(each)], PolicyState.ACTIVE),
    }
    return {name: None if moment is None else (moment - BEGINS_AT).days for name, moment in moments.items()}


async def simulated(life: Life, since: int, until: int) -> Simulation:
    """Return what the lab says of those days, by the policy that decided on the first of them."""
    policies, evening = life.services.policies, moment_of(since) + EVENING
    history = await policies.lifecycle.history()
    version = next(each.version for each in history if _has_begun(each) and each.event.happened_at <= evening)
    return await policies.lab.simulate(version.policy, span_of(since, until), certificate=version.certificate)


def true_miss(life: Life, since: int, until: int) -> float:
    """Return the frauds of those days that the machine approved / all of them, as only the year knows."""
    frauds = [paid for day in life.paid[since:until] for paid in day if paid.truth is GroundTruth.FRAUD]
    return sum(paid.label is Label.LEGIT for paid in frauds) / len(frauds)


async def _broken_at(life: Life, history: list[HistoryEntry]) -> datetime | None:
    """Return when a version that decided was first told to break its promise."""
    broken = []
    async with transaction(life.services.cases.claims.engine) as connection:
        for policy_id in {each.event.policy_id for each in history if _has_begun(each)}:
            events = await guarantees.events(connection, policy_id, limit=MOST_EVENTS)
            broken += [each.happened_at for each in events if each.standing is Standing.BROKEN]
    return min(broken, default=None)


def _first(history: list[HistoryEntry], state: PolicyState) -> datetime | None:
    return min((each.event.happened_at for each in history if each.event.state is state), default=None)


def _has_begun(entry: HistoryEntry) -> bool:
    return entry.event.state is PolicyState.ACTIVE


def _is_challenger(entry: HistoryEntry) -> bool:
    return entry.version.policy.model_version == CHALLENGER
