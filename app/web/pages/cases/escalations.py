"""Cases pending for a senior colleague: who escalated each, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from app.database.cases.escalations import EscalatedCase
from app.review.access.people import Ability
from app.web.dependencies import Visitor, require
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.cases.kept_view import kept_words
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render
from app.web.services import Operations
from app.workflows.operations.quality import Inbox

router = APIRouter(include_in_schema=False)

SHOWN = 100
Senior = Annotated[Visitor, Depends(require(Ability.JUDGE_ESCALATED))]


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalatedRow:
    """One case of the inbox."""

    number: str
    amount: str
    #: Empty: two people disagree.
    escalated_by: str
    #: None: kept from the reader for now.
    note: str | None
    since: str
    waiting_for: str
    deadline: str
    whose: str
    is_free: bool
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalatedPage:
    """The inbox."""

    frame: Frame
    total: int
    rulings: int
    longest: str
    rows: tuple[EscalatedRow, ...]


@router.get("/escalations")
async def escalated(operations: Operations, senior: Senior) -> Response:
    """Show what waits for a senior colleague, the most urgent first."""
    inbox = await operations.quality.inbox(senior.account, limit=SHOWN)
    around = frame(
        senior.account,
        senior.csrf_token,
        title=worded("Escalations"),
        here="/escalations",
        notices=senior.notices,
    )
    return render("escalations.html", page_of(inbox, around, reader_id=senior.account.id))


def page_of(inbox: Inbox, around: Frame, *, reader_id: int) -> EscalatedPage:
    """Return the inbox as somebody sees it."""
    longest = min((case.waits_since for case in inbox.cases), default=None)
    return EscalatedPage(
        frame=around,
        total=inbox.total,
        rulings=sum(case.is_ruling for case in inbox.cases),
        longest=formatting.duration(inbox.now - longest) if longest is not None else "",
        rows=tuple(_row(case, reader_id, inbox.now) for case in inbox.cases),
    )


def _row(case: EscalatedCase, reader_id: int, now: datetime) -> EscalatedRow:
    return EscalatedRow(
        number=formatting.count(case.case_id),
        amount=formatting.money(case.amount, case.currency),
        escalated_by=case.escalated_by or "",
        note=None if case.is_note_kept_back else case.note or "",
        since=f"{formatting.utc_short_day(case.waits_since, now)}, {formatting.utc_clock(case.waits_since)}",
        waiting_for=formatting.duration(now - case.waits_since),
        deadline=formatting.ago(case.respond_by, now) if case.respond_by is not None else "",
        whose=_whose(case, reader_id, now),
        is_free=case.holder_id is None and not kept_words(case, reader_id, now),
        is_mine=case.holder_id == reader_id,
    )


def _whose(case: EscalatedCase, reader_id: int, now: datetime) -> str:
    if case.holder_id is not None and case.held_until is not None:
        left = formatting.countdown(case.held_until - now)
        return (
            worded("reserved %(left)s", left=left)
            if case.holder_id == reader_id
            else worded("%(holder)s, for %(left)s", holder=case.holder, left=left)
        )
    return kept_words(case, reader_id, now) or worded("free")
