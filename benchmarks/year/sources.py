"""What is heard from outside: chargebacks of what went through, and answers of owners of cards.

A fraud that went through, by the machine or by a person's word, is charged back after 30 days, most of them.
Whoever calls a payment a fraud that went through asks the card's owner; of those whose payment was declined
most complain. Either answer comes the next day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from app.cli.demo.past.payments import Paid
from app.database.payments.labels import TruthReport
from app.review.outcome import GroundTruth, Report
from app.triage.labels import Label
from app.workflows.payments.transaction_status import TransactionStatus
from benchmarks.year.people import Judged

CHARGEBACK, CARDHOLDER = "chargeback", "cardholder"
CHARGED_BACK = 0.9
ANSWERED_AFTER = timedelta(days=1)
#: Of those whose payment a person declined although it was theirs.
COMPLAINS = 0.8


@dataclass(kw_only=True)
class Sources:
    """What will be heard, until it is told."""

    status: TransactionStatus
    client_id: int
    rng: np.random.Generator
    charged_back_after: timedelta
    waiting: list[TruthReport] = field(default_factory=list)

    def expect(self, paid: Sequence[Paid], judged: Sequence[Judged]) -> None:
        """Draw what will be heard of a day's payments, all of which are decided."""
        said = {each.transaction_id: each.said for each in judged}
        for each in paid:
            told = said.get(each.transaction_id)
            went_through = each.label is Label.LEGIT or (
                each.label is Label.UNKNOWN and told is GroundTruth.LEGIT
            )
            is_fraud = each.truth is GroundTruth.FRAUD
            if told is GroundTruth.FRAUD and not is_fraud and (went_through or self._happens(COMPLAINS)):
                self._hear(each, CARDHOLDER, ANSWERED_AFTER)
            if went_through and is_fraud and self._happens(CHARGED_BACK):
                self._hear(each, CHARGEBACK, self.charged_back_after)

    async def tell(self, now: datetime) -> None:
        """Report what has become known by now."""
        due = [each for each in self.waiting if each.learned_at <= now]
        if due:
            self.waiting = [each for each in self.waiting if each.learned_at > now]
            await self.status.learn(self.client_id, due)

    def _happens(self, share: float) -> bool:
        return self.rng.random() < share

    def _hear(self, paid: Paid, source: str, after: timedelta) -> None:
        report = TruthReport(
            transaction_id=paid.transaction_id,
            label=Report(paid.truth.value),
            source=source,
            occurred_at=paid.occurred_at,
            learned_at=paid.occurred_at + after,
        )
        self.waiting.append(report)
