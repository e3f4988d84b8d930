"""The people of the year: an analyst who errs now and then judges all that waits, every day."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.database.cases.cases import CaseFile
from app.database.server.session import shared
from app.review.access.people import Account
from app.review.case import Judgement, LeaseLost, VerdictReason
from app.review.outcome import GroundTruth
from app.triage.labels import Label
from app.web.services import CaseServices
from app.workflows.cases.judgements import VerdictInput

WRONG_SHARE = 0.06
OTHER_TRUTH = {GroundTruth.FRAUD: GroundTruth.LEGIT, GroundTruth.LEGIT: GroundTruth.FRAUD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a person said of a payment, and what the machine had."""

    transaction_id: str
    label: Label
    said: GroundTruth


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyst:
    """Claims and judges as on the review screen."""

    cases: CaseServices
    account: Account
    rng: np.random.Generator
    #: What payments really are, by transaction id.
    truths: Mapping[str, GroundTruth]

    async def judge_all(self) -> list[Judged]:
        """Judge until nothing waits; return what was said, in order."""
        judged = []
        async with shared(self.cases.claims.engine):
            while (file := await self.cases.claims.current_or_next(self.account)) is not None:
                judged.append(await self._judge(file))
        return judged

    async def _judge(self, file: CaseFile) -> Judged:
        if file.case.lease is None:
            raise LeaseLost
        said = self.truths[file.transaction_id]
        if self.rng.random() < WRONG_SHARE:
            said = OTHER_TRUTH[said]
        reason = VerdictReason.KNOWN_CARD_PATTERN if said is GroundTruth.FRAUD else None
        verdict = VerdictInput(judgement=Judgement(said.value), reason=reason)
        await self.cases.verdicts.judge(self.account, file.case.id, file.case.lease.token, verdict)
        return Judged(transaction_id=file.transaction_id, label=file.label, said=said)
