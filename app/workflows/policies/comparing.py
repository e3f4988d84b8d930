"""Compares versions in shadow with what decides, on stored payments of one age that both scored."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.policies import comparisons, paired, policies
from app.database.policies import matured as stored
from app.database.policies.comparisons import HeldComparison
from app.database.policies.matured import Arrivals
from app.database.policies.paired import PairedScore
from app.database.policies.policies import PolicyVersion
from app.database.server.session import transaction
from app.scoring.arrays import Floats
from app.triage.betting.frauds import brier_saved, compared
from app.triage.betting.mean import MeanInterval
from app.triage.betting.paired import Comparison
from app.triage.guarantee.standing import MOST_UNANSWERED
from app.triage.guarantee.truths import Chances, Gap, chance_of, chances_of
from app.triage.policies.state import PolicyState
from app.workflows.policies.guarantee import MARGIN, MOST_SLICES, SLICE, EnteringRule

#: After so many a comparison ends: as many are kept, and looked at again with each slice.
MOST_PAYMENTS = 1_000_000
#: Of one transaction, beside the slice that reaches it.
ENOUGH_AT_ONCE = 50_000


class WhyNotCompared(StrEnum):
    """Why nothing is said of champion and challenger."""

    SAME_MODEL = "same_model"
    DECLINES_NOT_AUDITED = "declines_not_audited"
    APPROVALS_NOT_SEEN = "approvals_not_seen"
    ANSWERS_MISSING = "answers_missing"
    NONE_OLD_ENOUGH = "none_old_enough"


GAPS = {
    Gap.DECLINES: WhyNotCompared.DECLINES_NOT_AUDITED,
    Gap.APPROVALS: WhyNotCompared.APPROVALS_NOT_SEEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonReport:
    """How a version that is or was in shadow compares with what decides, or decided then."""

    champion: str
    challenger: str
    verdict: Comparison
    why_not: WhyNotCompared | None
    #: Brier loss a payment that the challenger saves; None: no payment is old enough.
    saved: MeanInterval | None
    payments: int
    frauds: int
    drawn: int
    unanswered: int
    rule: EnteringRule
    #: Payments received before this have entered; None: none is old enough yet.
    through: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether as many payments have entered as ever do."""
        return self.payments >= MOST_PAYMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Champion:
    """The model that decides now, by which policies, and with which chances frauds of theirs are seen."""

    model: str
    policy_ids: tuple[int, ...]
    chances: Chances

    @property
    def least_chance(self) -> float:
        return min(self.chances.approved, self.chances.not_approved)


class ShadowComparisons:
    """Lets payments enter as they become old enough, and tells how each version in shadow compares.

    A slice of arrivals enters once, with its position, on whichever replica holds the comparison. Under
    another champion, or other chances, all is counted anew from the stored payments.
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

    async def look(self) -> None:
        """Let all that is old enough enter, then see what it comes to."""
        async with transaction(self._engine) as connection:
            shadows = [each.id for each in await policies.shadows(connection)]
        for policy_id in shadows:
            while await self._enter_some(policy_id):
                pass
            await self._conclude(policy_id)

    async def report(self, policy_id: int) -> ComparisonReport | None:
        """Return how a version compares; None where it never was in shadow. Raises `PolicyNotFound`."""
        async with transaction(self._engine) as connection:
            version = await policies.by_id(connection, policy_id)
            held = await comparisons.read(connection, policy_id)
            is_live = version.state is PolicyState.SHADOW
            champion = await self._champion(connection) if is_live else None
        if held is None and champion is None:
            return None
        if champion is not None and (held is None or held.rule != _written(self._rule, champion)):
            held = None
        return self._told(version, champion, held)

    def _told(
        self, version: PolicyVersion, champion: _Champion | None, held: HeldComparison | None
    ) -> ComparisonReport:
        result = held.result if held is not None else None
        why_not = _why_not(version, champion, held)
        says = result is not None and why_not is None
        return ComparisonReport(
            champion=held.champion if held is not None else champion.model if champion is not None else "",
            challenger=version.policy.model_version,
            verdict=result.verdict if says and result is not None else Comparison.NO_DIFFERENCE_YET,
            why_not=why_not,
            saved=result.saved if result is not None else None,
            payments=held.compared if held is not None else 0,
            frauds=held.frauds if held is not None else 0,
            drawn=held.drawn if held is not None else 0,
            unanswered=held.unanswered if held is not None else 0,
            rule=self._rule,
            through=held.through if held is not None else None,
        )

    async def _champion(self, connection: AsyncConnection) -> _Champion | None:
        """Return what decides now; of its model's policies those by which frauds are seen as often."""
        active = await policies.active_pair(connection)
        if active is None:
            return None
        model, chances = active.policy.model_version, chances_of(active.policy, self._rule.stated)
        versions = [
            await policies.by_id(connection, each) for each in await paired.decided_once(connection, model)
        ]
        same = (each.id for each in versions if chances_of(each.policy, self._rule.stated) == chances)
        return _Champion(model=model, policy_ids=tuple(same), chances=chances)

    async def _enter_some(self, policy_id: int) -> bool:
        """Let the next slices of arrivals enter; return whether there are more."""
        async with transaction(self._engine) as connection:
            version, champion = await policies.by_id(connection, policy_id), await self._champion(connection)
            if champion is None or champion.chances.gap or version.policy.model_version == champion.model:
                return False
            held = await self._held(connection, policy_id, champion)
            if held is None:
                return False
            before, until = held, self._clock() - self._rule.age - MARGIN
            for _ in range(MOST_SLICES):
                if held.payments >= min(MOST_PAYMENTS, before.payments + ENOUGH_AT_ONCE):
                    break
                if held.through + SLICE > until:
                    break
                held = await self._enter(connection, policy_id, champion, held)
            await comparisons.save(connection, policy_id, held)
        return held.through > before.through and held.payments < MOST_PAYMENTS

    async def _held(
        self, connection: AsyncConnection, policy_id: int, champion: _Champion
    ) -> HeldComparison | None:
        """Return the comparison, locked; begun anew where its rule is another one."""
        began = await paired.first_in_shadow(connection, policy_id)
        if began is None:
            return None
        rule = _written(self._rule, champion)
        first = HeldComparison(rule=rule, champion=champion.model, through=began - MARGIN)
        await comparisons.begin(connection, policy_id, first)
        held = await comparisons.held(connection, policy_id)
        if held is None or held.rule == rule:
            return held
        await comparisons.begin_anew(connection, policy_id, first)
        return first

    async def _enter(
        self, connection: AsyncConnection, policy_id: int, champion: _Champion, held: HeldComparison
    ) -> HeldComparison:
        """Let one slice enter."""
        arrivals = Arrivals(
            policy_ids=champion.policy_ids,
            since=held.through,
            until=held.through + SLICE,
            age=self._rule.age,
        )
        drawn, unanswered = await stored.draws(connection, arrivals)
        pairs = await paired.paired_scores(connection, policy_id, arrivals)
        saved, frauds = self._saved(pairs, champion.least_chance)
        if saved.size:
            await comparisons.add_slice(connection, policy_id, held.through, saved)
        return replace(
            held,
            through=arrivals.until,
            payments=held.payments + saved.size,
            frauds=held.frauds + frauds,
            drawn=held.drawn + drawn,
            unanswered=held.unanswered + unanswered,
        )

    def _saved(self, pairs: Sequence[PairedScore], least_chance: float) -> tuple[Floats, int]:
        """Return what each payment says, shape (payments,), and how many frauds were seen."""
        chances = np.array(
            [np.nan if chance is None else chance for chance in map(self._chance, pairs)], dtype=np.float64
        )
        seen = np.isfinite(chances)
        # Never less than was said beforehand: what was logged before the audits were set is cut to it.
        chances = np.where(seen, np.maximum(chances, least_chance), 1.0)
        champion = np.array([each.champion for each in pairs])
        challenger = np.array([each.challenger for each in pairs])
        return brier_saved(champion, challenger, seen, chances), int(seen.sum())

    def _chance(self, pair: PairedScore) -> float | None:
        return None if pair.fraud is None else chance_of(pair.fraud, self._rule.stated)

    async def _conclude(self, policy_id: int) -> None:
        """Work the verdict out from all that entered, where more has than it knows of."""
        async with transaction(self._engine) as connection:
            champion = await self._champion(connection)
            held = await comparisons.held(connection, policy_id)
            if champion is None or held is None or held.compared == held.payments:
                return
            if held.rule != _written(self._rule, champion):
                return
            saved = await comparisons.entered(connection, policy_id)
            result = await asyncio.to_thread(
                compared, saved, frauds=held.frauds, least_chance=champion.least_chance
            )
            await comparisons.save(connection, policy_id, replace(held, result=result, compared=saved.size))


def _why_not(
    version: PolicyVersion, champion: _Champion | None, held: HeldComparison | None
) -> WhyNotCompared | None:
    if champion is not None:
        if champion.model == version.policy.model_version:
            return WhyNotCompared.SAME_MODEL
        if champion.chances.gap is not None:
            return GAPS[champion.chances.gap]
    if held is None or held.result is None:
        return WhyNotCompared.NONE_OLD_ENOUGH
    if held.unanswered > MOST_UNANSWERED * held.drawn:
        return WhyNotCompared.ANSWERS_MISSING
    return None


def _written(rule: EnteringRule, champion: _Champion) -> str:
    """Return the rule as it is compared: what changes the comparison changes it."""
    told = {
        "champion": champion.model,
        "approved": champion.chances.approved,
        "not_approved": champion.chances.not_approved,
        "age_seconds": rule.age.total_seconds(),
        "stated": dict(rule.stated),
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
