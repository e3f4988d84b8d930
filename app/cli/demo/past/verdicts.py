"""Verdicts of the past: colleagues claim and judge cases as on the review screen, by the past's clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.colleagues import COLLEAGUES, LONGEST_LOOK, RULING, Colleague
from app.database.cases.cases import CaseFile
from app.database.server.session import shared
from app.review.access.people import Ability, Account
from app.review.case import Judgement, LeaseLost, VerdictReason
from app.review.outcome import GroundTruth
from app.triage.labels import Label
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
#: What the machine was sure of is clear to people, too: they are wrong so many times as often.
WRONG_WHERE_CLEAR = 0.05
#: Cases a colleague takes in an hour, at most and as a mean; this morning they are short of time, so that not
#: all that the machine doubts is judged when people come to look.
AN_HOUR, AN_HOUR_THIS_MORNING = 5.0, 2.5


@dataclass(kw_only=True)
class Team:
    """The colleagues at work."""

    cases: CaseServices
    accounts: Mapping[Colleague, Account]
    clock: PastClock
    rng: np.random.Generator
    #: What payments really are, by transaction id.
    truths: Mapping[str, GroundTruth]
    #: What two disagree about after this waits for whoever comes to look.
    ruled_until: datetime
    #: When the last morning begins.
    morning_from: datetime
    #: By so many hours the team's day lies later than that of UTC.
    shifted_by: int = 0

    async def work(self, since: datetime, until: datetime) -> int:
        """Let whoever is on duty judge what waits; return how many verdicts were given.

        No look begins so late that it would last beyond `until`.
        """
        hour = (since.hour - self.shifted_by) % 24
        on_duty = [each for each in COLLEAGUES if each.is_on_duty(hour)]
        async with shared(self.cases.claims.engine):
            given = await self._take_turns(on_duty, since, until) if on_duty else 0
            if RULING.is_on_duty(hour) and until <= self.ruled_until:
                given += await self._rule(until)
        return given

    async def _take_turns(self, on_duty: list[Colleague], since: datetime, until: datetime) -> int:
        given = 0
        for at, colleague in self._turns(on_duty, await self._waiting(on_duty), since, until):
            self.clock.move_to(at)
            if colleague not in on_duty or self.clock() + LONGEST_LOOK > until:
                continue
            file = await self.cases.claims.current_or_next(self.accounts[colleague])
            if file is None:
                on_duty.remove(colleague)
            else:
                await self._judge(colleague, file)
                given += 1
        return given

    async def _rule(self, until: datetime) -> int:
        """Let the manager decide what was escalated, and leave the queue alone."""
        manager, claims, given = self.accounts[RULING], self.cases.claims, 0
        for _ in range((await claims.queue(manager)).escalated):
            if self.clock() + LONGEST_LOOK > until:
                break
            file = await claims.current_or_next(manager)
            if file is None:
                break
            if not file.case.is_escalated:
                await claims.release(manager, file.case.id, _token(file))
                break
            await self._judge(RULING, file)
            given += 1
        return given

    async def _waiting(self, on_duty: Sequence[Colleague]) -> int:
        """Return how many cases wait for people such as these."""
        queue = await self.cases.claims.queue(None)
        is_senior_here = any(self.accounts[each].may(Ability.JUDGE_ESCALATED) for each in on_duty)
        return queue.open + (queue.escalated if is_senior_here else 0)

    def _turns(
        self, on_duty: Sequence[Colleague], waiting: int, since: datetime, until: datetime
    ) -> list[tuple[datetime, Colleague]]:
        """Return when each begins a look, in order: no more than there is to look at."""
        hours, people = (until - since) / timedelta(hours=1), tuple(on_duty)
        an_hour = AN_HOUR if since < self.morning_from else AN_HOUR_THIS_MORNING
        looks = min(int(self.rng.poisson(an_hour * hours * len(people))), waiting)
        shares = np.sort(self.rng.random(looks)).tolist()
        whose = self.rng.integers(len(people), size=looks).tolist()
        return [
            (since + share * (until - since), people[who]) for share, who in zip(shares, whose, strict=True)
        ]

    async def _judge(self, colleague: Colleague, file: CaseFile) -> None:
        """Judge a claimed case; a blind one twice, as the review screen asks."""
        account, verdicts, case_id = self.accounts[colleague], self.cases.verdicts, file.case.id
        token, look = _token(file), colleague.looks_for(self.rng)
        truth = self.truths[file.transaction_id]
        if self.cases.claims.is_blind(file):
            self.clock.move_to(self.clock() + look / 2)
            first = self._said(file, truth, colleague.blind_accuracy)
            await verdicts.say_provisionally(account, case_id, token, first)
            look /= 2
        self.clock.move_to(self.clock() + look)
        await verdicts.judge(account, case_id, token, self._verdict(colleague, file, truth))

    def _verdict(self, colleague: Colleague, file: CaseFile, truth: GroundTruth) -> VerdictInput:
        if not file.case.is_escalated and self.rng.random() < colleague.escalates:
            return VerdictInput(judgement=Judgement.ESCALATE, note=ASKS_FOR_HELP)
        judgement = Judgement(self._said(file, truth, colleague.accuracy).value)
        if judgement is Judgement.LEGIT:
            return VerdictInput(judgement=judgement)
        reason = FRAUD_REASONS[int(self.rng.integers(len(FRAUD_REASONS)))]
        return VerdictInput(judgement=judgement, reason=reason)

    def _said(self, file: CaseFile, truth: GroundTruth, accuracy: float) -> GroundTruth:
        wrong = 1 - accuracy
        if file.label is not Label.UNKNOWN:
            wrong *= WRONG_WHERE_CLEAR
        return OTHER_TRUTH[truth] if self.rng.random() < wrong else truth


def _token(file: CaseFile) -> UUID:
    """Return by what a case is held that was just claimed."""
    if file.case.lease is None:
        raise LeaseLost
    return file.case.lease.token
