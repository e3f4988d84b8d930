"""Quality checks of verdicts: second reviews, rulings by a senior, control cases of known truth.

None of them touches an outcome or a truth: they say how well people judge, and cannot be told apart from
other cases while they are judged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.cases import qa_cases
from app.database.cases.cases import CaseFile
from app.database.cases.qa_cases import Review
from app.database.cases.verdicts import PendingVerdict
from app.review.blindness import blind_probability
from app.review.case import CaseKind, CaseState, Judgement
from app.review.outcome import GroundTruth
from app.review.queue.priority import loss_in_base, priority_keys
from app.triage.costs import expected_loss
from app.triage.labels import Label
from app.triage.policies.choices import Fallback
from app.workflows.models.serving import ActivePair
from app.workflows.payments.opening import Cases, Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class QaSampling:
    """Draws which verdicts get a second review and when control cases are given out."""

    #: Of verdicts; and from which expected loss on (base currency) every verdict is looked at.
    share: float
    high_exposure: float
    #: For so many of a hundred verdicts one case with known truth is mixed in.
    gold_share: float
    chance: Callable[[], float]
    opening: Opening
    #: Whose costs and base rate of fraud say what an amount alone lets expect.
    pair: Callable[[], ActivePair]

    async def after(
        self, connection: AsyncConnection, file: CaseFile, given: PendingVerdict, now: datetime
    ) -> None:
        """Open what a settled judgement calls for."""
        if given.judgement is Judgement.ESCALATE:
            return
        if file.case.kind is CaseKind.SECOND:
            await self._after_second(connection, file, given, now)
        if file.case.kind not in {CaseKind.UNKNOWN, CaseKind.AUDIT}:
            return
        probability = 1.0 if self._is_high(file) else self.share
        if self.chance() < probability:
            second = self._review(_subject(file), CaseKind.SECOND, first_case_id=file.case.id, now=now)
            await qa_cases.open_review(
                connection, second, not_for=given.account_id, drawn_with=probability, now=now
            )
        if self.chance() < self.gold_share:
            await self._mix_in_gold(connection, now)

    async def _after_second(
        self, connection: AsyncConnection, file: CaseFile, given: PendingVerdict, now: datetime
    ) -> None:
        """Let a senior colleague rule where two people disagree."""
        first = await qa_cases.first_of(connection, file.case.id)
        if first is None or first.judgement == given.judgement.value:
            return
        ruling = self._review(_subject(file), CaseKind.RULING, first_case_id=first.case_id, now=now)
        await qa_cases.open_review(connection, ruling, not_for=given.account_id, drawn_with=None, now=now)

    async def _mix_in_gold(self, connection: AsyncConnection, now: datetime) -> None:
        """Open a case whose truth was reported; it is judged like any other."""
        gold = await qa_cases.some_gold(connection, place=self.chance())
        if gold is None:
            return
        subject = _Subject(
            transaction_key=gold.transaction_key,
            decision_id=gold.decision_id,
            label=gold.label,
            has_score=gold.has_score,
            amount=gold.amount,
            currency=gold.currency,
            expected_loss=gold.expected_loss,
            fallback=gold.fallback,
        )
        review = self._review(subject, CaseKind.GOLD, now=now, truth=gold.truth)
        await qa_cases.open_review(
            connection, review, not_for=gold.judged_by, drawn_with=self.gold_share, now=now
        )

    def _is_high(self, file: CaseFile) -> bool:
        """Whether so much is at risk that every verdict is looked at; what has no rate may be any sum."""
        loss = loss_in_base(file.expected_loss, self.opening.rates().factor(file.currency))
        return loss is None or loss >= self.high_exposure

    def _review(
        self,
        subject: "_Subject",
        kind: CaseKind,
        *,
        now: datetime,
        first_case_id: int | None = None,
        truth: GroundTruth | None = None,
    ) -> Review:
        """Return a look at a payment, placed in the queue as any case that tells nothing would be."""
        pair = self.pair()
        places = self.opening.places(subject.opens(kind, pair))
        keys = priority_keys(places.base_losses, now, urgency_tau_minutes=pair.policy.urgency_tau_minutes)
        rate = float(places.rates[0])
        return Review(
            transaction_key=subject.transaction_key,
            decision_id=subject.decision_id,
            kind=kind,
            state=CaseState.ESCALATED if kind is CaseKind.RULING else CaseState.OPEN,
            expected_loss=subject.expected_loss,
            queue_loss=float(places.queue_losses[0]),
            queue_rate=None if np.isnan(rate) else rate,
            priority_key=float(keys[0]),
            fallback=subject.fallback,
            is_blind=bool(places.blind[0]),
            first_case_id=first_case_id,
            truth=truth,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """The verdict that a second review checks."""

    transaction_key: int
    decision_id: int
    label: Label
    has_score: bool
    amount: Decimal
    currency: str
    #: In that currency.
    expected_loss: float
    fallback: Fallback

    def opens(self, kind: CaseKind, pair: ActivePair) -> Cases:
        """Return it as the one case that opens."""
        chance = blind_probability(kind, self.label, has_score=self.has_score, share=1.0)
        by_amount = expected_loss(
            np.array([pair.model.base_rate]), np.array([float(self.amount)]), pair.policy.costs
        )
        return Cases(
            blind_probabilities=np.array([chance]),
            expected=np.array([self.expected_loss]),
            by_amount=by_amount,
            currencies=[self.currency],
        )


def _subject(file: CaseFile) -> _Subject:
    return _Subject(
        transaction_key=file.case.transaction_key,
        decision_id=file.decision_id,
        label=file.label,
        has_score=file.score is not None,
        amount=file.amount,
        currency=file.currency,
        expected_loss=file.expected_loss,
        fallback=file.fallback,
    )
