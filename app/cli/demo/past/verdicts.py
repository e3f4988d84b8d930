"""Verdicts of the past: colleagues claim cases and judge them as the review screen does, by the past's clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.colleagues import Colleague
from app.database.cases.cases import CaseFile
from app.database.server.session import shared
from app.review.access.people import Account
from app.review.case import Judgement, VerdictReason
from app.review.outcome import GroundTruth
from app.web.services import CaseServices
from app.workflows.cases.judgements import VerdictInput

OTHER_TRUTH = {GroundTruth.FRAUD: GroundTruth.LEGIT, GroundTruth.LEGIT: GroundTruth.FRAUD}
FRAUD_REASONS = (
    VerdictReason.KNOWN_CARD_PATTERN,
    VerdictReason.MERCHANT_RISK,
    VerdictReason.UNUSUAL_AMOUNT,
    VerdictReason.LINKED_FRAUD,
)
ASKS_FOR_HELP = "The card and the merchant do not fit together; I would like a second opinion."
#: Cases a colleague takes in an hour, at most and as a mean.
AN_HOUR = 5.0


@dataclass(kw_only=True)
class Team:
    """The colleagues at work."""

    cases: CaseServices
    accounts: Mapping[Colleague, Account]
    clock: PastClock
    rng: np.random.Generator
    #: What payments really are, by transaction id.
    truths: Mapping[str, GroundTruth]

    async def work(self, since: datetime, until: datetime) -> int:
        """Let whoever is on duty judge what waits; return how many verdicts were given."""
        on_duty = [each for each in self.accounts if each.is_on_duty(since.hour)]
        if not on_duty:
            return 0
        given = 0
        async with shared(self.cases.claims.engine):
            waiting = await self.cases.claims.queue(None)
            for at, colleague in self._turns(on_duty, waiting.open + waiting.escalated, since, until):
                self.clock.move_to(at)
                given += await self._judge_next(colleague)
        return given

    def _turns(
        self, on_duty: list[Colleague], waiting: int, since: datetime, until: datetime
    ) -> list[tuple[datetime, Colleague]]:
        """Return when each begins a look, in order: no more than there is to look at."""
        hours = (until - since) / timedelta(hours=1)
        looks = min(int(self.rng.poisson(AN_HOUR * hours * len(on_duty))), waiting)
        shares = np.sort(self.rng.random(looks)).tolist()
        whose = self.rng.integers(len(on_duty), size=looks).tolist()
        return [
            (since + share * (until - since), on_duty[who]) for share, who in zip(shares, whose, strict=True)
        ]

    async def _judge_next(self, colleague: Colleague) -> int:
        """Claim the next case and judge it; return how many were judged: one, or none where none waits."""
        account = self.accounts[colleague]
        file = await self.cases.claims.current_or_next(account)
        if file is None or file.case.lease is None:
            return 0
        token, seconds = file.case.lease.token, timedelta(seconds=colleague.looks_for(self.rng))
        truth = self.truths[file.transaction_id]
        if self.cases.claims.is_blind(file):
            self.clock.move_to(self.clock() + seconds / 2)
            first = self._said(truth, colleague.blind_accuracy)
            await self.cases.verdicts.say_provisionally(account, file.case.id, token, first)
            seconds /= 2
        self.clock.move_to(self.clock() + seconds)
        saying = self._verdict(colleague, file, truth)
        await self.cases.verdicts.judge(account, file.case.id, token, saying)
        return 1

    def _verdict(self, colleague: Colleague, file: CaseFile, truth: GroundTruth) -> VerdictInput:
        if not file.case.is_escalated and self.rng.random() < colleague.escalates:
            return VerdictInput(judgement=Judgement.ESCALATE, note=ASKS_FOR_HELP)
        judgement = Judgement(self._said(truth, colleague.accuracy).value)
        if judgement is Judgement.LEGIT:
            return VerdictInput(judgement=judgement)
        reason = FRAUD_REASONS[int(self.rng.integers(len(FRAUD_REASONS)))]
        return VerdictInput(judgement=judgement, reason=reason)

    def _said(self, truth: GroundTruth, accuracy: float) -> GroundTruth:
        return truth if self.rng.random() < accuracy else OTHER_TRUTH[truth]
