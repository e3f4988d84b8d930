"""Frauds of some months in the database, as reviews, audits and chargebacks would have made them known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.payments.upkeep.partitions import make_ahead
from app.database.server.session import transaction
from tests.builders import register_account, run
from tests.payments_written import written

CHARGED_BACK_AFTER = timedelta(days=30)
DRAWN_WITH = {"legit": 0.005, "unknown": 1.0, "fraud": 0.02}
#: The draws of decided payments, which `written` leaves at one.
SET_CHANCE = "UPDATE payments SET label_propensity = :chance WHERE label = :label"
REPORT = text("""
INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at, propensity)
VALUES (:key, :label, :source, :at, :at, :at, :propensity)
""")
CASES = text("""
INSERT INTO cases (
    transaction_id, decision_id, kind, state, expected_loss, priority_key, fallback, opened_at, closed_at
)
SELECT told.key, (SELECT max(id) FROM decisions d WHERE d.transaction_id = told.key), told.kind, 'judged', 1,
    1, 'wait', told.at, told.at
FROM unnest(CAST(:keys AS bigint[]), CAST(:kinds AS text[]), CAST(:ats AS timestamptz[]))
    AS told(key, kind, at)
""")
CLAIMS = text("""
INSERT INTO claims (token, case_id, account_id, claimed_at)
SELECT gen_random_uuid(), c.id, :account, c.opened_at FROM cases c WHERE c.transaction_id = ANY(:keys)
""")
VERDICTS = text("""
INSERT INTO verdicts (
    case_id, token, account_id, judgement, decision_id, policy_id, model_version, claimed_at, judged_at,
    milliseconds_to_decide
)
SELECT c.id, claims.token, :account, :judgement, d.id, d.policy_id, d.model_version, c.opened_at,
    c.opened_at + CAST(:after AS interval), 900
FROM cases c JOIN claims ON claims.case_id = c.id JOIN decisions d ON d.id = c.decision_id
WHERE c.transaction_id = ANY(:keys)
""")


@dataclass(frozen=True, kw_only=True)
class StoredFrauds:
    """Writes frauds of the active policy."""

    connection: AsyncConnection
    began: datetime

    async def of_days(
        self,
        days: int,
        *,
        a_day: int,
        miss_rate: float,
        seed: int = 0,
        declined: float = 0.7,
        audits: float = 0.02,
    ) -> None:
        """Write frauds that come evenly: approved and charged back, reviewed, declined and partly audited."""
        draws = np.random.default_rng(seed)
        await make_ahead(self.connection, self.began.date().replace(day=1), months=days // 28 + 2)
        labels = draws.choice(
            ["legit", "unknown", "fraud"],
            size=days * a_day,
            p=[miss_rate, (1 - miss_rate) * (1 - declined), (1 - miss_rate) * declined],
        )
        looked_at: dict[str, list[tuple[int, datetime]]] = {"unknown": [], "audit": []}
        for number, label in enumerate(labels):
            at = self.began + timedelta(days=number / a_day)
            key = await self.paid(str(label), at)
            if label == "legit":
                await self.reported(key, at + CHARGED_BACK_AFTER)
            elif label == "unknown":
                looked_at["unknown"].append((key, at))
            elif draws.random() < audits:
                looked_at["audit"].append((key, at))
        for kind, cases in looked_at.items():
            if cases:
                await self.judged(kind, cases)

    async def paid(self, label: str, at: datetime) -> int:
        """Write a decided payment and return its key."""
        (key,) = await written(
            self.connection, {uuid4().hex: Decimal(20)}, at=at, label=label, is_scored=True
        )
        return key

    async def reported(
        self,
        key: int,
        at: datetime,
        *,
        label: str = "fraud",
        source: str = "chargeback",
        propensity: float | None = None,
    ) -> None:
        """Report what a payment is."""
        values = {"key": key, "label": label, "source": source, "at": at, "propensity": propensity}
        await self.connection.execute(REPORT, values)

    async def judged(
        self,
        kind: str,
        cases: Sequence[tuple[int, datetime]],
        *,
        judgement: str | None = "fraud",
        after: timedelta = timedelta(0),
    ) -> None:
        """Open cases of payments, given with their moments, and judge them after a while, or not at all."""
        keys = [key for key, _ in cases]
        await self.connection.execute(
            CASES, {"keys": keys, "kinds": [kind] * len(cases), "ats": [at for _, at in cases]}
        )
        if judgement is None:
            return
        account = (await register_account(self.connection)).id
        await self.connection.execute(CLAIMS, {"keys": keys, "account": account})
        values = {"keys": keys, "account": account, "judgement": judgement, "after": after}
        await self.connection.execute(VERDICTS, values)


async def set_chances(engine: AsyncEngine) -> None:
    """Let every decided payment have been drawn with the chance of its label."""
    await run(engine, "ALTER TABLE payments DISABLE TRIGGER USER")
    for label, chance in DRAWN_WITH.items():
        await run(engine, SET_CHANCE, chance=chance, label=label)
    await run(engine, "ALTER TABLE payments ENABLE TRIGGER USER")


async def stored_days(engine: AsyncEngine, began: datetime, days: int, **rates: float) -> None:
    """Write some days of frauds; arguments as of `StoredFrauds.of_days`."""
    async with transaction(engine) as connection:
        await StoredFrauds(connection=connection, began=began).of_days(days, **rates)  # type: ignore[arg-type]
    await set_chances(engine)
