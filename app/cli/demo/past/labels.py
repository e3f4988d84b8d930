"""What payments of the past turned out to be: told days later, by audits and by the owners of cards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from app.cli.demo.past.payments import Paid
from app.cli.demo.stream import LOOKED_INTO
from app.database.payments.labels import TruthReport
from app.review.outcome import GroundTruth, Report
from app.triage.labels import Label
from app.workflows.payments.transaction_status import TransactionStatus

#: An audit takes so long, in days: from, to.
AUDITED_AFTER = (0.5, 3.0)
#: The owner of a card reads the statement, and does not notice every fraud that was not declined.
NOTICED_AFTER, NOTICED = (1.0, 8.0), 0.85
OWNERS_SOURCE = {Label.LEGIT: "chargeback", Label.UNKNOWN: "cardholder"}

#: Sources send what they learned together.
TOLD_EVERY = timedelta(hours=4)


@dataclass(kw_only=True)
class Ripening:
    """Truths that are known to come, until they are told."""

    status: TransactionStatus
    client_id: int
    rng: np.random.Generator
    waiting: list[TruthReport] = field(default_factory=list)
    told_at: datetime | None = None

    def expect(self, paid: Sequence[Paid]) -> None:
        """Draw which of these payments will be heard of, by which source, and when."""
        for each in paid:
            if self.rng.random() < LOOKED_INTO:
                self.waiting.append(self._report(each, "audit", AUDITED_AFTER, propensity=LOOKED_INTO))
            source = OWNERS_SOURCE.get(each.label) if each.truth is GroundTruth.FRAUD else None
            if source is not None and self.rng.random() < NOTICED:
                self.waiting.append(self._report(each, source, NOTICED_AFTER))

    async def tell(self, now: datetime) -> int:
        """Report what has become known by now, a few times a day; return how many reports."""
        if self.told_at is not None and now - self.told_at < TOLD_EVERY:
            return 0
        self.told_at = now
        due = [each for each in self.waiting if each.learned_at <= now]
        if due:
            self.waiting = [each for each in self.waiting if each.learned_at > now]
            await self.status.learn(self.client_id, due)
        return len(due)

    def _report(
        self, paid: Paid, source: str, after: tuple[float, float], *, propensity: float | None = None
    ) -> TruthReport:
        return TruthReport(
            transaction_id=paid.transaction_id,
            label=Report(paid.truth.value),
            source=source,
            occurred_at=paid.occurred_at,
            learned_at=paid.occurred_at + timedelta(days=self.rng.uniform(*after)),
            propensity=propensity,
        )
