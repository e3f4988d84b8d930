"""A case as one file to be sent on: for representment, an audit, or whoever works the decision out again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from app.review.access.people import Account
from app.review.card_issuers import CardIssuers
from app.review.story.sentences import sentences
from app.triage.policies.document import document_of, flat_document
from app.web.dependencies import CHECKED, CurrentVisitor, RowKey
from app.web.languages.reader import Reader, read_by
from app.web.pages import formatting
from app.web.pages.cases.export_content import content_of, model_facts, written
from app.web.pages.cases.record_view import RecordView, record_view
from app.web.pages.causes import rule_of
from app.web.pages.csv_cells import as_file
from app.web.pages.rendering import html
from app.web.pages.review.facts import Fact, facts_of
from app.web.pages.review.story import story_view
from app.web.pages.review.timeline import DID
from app.web.services import Cases
from app.workflows.cases.worklists.exports import CaseExport

router = APIRouter(include_in_schema=False)

#: Whatever a payment brought along: nothing of the file runs, and it reaches nothing of ours.
EXPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none';"
    " base-uri 'none'; sandbox"
)
SCORES = {
    "probability": "Probability of fraud",
    "evidence_fraud": "Score (evidence of fraud)",
    "interval_low": "Model range, from",
    "interval_high": "Model range, to",
    "spread": "Spread of the passes",
    "novelty": "Novelty",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A name and a value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """What the machine decided, and when."""

    at: str
    did: str
    rule: str
    probability: str
    policy_id: int
    model_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """A value that came out otherwise."""

    name: str
    stored: str
    again: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRow:
    """What somebody said about the case."""

    at: str
    who: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    """An address, or a file, whose bytes are not in here."""

    at: str
    who: str
    name: str
    #: Both empty for an address.
    size: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    """The file."""

    title: str
    who: str
    at: str
    sha256: str
    case: RecordView
    facts: tuple[Fact, ...]
    story: tuple[str, ...]
    has_discussion: bool
    comments: tuple[CommentRow, ...]
    attachments: tuple[AttachmentRow, ...]
    decisions: tuple[DecisionRow, ...]
    score: tuple[Pair, ...]
    policy_id: int
    policy: tuple[Pair, ...]
    model: tuple[Pair, ...]
    features: tuple[Pair, ...]
    is_exact: bool
    impossible: str
    differences: tuple[DifferenceRow, ...]
    #: The content as JSON; safe where it stands, which nothing else is.
    content: Markup


# A file that left is noted, so it is asked for by a form: a link may be followed by what only looks ahead.
@router.post("/cases/{case_id}/export", dependencies=CHECKED)
async def export(
    cases: Cases, visitor: CurrentVisitor, case_id: RowKey, discussion: Annotated[bool, Form()] = False
) -> Response:
    """Return a case as a file that explains itself, and note who took it.

    What colleagues said to each other is in it only where `discussion` asks for that: a file for
    representment goes to an acquirer, an issuer, a court.

    Raises `CaseNotFound`, and `CaseStillHidden` for whoever might be to decide it.
    """
    gathered = await cases.exports.gathered(visitor.account, case_id, has_discussion=discussion)
    # The same file whoever takes it, and wherever it is read: in English, by UTC.
    with read_by(Reader()):
        page = export_page(gathered, cases.issuers, visitor.account)
        file = html("cases/export.html", page)
    # Before a byte of it goes out.
    await cases.exports.note(visitor.account, case_id, page.sha256)
    headers = {**as_file(f"tertium-case-{case_id}.html"), "Content-Security-Policy": EXPORT_POLICY}
    return HTMLResponse(file, headers=headers)


def export_page(export: CaseExport, issuers: CardIssuers, account: Account) -> ExportPage:
    """Return the file of a case."""
    file, record = export.record.file, export.record
    schema = export.model.schema.described if export.model is not None else None
    order = (*schema.entities, *schema.by_name) if schema is not None else ()
    facts = facts_of(file.attributes, file.features, order=order, issuers=issuers)
    told = sentences(float(file.amount), export.pasts, linked_frauds=export.linked.frauds)
    story = tuple(each.words for each in story_view(told, file.attributes, file.currency))
    content = written(content_of(export, facts=facts, story=story, account=account))
    return ExportPage(
        title=f"Case {formatting.count(file.case.id)}",
        who=account.display_name,
        at=formatting.moment(export.at.astimezone(UTC)),
        sha256=content.sha256,
        case=record_view(record, export.linked, order, issuers, (), account=account, now=export.at),
        facts=facts,
        story=story,
        has_discussion=export.has_discussion,
        comments=_comments(export),
        attachments=_attachments(export),
        decisions=_decisions(export),
        score=_score(export),
        policy_id=export.policy.id,
        policy=_pairs(flat_document(document_of(export.policy.policy))),
        model=_pairs(model_facts(export.model, file.model_version)),
        features=_pairs(file.features),
        is_exact=export.replay.is_exact,
        impossible=export.replay.impossible,
        differences=tuple(
            DifferenceRow(name=each.name, stored=each.stored, again=each.again)
            for each in export.replay.differences
        ),
        # Made of JSON's own escapes: no sign of HTML is left in it.
        content=Markup(content.text),  # noqa: S704
    )


def _comments(export: CaseExport) -> tuple[CommentRow, ...]:
    return tuple(
        CommentRow(at=formatting.moment(each.said_at), who=each.who, words=each.words)
        for each in export.record.discussion.comments
    )


def _attachments(export: CaseExport) -> tuple[AttachmentRow, ...]:
    return tuple(
        AttachmentRow(
            at=formatting.moment(each.added_at),
            who=each.who,
            name=each.address or each.name or "",
            size="" if each.size_bytes is None else f"{formatting.count(each.size_bytes)} bytes",
            sha256=export.fingerprints.get(each.form, ""),
        )
        for each in export.record.discussion.attachments
    )


def _decisions(export: CaseExport) -> tuple[DecisionRow, ...]:
    return tuple(
        DecisionRow(
            at=formatting.moment(each.decided_at),
            did=DID[each.label],
            rule=rule_of(each.reason),
            probability="" if each.probability is None else formatting.percent(each.probability),
            policy_id=each.policy_id,
            model_version=each.model_version,
        )
        for each in export.decisions
    )


def _score(export: CaseExport) -> tuple[Pair, ...]:
    score = export.record.file.score or {}
    found = {called: score.get(name) for name, called in SCORES.items()}
    return tuple(Pair(name=called, value=repr(value)) for called, value in found.items() if value is not None)


def _pairs(values: Mapping[str, object]) -> tuple[Pair, ...]:
    return tuple(
        Pair(name=name, value="none" if value is None else str(value)) for name, value in values.items()
    )
