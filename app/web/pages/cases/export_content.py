"""An exported case as data: what its page says, for programs, and the fingerprint of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.artifacts import Model
from app.review.access.people import Account
from app.review.replay import DecisionParts, Replay
from app.review.timeline import Event
from app.triage.policies.document import digest_of, document_of
from app.web.pages.cases.queue_view import tells_kind
from app.web.pages.review.facts import Fact
from app.workflows.cases.worklists.exports import CaseExport

FORMAT = "tertium-case/1"
#: What could end the element that holds it, or begin another, in the escapes that JSON has for it.
_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)

Content = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenContent:
    """The content as it stands in the file, byte for byte, and its SHA-256 (hexadecimal)."""

    text: str
    sha256: str


def written(content: Content) -> WrittenContent:
    """Return content as JSON that may stand in a `script` element, and the fingerprint of these bytes."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)
    text = text.encode(errors="replace").decode().translate(_ESCAPES)
    return WrittenContent(text=text, sha256=sha256(text.encode()).hexdigest())


def content_of(
    export: CaseExport, *, facts: Sequence[Fact], story: Sequence[str], account: Account
) -> Content:
    """Return all that the file says of a case; a new kind of evidence is added here and to the page.

    Nothing in it depends on who asks or when, but what its reader may know: the same case has the same
    fingerprint until something happens to it.
    """
    file, record = export.record.file, export.record
    case: Content = {
        "number": file.case.id,
        "state": file.case.state.value,
        "opened_at": _moment(file.opened_at),
        "closed_at": _moment(file.case.closed_at),
    }
    if tells_kind(account):
        case["kind"] = file.case.kind.value
    return {
        "format": FORMAT,
        "case": case,
        "payment": {
            "transaction_id": file.transaction_id,
            "client": file.client,
            "amount": str(file.amount),
            "currency": file.currency,
            "occurred_at": _moment(file.occurred_at),
            "received_at": _moment(file.received_at),
            "respond_by": _moment(file.respond_by),
            # In the order of the model's schema.
            "attributes": [{"name": fact.name, "value": fact.value} for fact in facts],
        },
        "story": list(story),
        "linked": _linked(export),
        "decisions": [
            {
                "label": each.label.value,
                "reason": each.reason.value,
                "policy_version": each.policy_id,
                "model_version": each.model_version,
                "decided_at": _moment(each.decided_at),
                "probability": each.probability,
                "listed": None if each.listed is None else each.listed.value,
            }
            for each in export.decisions
        ],
        # Null: it was left out.
        "discussion": _discussion(export) if export.has_discussion else None,
        "events": [_event(event) for event in record.events],
        "confirmed": None if record.became.truth is None else record.became.truth.value,
        "confirmed_by": record.became.truth_source,
        "outcome": None if record.became.outcome is None else record.became.outcome.value,
        "replay": _replay(export),
    }


def _linked(export: CaseExport) -> Content:
    return {
        "counts": dict(export.linked.counts),
        "payments": [
            {
                "transaction_id": each.transaction_id,
                "amount": str(each.amount),
                "currency": each.currency,
                "occurred_at": _moment(each.occurred_at),
                "shares": list(each.links),
                "confirmed": None if each.truth is None else each.truth.value,
                "confirmed_by": each.truth_source,
            }
            for each in export.linked.payments
        ],
    }


def _discussion(export: CaseExport) -> Content:
    """Return what was said, and what was put to the case: of a file all but its bytes."""
    said = export.record.discussion
    return {
        "comments": [
            {"at": _moment(each.said_at), "who": each.who, "words": each.words} for each in said.comments
        ],
        "attachments": [
            {
                "at": _moment(each.added_at),
                "who": each.who,
                "address": each.address,
                "name": each.name,
                "media": None if each.media is None else each.media.value,
                "size_bytes": each.size_bytes,
                "sha256": export.fingerprints.get(each.form),
            }
            for each in said.attachments
        ],
    }


def _event(event: Event) -> Content:
    told = {
        "at": _moment(event.at),
        "what": event.what.value,
        "who": event.who,
        "words": event.words,
        "judgement": None if event.judgement is None else event.judgement.value,
        "reason": None if event.reason is None else event.reason.value,
        "policy_version": event.policy_id,
        "label": None if event.label is None else event.label.value,
        "rule": None if event.rule is None else event.rule.value,
        "whom": event.whom,
        "until": _moment(event.until),
    }
    return {name: value for name, value in told.items() if value is not None}


def _replay(export: CaseExport) -> Content:
    """Return what the decision was made of, and what comes of it now: enough to work it out elsewhere."""
    file, policy = export.record.file, export.policy
    listed, unlisted_reason = export.decision.listed, export.decision.unlisted_reason
    stored = DecisionParts(label=file.label, reason=file.reason, score=file.score)
    return {
        "inputs": {
            "features": dict(file.features),
            "amount": str(file.amount),
            "currency": file.currency,
            "occurred_at": _moment(file.occurred_at),
            # What the lists said then, and by which rule it would have been decided without them.
            "listed": None if listed is None else listed.value,
            "unlisted_reason": None if unlisted_reason is None else unlisted_reason.value,
        },
        "policy": {
            "version": policy.id,
            "sha256": digest_of(policy.policy),
            "document": document_of(policy.policy),
        },
        "model": model_facts(export.model, file.model_version),
        "stored": _parts(stored),
        "again": None if export.replay.again is None else _parts(export.replay.again),
        "is_exact": export.replay.is_exact,
        "differences": _differences(export.replay),
        "impossible": export.replay.impossible,
    }


def model_facts(model: Model | None, version: str) -> Content:
    """Return what names a model beyond doubt: its version, the hash of its numbers, its seed and passes."""
    if model is None:
        return {"version": version}
    card: Mapping[str, Any] = model.card
    return {
        "version": version,
        "sha256": model.sha256,
        "seed": card.get("training", {}).get("seed"),
        "passes": card.get("network", {}).get("passes"),
        "masks_sha256": card.get("masks_sha256"),
    }


def _differences(replay: Replay) -> list[Content]:
    return [{"name": each.name, "stored": each.stored, "again": each.again} for each in replay.differences]


def _parts(parts: DecisionParts) -> Content:
    score = None if parts.score is None else dict(parts.score)
    return {"label": parts.label.value, "reason": parts.reason.value, "score": score}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
