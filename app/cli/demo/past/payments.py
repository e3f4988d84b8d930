"""Payments of the past: through the service's own intake, at the time its clock tells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.cli.demo.past.calendar import Step
from app.cli.demo.stream import Shop
from app.review.answer import Answer
from app.review.outcome import GroundTruth
from app.triage.labels import Label
from app.web.api.payments.schemas import TransactionIn
from app.web.services import ModelServices, PaymentServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One payment of the past: what the machine said of it, and what it really is."""

    transaction_id: str
    occurred_at: datetime
    label: Label
    truth: GroundTruth


@dataclass(kw_only=True)
class Till:
    """Takes the demo shop's payments in, and remembers what they really are."""

    shop: Shop
    client_id: int
    payments: PaymentServices
    models: ModelServices
    clock: Callable[[], datetime]
    #: By transaction id, of all payments so far.
    truths: dict[str, GroundTruth] = field(default_factory=dict)

    async def take(self, step: Step) -> list[Paid]:
        """Take one step's payments in as one batch; raises what the intake could not do."""
        if not step.paid_at:
            return []
        bodies = self.shop.bodies(step.paid_at)
        schema, now = self.models.serving.pair.model.schema, self.clock()
        rule = self.payments.card_numbers
        sent = [
            TransactionIn.model_validate(each).checked(schema, self.client_id, now, rule) for each in bodies
        ]
        self.truths |= self.shop.truths
        heard = await self.payments.intake.receive_many(sent)
        return [self._paid(answer, at) for answer, at in zip(heard, step.paid_at, strict=True)]

    def _paid(self, heard: Answer | Exception, occurred_at: datetime) -> Paid:
        if isinstance(heard, Exception):
            raise heard
        return Paid(
            transaction_id=heard.transaction_id,
            occurred_at=occurred_at,
            label=heard.label,
            truth=self.truths[heard.transaction_id],
        )
