"""Looks at what people judged: a second analyst, a senior's ruling, cases whose truth is known.

None of them touches an outcome or a truth: they say how well people judge, and cannot be told apart from
other cases while they are judged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database import reviews
from app.database.cases import CaseFile
from app.database.reviews import Review
from app.database.verdicts import Given
from app.review.case import CaseKind, CaseState, Judgement
from app.review.priority import priority_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLooks:
    """How often, by chance, somebody looks again; and what always deserves it."""

    #: Of verdicts; and from which expected loss on (currency) every verdict is looked at.
    share: float
    high_exposure: float
    #: For so many of a hundred verdicts one case with known truth is mixed in.
    gold_share: float
    chance: Callable[[], float]
    patience_minutes: Callable[[], float]

    async def after(self, connection: AsyncConnection, file: CaseFile, given: Given, now: datetime) -> None:
        """Open what a settled judgement calls for."""
        if given.judgement is Judgement.ESCALATE:
            return
        if file.case.kind is CaseKind.SECOND:
            await self._after_second(connection, file, given, now)
        if file.case.kind not in {CaseKind.UNKNOWN, CaseKind.AUDIT}:
            return
        probability = 1.0 if file.expected_loss >= self.high_exposure else self.share
        if self.chance() < probability:
            second = self._review(file, CaseKind.SECOND, first_case_id=file.case.id, now=now)
            await reviews.open_review(
                connection, second, not_for=given.account_id, drawn_with=probability, now=now
            )
        if self.chance() < self.gold_share:
            await self._mix_in_gold(connection, now)

    async def _after_second(
        self, connection: AsyncConnection, file: CaseFile, given: Given, now: datetime
    ) -> None:
        """Let a senior colleague rule where two people disagree."""
        first = await reviews.first_of(connection, file.case.id)
        if first is None or first.judgement == given.judgement.value:
            return
        ruling = self._review(file, CaseKind.RULING, first_case_id=first.case_id, now=now)
        await reviews.open_review(connection, ruling, not_for=given.account_id, drawn_with=None, now=now)

    async def _mix_in_gold(self, connection: AsyncConnection, now: datetime) -> None:
        """Open a case whose truth was reported; it is judged like any other."""
        gold = await reviews.some_gold(connection, place=self.chance())
        if gold is None:
            return
        review = Review(
            transaction_key=gold.transaction_key,
            decision_id=gold.decision_id,
            kind=CaseKind.GOLD,
            state=CaseState.OPEN,
            expected_loss=gold.expected_loss,
            priority_key=self._key(gold.expected_loss, now),
            truth=gold.truth,
        )
        await reviews.open_review(
            connection, review, not_for=gold.judged_by, drawn_with=self.gold_share, now=now
        )

    def _review(self, file: CaseFile, kind: CaseKind, *, first_case_id: int, now: datetime) -> Review:
        return Review(
            transaction_key=file.case.transaction_key,
            decision_id=file.decision_id,
            kind=kind,
            state=CaseState.ESCALATED if kind is CaseKind.RULING else CaseState.OPEN,
            expected_loss=file.expected_loss,
            priority_key=self._key(file.expected_loss, now),
            first_case_id=first_case_id,
        )

    def _key(self, expected_loss: float, now: datetime) -> float:
        losses = np.array([expected_loss])
        return float(priority_keys(losses, now, patience_minutes=self.patience_minutes())[0])
