"""The record of a case; score and verdicts are hidden while it is still to be decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database.payments.links.linked import Linked
from app.database.payments.lists.entries import ListedEntry
from app.review.access.people import Ability, Account
from app.review.card_issuers import CardIssuers
from app.review.case import CaseKind, CaseState
from app.review.keeping.hold import hold_of
from app.review.outcome import OutcomeSource
from app.review.timeline import Event, Happening
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.cases.kept_view import KeptView, assign_address, kept_view
from app.web.pages.cases.search import STATES
from app.web.pages.causes import decider_of, rule_of
from app.web.pages.discussion.view import DiscussionView
from app.web.pages.frame import Frame
from app.web.pages.lists.view import EntryView, entry_view
from app.web.pages.review.facts import Fact, facts_of
from app.web.pages.review.linked import LinkedView, linked_view
from app.web.pages.review.timeline import DID, TimelineView, timeline_view, words_of
from app.workflows.cases.lookup import CaseRecord

VERDICTS = frozenset({Happening.JUDGED, Happening.ESCALATED, Happening.CORRECTED, Happening.GIVEN})
#: What is true of a payment by the verdict of whoever judged it, and by nobody else.
VERDICT = "verdict"
KINDS: Mapping[CaseKind, str] = {
    CaseKind.UNKNOWN: marked("manual review"),
    CaseKind.AUDIT: marked("a random audit of an automated decision"),
    CaseKind.GOLD: marked("control case: its truth was known"),
    CaseKind.SECOND: marked("second review of a colleague's verdict"),
    CaseKind.RULING: marked("a ruling where two people disagreed"),
}
SETTLED: Mapping[OutcomeSource, str] = {
    OutcomeSource.MACHINE: marked("by the model"),
    OutcomeSource.VERDICT: marked("by a verdict"),
    OutcomeSource.DEADLINE: marked("by its deadline"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What somebody said of it."""

    judgement: str
    tone: str
    who: str
    at: str
    reason: str
    #: None: kept from the reader for now.
    note: str | None
    is_correction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineView:
    """What the machine made of it."""

    #: The model, or a list.
    who: str
    did: str
    rule: str
    probability: str
    expected_loss: str
    policy_id: int
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the payment was confirmed as, or which outcome was sent."""

    label: str
    how: str
    #: Somebody beside whoever judged it says so.
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """One case as it is read."""

    id: int
    number: str
    state: str
    amount: str
    occurred: str
    occurred_ago: str
    client: str
    transaction_id: str
    facts: tuple[Fact, ...]
    #: None while somebody is still to judge it, and the reader might be who.
    machine: MachineView | None
    truth: Truth | None
    outcome: Truth | None
    verdicts: tuple[VerdictView, ...]
    timeline: TimelineView
    linked: LinkedView
    #: What of it is on a list; empty while the score is hidden: a list would tell what was decided.
    listings: tuple[EntryView, ...]
    is_held_by_me: bool
    #: Where the reader may ask for this very case; empty: not.
    take_address: str
    assign_address: str
    #: Whose it is, and for what it waits.
    kept: KeptView
    #: Where the reader may have it as a file; empty: not while they might be to decide it.
    export_address: str
    #: Whether the reader may put another verdict in the place of the one that counts.
    may_correct: bool
    #: Which one that is; None: there is none.
    verdict_id: int | None
    #: Why it was opened, and the payment's other cases: for those who answer for the work.
    kind: str
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """The page around it."""

    frame: Frame
    case: RecordView
    discussion: DiscussionView
    may_see_policies: bool


def record_view(
    record: CaseRecord,
    linked: Linked,
    order: Sequence[str],
    issuers: CardIssuers,
    listed: Sequence[ListedEntry],
    *,
    account: Account,
    now: datetime,
) -> RecordView:
    """Return a case as this reader may see it; `order`: what was sent, as a schema has it."""
    file, became = record.file, record.became
    is_told = not record.is_hidden
    tells_kind = is_told and account.may(Ability.SEE_POLICIES)
    lease = file.case.lease
    is_held_by_me = lease is not None and lease.holder_id == account.id and lease.expires_at > now
    return RecordView(
        id=file.case.id,
        number=formatting.count(file.case.id),
        state=STATES[file.case.state],
        amount=formatting.money(file.amount, file.currency),
        occurred=formatting.moment(file.occurred_at),
        occurred_ago=formatting.ago(file.occurred_at, now),
        client=file.client,
        transaction_id=file.transaction_id,
        facts=facts_of(
            file.attributes,
            file.features,
            order=order,
            issuers=issuers,
        ),
        machine=_machine(record) if is_told else None,
        truth=_truth(record) if is_told else None,
        outcome=_outcome(record) if is_told else None,
        verdicts=tuple(_verdict(event) for event in record.events if event.what in VERDICTS),
        timeline=timeline_view(record.events, now=now),
        linked=linked_view(linked, file.attributes, beside=file.occurred_at, now=now),
        listings=tuple(entry_view(each, now) for each in listed) if is_told else (),
        is_held_by_me=is_held_by_me,
        take_address=(
            f"/cases/{file.case.id}/take"
            if not is_held_by_me and hold_of(file.case).lets_take(account, file.case.state, now)
            else ""
        ),
        assign_address=assign_address(file.case.id, account, file.case.state),
        kept=kept_view(file.case, record.assignment, record.events, account=account, now=now),
        export_address=f"/cases/{file.case.id}/export" if is_told else "",
        may_correct=is_told
        and account.may(Ability.JUDGE_ESCALATED)
        and file.case.state is CaseState.JUDGED
        and file.case.kind in {CaseKind.UNKNOWN, CaseKind.AUDIT},
        verdict_id=record.verdict_id,
        kind=KINDS[file.case.kind] if tells_kind else "",
        others=tuple(
            (f"/cases/{other}", formatting.count(other)) for other in became.cases if other != file.case.id
        )
        if tells_kind
        else (),
    )


def _machine(record: CaseRecord) -> MachineView:
    file = record.file
    probability = file.score["probability"] if file.score is not None else None
    return MachineView(
        who=decider_of(file.reason),
        did=DID[file.label],
        rule=rule_of(file.reason),
        probability=formatting.percent(probability) if probability is not None else "",
        expected_loss=formatting.money(file.expected_loss, file.currency),
        policy_id=file.policy_id,
        model_version=file.model_version,
    )


def _truth(record: CaseRecord) -> Truth | None:
    known = record.became
    if known.truth is None:
        return None
    if known.truth_source == VERDICT:
        how = worded("by a verdict; no report has confirmed it yet")
        return Truth(label=known.truth.value, how=how, is_confirmed=False)
    return Truth(label=known.truth.value, how=worded((known.truth_source or "").replace("_", " ")))


def _outcome(record: CaseRecord) -> Truth | None:
    known = record.became
    if known.outcome is None or known.outcome_source is None:
        return None
    return Truth(label=known.outcome.value, how=SETTLED[known.outcome_source])


def _verdict(event: Event) -> VerdictView:
    judgement = event.judgement.value if event.judgement is not None else ""
    told = "escalated" if judgement == "escalate" else judgement or "not shown yet"
    return VerdictView(
        judgement=worded(told),
        tone=judgement if judgement in {"fraud", "legit"} else "unknown",
        who=event.who or "",
        at=formatting.moment(event.at),
        reason=worded(event.reason.value.replace("_", " ")) if event.reason is not None else "",
        note=words_of(event),
        is_correction=event.what is Happening.CORRECTED,
    )
