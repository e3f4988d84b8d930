"""A payment as its page shows it; what is hidden from the reader has not been read."""

from dataclasses import dataclass
from datetime import datetime

from app.database.cases.payment_records import HeardLabel, MachineDecision, SaidVerdict, StoredPayment
from app.review.card_issuers import CardIssuers
from app.review.case import Judgement
from app.review.outcome import Report
from app.scoring.schema.schema import Schema
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.cases.kept_view import NO_WAYS, CaseWays
from app.web.pages.cases.record_view import SETTLED
from app.web.pages.cases.search import STATES
from app.web.pages.causes import decider_of, rule_of
from app.web.pages.discussion.view import DiscussionView
from app.web.pages.frame import Frame
from app.web.pages.payments.sent_values import SentValue, sent_values
from app.web.pages.review.facts import Fact, cardholder_time, facts_of
from app.web.pages.review.linked import LinkedView, linked_view
from app.web.pages.review.timeline import DID
from app.workflows.cases.payment_records import PaymentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What the machine decided, why, and by which version."""

    #: The model, or a list.
    who: str
    did: str
    tone: str
    rule: str
    probability: str
    policy_id: int
    model_version: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthView:
    """What somebody said a payment was: a source, or a person."""

    told: str
    tone: str
    who: str
    at: str
    #: In how far it counts still: withdrawn, replaced; empty where it stands.
    standing: str
    note: str
    #: Of the case it was said on; empty where a source reported it.
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """What the client was told."""

    label: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """One payment as it is read."""

    transaction_id: str
    client: str
    amount: str
    occurred: str
    #: The same for machines (ISO 8601), and by the cardholder's clock; that is empty where none is known.
    occurred_at: str
    cardholder_time: str
    occurred_ago: str
    received: str
    respond_by: str
    facts: tuple[Fact, ...]
    sent: tuple[SentValue, ...]
    #: The score and all that follows from it are kept from the reader.
    is_hidden: bool
    decisions: tuple[DecisionView, ...]
    outcome: OutcomeView | None
    truths: tuple[TruthView, ...]
    linked: LinkedView
    #: Of its case, with number and state; empty where it has none.
    case_address: str
    case: str
    state: str
    ways: CaseWays


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPage:
    """The page around it."""

    frame: Frame
    payment: PaymentView
    #: Of its case; None where it has none.
    discussion: DiscussionView | None
    may_see_policies: bool


def payment_view(
    record: PaymentRecord,
    schema: Schema,
    issuers: CardIssuers,
    *,
    now: datetime,
    ways: CaseWays = NO_WAYS,
) -> PaymentView:
    """Return a payment as it may be shown; `schema` orders and words what was sent."""
    payment = record.payment
    return PaymentView(
        transaction_id=payment.transaction_id,
        client=payment.client,
        amount=formatting.money(payment.amount, payment.currency),
        occurred=formatting.moment(payment.occurred_at),
        occurred_at=payment.occurred_at.isoformat(),
        cardholder_time=cardholder_time(payment.occurred_at, payment.attributes),
        occurred_ago=formatting.ago(payment.occurred_at, now),
        received=formatting.moment(payment.received_at),
        respond_by=formatting.moment(payment.respond_by) if payment.respond_by is not None else "",
        facts=facts_of(
            payment.attributes, payment.features, order=(*schema.entities, *schema.by_name), issuers=issuers
        ),
        sent=sent_values(payment.features, schema, payment.currency),
        is_hidden=record.is_hidden,
        decisions=tuple(_decision(each) for each in record.decisions),
        outcome=None if record.is_hidden else _outcome(payment),
        truths=_truths(record),
        linked=linked_view(record.linked, payment.attributes, beside=payment.occurred_at, now=now),
        case_address=f"/cases/{payment.case_id}" if payment.case_id is not None else "",
        case=formatting.count(payment.case_id) if payment.case_id is not None else "",
        state=STATES[payment.case_state] if payment.case_state is not None else "",
        ways=ways,
    )


def _decision(decision: MachineDecision) -> DecisionView:
    return DecisionView(
        who=decider_of(decision.reason),
        did=DID[decision.label],
        tone=decision.label.value,
        rule=rule_of(decision.reason),
        probability=formatting.fine_percent(decision.probability) if decision.probability is not None else "",
        policy_id=decision.policy_id,
        model_version=decision.model_version,
        at=formatting.moment(decision.decided_at),
    )


def _outcome(payment: StoredPayment) -> OutcomeView | None:
    if payment.outcome is None or payment.outcome_source is None or payment.settled_at is None:
        return None
    return OutcomeView(
        label=payment.outcome.value,
        how=f"{SETTLED[payment.outcome_source]}, {formatting.moment(payment.settled_at)}",
    )


def _truths(record: PaymentRecord) -> tuple[TruthView, ...]:
    """Return reports and verdicts together, in the order in which they were heard."""
    heard = [(each.recorded_at, _heard(each, record.heard)) for each in record.heard]
    said = [(each.judged_at, verdict_view(each)) for each in record.said]
    return tuple(truth for _, truth in sorted([*heard, *said], key=lambda each: each[0]))


def _heard(label: HeardLabel, all_heard: tuple[HeardLabel, ...]) -> TruthView:
    is_withdrawal = label.label is Report.WITHDRAWN
    place = all_heard.index(label)
    # Of one moment, as files bring them, what was written later counts.
    is_withdrawn = not is_withdrawal and any(
        each.label is Report.WITHDRAWN
        and each.source == label.source
        and (each.learned_at, other) > (label.learned_at, place)
        for other, each in enumerate(all_heard)
    )
    return TruthView(
        told=worded(label.label.value),
        tone="unknown" if is_withdrawal else label.label.value,
        who=worded(label.source.replace("_", " ")),
        at=worded(
            "learned %(learned_at)s, recorded %(recorded_at)s",
            learned_at=formatting.moment(label.learned_at),
            recorded_at=formatting.moment(label.recorded_at),
        ),
        standing=worded("withdrawn by its source since") if is_withdrawn else "",
        note="",
        address="",
    )


def verdict_view(verdict: SaidVerdict) -> TruthView:
    """Return what a person said of a payment."""
    is_truth = verdict.judgement is not Judgement.ESCALATE
    reason = worded(verdict.reason.value.replace("_", " ")) if verdict.reason is not None else ""
    return TruthView(
        told=worded(verdict.judgement.value) if is_truth else worded("escalated"),
        tone=verdict.judgement.value if is_truth else "unknown",
        who=worded("%(who)s, a correction", who=verdict.who) if verdict.is_correction else verdict.who,
        at=formatting.moment(verdict.judged_at),
        standing=worded("replaced by a correction") if verdict.is_replaced else "",
        note=" \u00b7 ".join(part for part in (reason, verdict.note or "") if part),
        address=f"/cases/{verdict.case_id}",
    )
