"""Follows whether the active policy's promise stays true, from stored payments of one age."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.policies import guarantees, policies
from app.database.policies import matured as stored
from app.database.policies.guarantees import GuaranteeEvent, HeldRun
from app.database.policies.matured import Arrivals, ByLists
from app.database.policies.policies import PolicyVersion
from app.database.server.session import transaction
from app.observability.logs import logger_of
from app.scoring.templated_text import Templated
from app.triage.certificate import Certificate
from app.triage.guarantee.standing import (
    GuaranteeRun,
    Matured,
    Promised,
    SeenFraud,
    Standing,
    Verdict,
    advanced,
    evidence,
)
from app.triage.guarantee.truths import Chances, Gap, chance_of, chances_of
from app.triage.written_numbers import count, exact_percent

logger = logger_of(__name__)

#: Arrivals that enter together, always whole: what becomes of them does not depend on who looks when.
SLICE = timedelta(hours=1)
#: Slices in one transaction.
MOST_SLICES = 24
# What is written with the time of its request commits within this.
MARGIN = timedelta(hours=1)
#: A policy whose certificate holds on average promises this confidence here.
USUAL_CONFIDENCE = 0.95
TOLD_EVENTS = 50


class WhyNotKnown(StrEnum):
    """Why nothing is said of a promise."""

    NOTHING_PROMISED = "nothing_promised"
    DECLINES_NOT_AUDITED = "declines_not_audited"
    APPROVALS_NOT_SEEN = "approvals_not_seen"
    ANSWERS_MISSING = "answers_missing"
    TOO_FEW_FRAUDS = "too_few_frauds"


GAPS = {
    Gap.DECLINES: WhyNotKnown.DECLINES_NOT_AUDITED,
    Gap.APPROVALS: WhyNotKnown.APPROVALS_NOT_SEEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringRule:
    """At which age payments enter, and what the operator states of sources: propensity by name."""

    age: timedelta
    stated: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeReport:
    """How the active policy's promise stands."""

    policy_id: int
    promised: Promised
    chances: Chances
    standing: Standing
    #: Of a verdict: from how many frauds, and since when.
    verdict: Verdict | None
    is_answered: bool
    frauds: int
    missed: int
    drawn: int
    unanswered: int
    by_lists: ByLists
    #: ln M for "the promise holds" and for "it is broken"; a verdict is given at `promised.enough`.
    evidence_kept: float
    evidence_broken: float
    rule: EnteringRule
    #: Payments received before this have entered; None: none is old enough yet.
    through: datetime | None
    events: Sequence[GuaranteeEvent] = ()

    @property
    def why_not_known(self) -> WhyNotKnown | None:
        """Why there is no verdict yet; None: there is one."""
        if self.standing is not Standing.NOT_KNOWN:
            return None
        if self.chances.gap is not None:
            return GAPS[self.chances.gap]
        if not self.is_answered:
            return WhyNotKnown.ANSWERS_MISSING
        return WhyNotKnown.TOO_FEW_FRAUDS


class GuaranteeWatch:
    """Lets payments enter as they become old enough, and tells how the promise stands.

    A run is kept per policy, with the arrival up to which payments have entered: work is of new arrivals
    alone, and a slice of them enters once, with its position, on whichever replica holds the run.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        rule: EnteringRule,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._rule = rule
        self._clock = clock
        self.seen: GuaranteeReport | None = None

    def notices(self) -> tuple[str, ...]:
        """Return what everybody must know: a promise that is broken."""
        if self.seen is None or self.seen.standing is not Standing.BROKEN:
            return ()
        share = self.seen.promised.miss_rate
        return (
            Templated(
                "The guarantee is broken: of all frauds more than %(share)s are approved.",
                share=exact_percent(share),
            ),
        )

    async def look(self) -> None:
        """Let all that is old enough enter, a slice after the other, then read how the promise stands."""
        while await self._enter_some():
            pass
        self.seen = await self.report()

    async def report(self) -> GuaranteeReport | None:
        """Return how the active policy's promise stands; None: it promises nothing."""
        async with transaction(self._engine) as connection:
            version = await policies.active_pair(connection)
            if version is None or version.certificate is None:
                return None
            held = await guarantees.read(connection, version.id)
            events = await guarantees.events(connection, version.id, limit=TOLD_EVENTS)
            by_lists = await stored.by_lists(connection, version.id)
        promised, chances = promised_by(version.certificate), chances_of(version.policy, self._rule.stated)
        is_begun = held is not None and held.rule == _written(self._rule, promised)
        run = held.run if held is not None and is_begun else GuaranteeRun()
        kept, broken = evidence(run, promised, chances)
        return GuaranteeReport(
            policy_id=version.id,
            promised=promised,
            chances=chances,
            standing=run.standing,
            verdict=run.alarmed or run.certified,
            is_answered=run.is_answered,
            frauds=run.frauds,
            missed=run.missed,
            drawn=run.drawn,
            unanswered=run.unanswered,
            by_lists=by_lists,
            evidence_kept=kept,
            evidence_broken=broken,
            rule=self._rule,
            through=held.through if held is not None and is_begun else None,
            events=events,
        )

    async def _enter_some(self) -> bool:
        """Let the next slices of arrivals enter; return whether there are more."""
        async with transaction(self._engine) as connection:
            version = await policies.active_pair(connection)
            if version is None or version.certificate is None:
                return False
            promised = promised_by(version.certificate)
            held = await self._held(connection, version.id, _written(self._rule, promised))
            if held is None:
                return False
            old_enough = self._clock() - self._rule.age - MARGIN
            slices = min(MOST_SLICES, (old_enough - held.through) // SLICE)
            for _ in range(slices):
                held = await self._enter(connection, version, promised, held)
            await guarantees.save(connection, version.id, held)
        return slices == MOST_SLICES

    async def _held(self, connection: AsyncConnection, policy_id: int, rule: str) -> HeldRun | None:
        """Return the run, locked; begun anew where the rule is another one than its own."""
        began = await guarantees.first_active_at(connection, policy_id)
        if began is None:
            return None
        first = HeldRun(rule=rule, through=began - MARGIN, run=GuaranteeRun())
        await guarantees.begin(connection, policy_id, first)
        held = await guarantees.held(connection, policy_id)
        if held is None or held.rule == rule:
            return held
        if held.run.standing is not Standing.NOT_KNOWN:
            reason = "Payments enter by another rule, or another share is promised: all is counted anew."
            await self._tell(connection, policy_id, first.run, reason)
        return first

    async def _enter(
        self, connection: AsyncConnection, version: PolicyVersion, promised: Promised, held: HeldRun
    ) -> HeldRun:
        """Let one slice enter."""
        until = held.through + SLICE
        arrivals = Arrivals(policy_ids=(version.id,), since=held.through, until=until, age=self._rule.age)
        drawn, unanswered = await stored.draws(connection, arrivals)
        entering = Matured(
            frauds=tuple(self._seen(await stored.frauds(connection, arrivals))),
            drawn=drawn,
            unanswered=unanswered,
        )
        run = advanced(held.run, entering, promised, chances_of(version.policy, self._rule.stated))
        if run.standing is not held.run.standing:
            await self._tell(connection, version.id, run, _reason(run, promised))
        return replace(held, through=until, run=run)

    def _seen(self, known: Sequence[stored.MaturedFraud]) -> list[SeenFraud]:
        chances = [chance_of(each.fraud, self._rule.stated) for each in known]
        return [
            SeenFraud(is_missed=each.fraud.is_missed, chance=chance, matured_at=each.matured_at)
            for each, chance in zip(known, chances, strict=True)
            if chance is not None
        ]

    async def _tell(
        self, connection: AsyncConnection, policy_id: int, run: GuaranteeRun, reason: str
    ) -> None:
        event = GuaranteeEvent(
            policy_id=policy_id,
            standing=run.standing,
            frauds=run.frauds,
            missed=run.missed,
            reason=reason,
            happened_at=self._clock(),
        )
        await guarantees.record(connection, event)
        tell = logger.warning if run.standing is Standing.BROKEN else logger.info
        tell("the guarantee stands otherwise", policy_id=policy_id, detail=f"{run.standing.value}: {reason}")


def promised_by(certificate: Certificate) -> Promised:
    """Return what a certificate promises of misses, and with which risk a verdict on it may err."""
    confidence = certificate.confidence if certificate.confidence is not None else USUAL_CONFIDENCE
    return Promised(miss_rate=certificate.miss_rate_at_most, risk=1 - confidence)


def _written(rule: EnteringRule, promised: Promised) -> str:
    """Return the rule as it is compared: what changes evidence changes it."""
    told = {
        "age_seconds": rule.age.total_seconds(),
        "stated": dict(rule.stated),
        "miss_rate": promised.miss_rate,
        "risk": promised.risk,
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def _reason(run: GuaranteeRun, promised: Promised) -> str:
    verdict = run.alarmed or run.certified
    frauds = verdict.frauds if verdict is not None else run.frauds
    words = "more than" if run.alarmed is not None else "at most"
    share = exact_percent(promised.miss_rate)
    return f"From {count(frauds)} frauds seen: of all frauds {words} {share} are approved."
