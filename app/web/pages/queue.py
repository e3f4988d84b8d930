"""What waits, most urgent first, so that nobody says `empty` while cases wait."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response

from app.database.cases import CaseFile
from app.web.dependencies import CurrentVisitor, Services
from app.web.pages import words
from app.web.pages.causes import cause_of
from app.web.pages.frame import Frame, frame
from app.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One waiting case."""

    place: int
    number: str
    amount: str
    cause: str
    waiting_for: str
    expected_loss: str
    deadline: str
    held_for: str
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """The head of the queue."""

    frame: Frame
    open: int
    escalated: int
    held: int
    awaiting_model: int
    oldest: str
    rows: tuple[Row, ...]


@router.get("/queue")
async def queue(everything: Services, visitor: CurrentVisitor) -> Response:
    """Show the most urgent open cases."""
    files = await everything.casework.head_of_queue(limit=SHOWN)
    state = await everything.casework.queue()
    now = everything.clock()
    oldest = state.oldest_opened_at
    page = QueuePage(
        frame=frame(visitor.account, visitor.csrf_token, title="Queue", here="/queue"),
        open=state.open,
        escalated=state.escalated,
        held=state.held,
        awaiting_model=state.awaiting_model,
        oldest=words.duration(now - oldest) if oldest is not None else "",
        rows=tuple(
            _row(place, file, visitor.account.id, now, is_blind=everything.casework.is_blind(file))
            for place, file in enumerate(files, start=1)
        ),
    )
    return render("queue.html", page)


def _row(place: int, file: CaseFile, account_id: int, now: datetime, *, is_blind: bool) -> Row:
    lease = file.case.lease
    is_held = lease is not None and lease.expires_at > now
    return Row(
        place=place,
        number=words.count(file.case.id),
        amount=words.money(file.amount, file.currency),
        cause=cause_of(file, is_blind=is_blind).tag,
        waiting_for=words.duration(now - file.opened_at),
        # Beside the amount it would give the hidden probability away.
        expected_loss="" if is_blind else words.money(file.expected_loss, file.currency),
        deadline=words.ago(file.respond_by, now) if file.respond_by is not None else "",
        held_for=words.countdown(lease.expires_at - now) if lease is not None and is_held else "",
        is_mine=lease is not None and is_held and lease.holder_id == account_id,
    )
