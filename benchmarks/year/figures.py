"""The figures of the year: what the product's own estimates say of stored payments, beside what is true."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.database.server.embedded import attach
from app.triage.guarantee.standing import Standing
from app.workflows.policies.lab.trials import Simulation
from benchmarks.year.life import Life, Plan, life_of
from benchmarks.year.managers import Audits
from benchmarks.year.record import days_on_record, simulated, true_miss
from benchmarks.year.training import CHALLENGER, train_challenger, train_champion

YEAR = Plan()
#: The same house, which looks at nothing that the machine decided and states nothing of any source.
WITHOUT_AUDITS = Plan(days=110, drift_day=50, audits=Audits(approved=0.0, declined=0.0), stated="")
NAN = float("nan")


def figures() -> dict[str, float]:
    """Return when what happened, and what review and misses were before, in and after the drift."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        train_champion(work)
        print("the champion is trained", flush=True)
        found = asyncio.run(_with_audits(work)) | asyncio.run(_without_audits(work))
    return {**found, "year_seconds": time.perf_counter() - began}


async def _with_audits(work: Path) -> dict[str, float]:
    with _database(work / "audited") as url:

        async def challenger(now: datetime) -> str:
            await asyncio.to_thread(train_challenger, work, url, now, stated=YEAR.stated)
            return CHALLENGER

        async with life_of(YEAR, url, work / "models", train_challenger=challenger) as life:
            await life.live()
            print(life.days, flush=True)
            return await _course(life) | await _phases(life) | _standing_after(life)


async def _without_audits(work: Path) -> dict[str, float]:
    plan = WITHOUT_AUDITS
    with _database(work / "unaudited") as url:
        async with life_of(plan, url, work / "models") as life:
            await life.live()
            seen = life.services.policies.guarantee.seen
            simulation = await simulated(life, plan.drift_day, plan.days)
    told = seen.why_not_known if seen is not None else None
    print(f"without audits: {told}; nothing is known of {simulation.after.risk.not_known}", flush=True)
    return {
        "year_without_audits_standing_known": float(
            seen is not None and seen.standing is not Standing.NOT_KNOWN
        ),
        "year_without_audits_miss_known": float(simulation.after.risk.miss_rate.value is not None),
        "year_without_audits_miss_true": true_miss(life, plan.drift_day, plan.days),
    }


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    folder.mkdir()
    with attach(folder, durable=False) as server:
        yield server.url()


async def _course(life: Life) -> dict[str, float]:
    """Return when what happened, as it is on record, and how many verdicts there were."""
    known = {"drift": life.plan.drift_day, "better": life.days.better, **await days_on_record(life)}
    wrong = sum(each.said is not life.till.truths[each.transaction_id] for each in life.judged)
    return {
        **{f"year_{name}_day": NAN if day is None else float(day) for name, day in known.items()},
        "year_author_refused": float(life.days.author_refused),
        "year_verdicts": float(len(life.judged)),
        "year_verdicts_wrong_share": wrong / len(life.judged),
    }


async def _phases(life: Life) -> dict[str, float]:
    """Return review rate and misses of each part of the year, by the policies that decided in it."""
    plan, promoted = life.plan, life.days.promoted
    ends = {"before_drift": (0, plan.drift_day), "in_drift": (plan.drift_day, promoted or plan.days)}
    if promoted is not None:
        ends["after"] = (promoted, plan.days)
    found: dict[str, float] = {}
    for name, (since, until) in ends.items():
        simulation = await simulated(life, since, until)
        found |= _told(name, simulation)
        found[f"year_miss_{name}_true"] = true_miss(life, since, until)
    return found


def _told(name: str, simulation: Simulation) -> dict[str, float]:
    miss, review_rate = simulation.after.risk.miss_rate, simulation.after.review_rate
    return {
        f"year_review_rate_{name}": NAN if review_rate is None else review_rate,
        f"year_miss_{name}": NAN if miss.value is None else miss.value,
        f"year_miss_{name}_low": miss.low,
        f"year_miss_{name}_high": NAN if miss.high is None else miss.high,
    }


def _standing_after(life: Life) -> dict[str, float]:
    """Return how the promise of the version that decides at the end stands, once its payments are old."""
    seen = life.services.policies.guarantee.seen
    if seen is None:
        return {}
    print(
        f"at the end: {seen.standing}, {seen.missed} of {seen.frauds} frauds seen were approved", flush=True
    )
    return {
        "year_standing_after_broken": float(seen.standing is Standing.BROKEN),
        "year_standing_after_certified": float(seen.standing is Standing.CERTIFIED),
    }
