"""One case taken out of the house: all that may be read of it, and its decision worked out again."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import ArtifactRefused, Model
from app.database.cases import payment_records
from app.database.cases.discussion import attachments
from app.database.cases.payment_records import MachineDecision
from app.database.cases.worklists import exports
from app.database.payments.links.linked import Linked
from app.database.policies import policies
from app.database.policies.policies import PolicyVersion
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.replay import DecisionParts, Replay, compared, not_replayed
from app.review.story.past import EntityPast
from app.review.timeline import Happening
from app.scoring.transaction import Transaction
from app.scoring.uncertainty import Scores
from app.triage.deciding import decide
from app.triage.labels import LABELS, LISTINGS, REASONS, STANDINGS, Reason, Standing
from app.workflows.cases.linked_payments import LinkedPayments
from app.workflows.cases.lookup import CaseLookup, CaseRecord
from app.workflows.cases.story import StoryReader
from app.workflows.models.serving import LoadedModels
from app.workflows.payments.deciding import score_rows
from app.workflows.payments.scoring import GuardedScorer

#: A decision for one of these reasons was made without a score, or in spite of one.
_STANDINGS: Mapping[Reason, Standing] = {
    Reason.MODEL_UNAVAILABLE: Standing.MODEL_UNAVAILABLE,
    Reason.FEATURES_UNSUPPORTED: Standing.FEATURES_UNSUPPORTED,
    Reason.CURRENCY_UNSUPPORTED: Standing.CURRENCY_UNSUPPORTED,
    Reason.UNUSUAL_FEED: Standing.UNUSUAL_FEED,
}

#: With these a note is a part of the verdict.
VERDICTS = frozenset({Happening.GIVEN, Happening.JUDGED, Happening.CORRECTED})


class CaseStillHidden(Exception):
    """This payment is still to be decided, and you might be who decides it: nothing of it leaves yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExport:
    """What is taken out of the house."""

    record: CaseRecord
    #: The SHA-256 (hexadecimal) of each file that was put to it, by the file's form.
    fingerprints: Mapping[UUID, str]
    decisions: tuple[MachineDecision, ...]
    #: The one of them that speaks.
    decision: MachineDecision
    pasts: tuple[EntityPast, ...]
    linked: Linked
    policy: PolicyVersion
    #: None where it is not on this machine any more.
    model: Model | None
    replay: Replay
    at: datetime
    #: Whether what colleagues said to each other is among it.
    has_discussion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExports:
    """Gathers a case for whoever may read all of it, and notes that it was taken."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    lookup: CaseLookup
    linked_payments: LinkedPayments
    story: StoryReader
    shelf: LoadedModels
    #: Its own: a model that fails here is no reason to stop scoring payments.
    scorer: GuardedScorer

    async def gathered(self, account: Account, case_id: int, *, has_discussion: bool) -> CaseExport:
        """Return a case as this account may read it, with what colleagues said to each other or without.

        Raises `CaseNotFound` and `CaseStillHidden`.
        """
        record = await self.lookup.record(account, case_id)
        if record.is_hidden:
            raise CaseStillHidden
        if not has_discussion:
            record = without_discussion(record)
        file = record.file
        async with transaction(self.engine) as connection:
            policy = await policies.by_id(connection, file.policy_id)
            fingerprints = await attachments.fingerprints(connection, case_id)
            decisions = await payment_records.decisions(connection, file.case.transaction_key)
        (decision,) = (each for each in decisions if each.id == file.decision_id)
        model = await self._model(file.model_version)
        # That others took it out is no part of what happened to it: else no two exports were the same.
        events = tuple(event for event in record.events if event.what is not Happening.EXPORTED)
        return CaseExport(
            record=replace(record, events=events),
            fingerprints=fingerprints,
            decisions=tuple(decisions),
            decision=decision,
            pasts=await self.story.pasts(file, () if model is None else model.schema.described.kept),
            linked=await self.linked_payments.of(file, account),
            policy=policy,
            model=model,
            replay=await self._replayed(record, decision, policy, model),
            at=self.clock(),
            has_discussion=has_discussion,
        )

    async def note(self, account: Account, case_id: int, content_sha256: str) -> None:
        """Write that somebody took a case of this content; the same one again is no news."""
        async with transaction(self.engine) as connection:
            now = self.clock()
            await exports.note(connection, case_id, account_id=account.id, sha256=content_sha256, now=now)

    async def _model(self, version: str) -> Model | None:
        try:
            return await asyncio.to_thread(self.shelf.model, version)
        except ArtifactRefused:
            return None

    async def _replayed(
        self, record: CaseRecord, decision: MachineDecision, policy: PolicyVersion, model: Model | None
    ) -> Replay:
        file = record.file
        if model is None:
            return not_replayed(f"model {file.model_version} is not on this machine")
        scores = Scores.empty(1)
        if file.score is not None:
            found = await self.scorer.score(model, [_payment(record)])
            if found is None:
                # The next export asks it again.
                await self.scorer.probe(model)
                return not_replayed("the model did not answer just now")
            scores = found
        # What a list decided had a standing all the same. What it said then is asked, not what it says now.
        standing = _STANDINGS.get(decision.unlisted_reason or file.reason, Standing.SCORED)
        decided = decide(
            scores,
            np.array([STANDINGS.index(standing)], dtype=np.int8),
            np.array([float(file.amount)]),
            policy.policy,
            np.array([LISTINGS.index(decision.listed)], dtype=np.int8),
        )
        again = DecisionParts(
            label=LABELS[int(decided.labels[0])],
            reason=REASONS[int(decided.reasons[0])],
            score=None if file.score is None else score_rows(scores)[0],
        )
        return compared(DecisionParts(label=file.label, reason=file.reason, score=file.score), again)


def without_discussion(record: CaseRecord) -> CaseRecord:
    """Return a record for eyes outside the house: what is said of verdicts stays, no other words do."""
    events = tuple(
        event if event.what in VERDICTS else replace(event, words=None)
        for event in record.events
        if event.what not in {Happening.COMMENTED, Happening.ATTACHED}
    )
    discussion = replace(record.discussion, comments=(), attachments=())
    return replace(record, events=events, discussion=discussion)


def _payment(record: CaseRecord) -> Transaction:
    """Return the payment as it was scored: with what its model read of history then."""
    file = record.file
    return Transaction(
        client_id=0,
        transaction_id=file.transaction_id,
        body_sha256=b"",
        occurred_at=file.occurred_at,
        amount=file.amount,
        currency=file.currency,
        features=file.features,
        attributes=file.attributes,
        respond_by=file.respond_by,
    )
