"""Made-up payments that a champion decided and a challenger scored in shadow, with what became known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.payments.transactions import SCORE_COLUMNS
from app.database.payments.upkeep.partitions import make_ahead
from app.database.server.session import transaction
from app.scoring.arrays import Flags, Floats
from app.triage.betting.frauds import brier_saved, compared
from app.triage.betting.paired import PairedResult
from app.workflows.policies.comparing import ShadowComparisons
from app.workflows.policies.guarantee import EnteringRule
from tests.builders import Clock
from tests.payments_written import written
from tests.workflows.policies.stored_frauds import StoredFrauds
from tests.workflows.watched import OLDER

AGE, DAYS, LEAST = timedelta(days=45), 20, 0.5
RULE = EnteringRule(age=AGE, stated={"chargeback": 1.0})
_SCORES = ", ".join(SCORE_COLUMNS)
_VALUES = ", ".join("told.p" if name == "probability" else "0" for name in SCORE_COLUMNS)
#: What a shadow of another model said of payments, as intake would have left it.
SAID = text(f"""
WITH told AS (
    SELECT * FROM unnest(CAST(:keys AS bigint[]), CAST(:says AS float8[])) AS told(key, p)
),
scored AS (
    INSERT INTO shadow_scores (transaction_id, model_version, device, {_SCORES})
    SELECT told.key, :model, 'cpu', {_VALUES} FROM told RETURNING id, transaction_id
)
INSERT INTO shadow_decisions (policy_id, model_version, transaction_id, score_id, label, reason, decided_at)
SELECT :policy, :model, p.id, scored.id, p.label, p.reason, p.received_at
FROM scored JOIN payments p ON p.id = scored.transaction_id
""")
SET_SCORE = text("UPDATE payments SET probability = :p, label_propensity = :chance WHERE id = :key")


@dataclass(frozen=True, kw_only=True)
class MadeUp:
    """Made-up payments, in order of arrival; each column of shape (payments,)."""

    champion: Floats
    challenger: Floats
    #: With which chance frauds were seen; NaN where none was.
    chances: Floats

    def result(self) -> PairedResult:
        seen = np.isfinite(self.chances)
        saved = brier_saved(self.champion, self.challenger, seen, self.chances)
        return compared(saved, frauds=int(seen.sum()), least_chance=LEAST)


@dataclass(frozen=True, kw_only=True)
class World:
    """A champion that decides, a challenger in shadow, and a day after both began."""

    engine: AsyncEngine
    challenger: int
    began: datetime

    def watch(self, *, days: float = DAYS + 1, rule: EnteringRule = RULE) -> ShadowComparisons:
        return ShadowComparisons(self.engine, rule=rule, clock=Clock(self.began + AGE + timedelta(days=days)))


async def filled(world: World, *, gains: float, payments: int = 400, seed: int = 0) -> MadeUp:
    """Write payments of some days, a third of them frauds that the challenger knows by so much better."""
    draws = np.random.default_rng(seed)
    truths = draws.random(payments) < 1 / 3
    champion = np.clip(np.where(truths, 0.45, 0.1) + 0.1 * draws.random(payments), 0, 1)
    challenger = np.clip(champion + np.where(truths, gains, 0.0), 0, 1)
    labels = draws.choice(["legit", "unknown", "fraud"], size=payments, p=[0.4, 0.3, 0.3])
    is_seen = truths & ((labels != "fraud") | (draws.random(payments) < LEAST))
    at = [world.began + timedelta(days=DAYS * place / payments) for place in range(payments)]
    async with transaction(world.engine) as connection:
        await make_ahead(connection, world.began.date().replace(day=1), months=3)
        await connection.execute(text("ALTER TABLE payments DISABLE TRIGGER USER"))
        keys = [
            await _paid(connection, str(label), moment, p)
            for label, moment, p in zip(labels, at, champion.tolist(), strict=True)
        ]
        await _made_known(StoredFrauds(connection=connection, began=world.began), keys, at, labels, is_seen)
        said = {"keys": keys, "says": challenger.tolist(), "model": OLDER, "policy": world.challenger}
        await connection.execute(SAID, said)
        await connection.execute(text("ALTER TABLE payments ENABLE TRIGGER USER"))
    chances = np.where(is_seen, np.where(labels == "fraud", LEAST, 1.0), np.nan)
    return MadeUp(champion=champion, challenger=challenger, chances=chances)


async def _paid(connection: AsyncConnection, label: str, at: datetime, p: float) -> int:
    (key,) = await written(connection, {uuid4().hex: Decimal(20)}, at=at, label=label, is_scored=True)
    chance = {"fraud": LEAST, "unknown": 1.0, "legit": 0.0}[label]
    await connection.execute(SET_SCORE, {"key": key, "p": p, "chance": chance})
    return key


async def _made_known(
    stored: StoredFrauds, keys: list[int], at: list[datetime], labels: NDArray[np.str_], is_seen: Flags
) -> None:
    """Let frauds be charged back, reviewed and audited."""
    for label, kind in (("unknown", "unknown"), ("fraud", "audit")):
        places = np.flatnonzero(is_seen & (labels == label)).tolist()
        await stored.judged(kind, [(keys[place], at[place]) for place in places])
    for place in np.flatnonzero(is_seen & (labels == "legit")).tolist():
        await stored.reported(keys[place], at[place] + timedelta(days=30))
