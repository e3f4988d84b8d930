"""The lists behind the numbers of the operations page: a page of cases, and the whole list as a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.database.operations.case_lists import ListedCase
from app.review.access.people import Ability
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.frame import Frame, frame
from app.web.pages.operations.export import case_lines
from app.web.pages.operations.query import (
    FILE,
    STATES,
    TIMES,
    Asked,
    Condition,
    cause_name,
    cause_of,
    place_in,
    place_told,
)
from app.web.pages.operations.routes import Watcher
from app.web.pages.rendering import render
from app.web.pages.whole_file import csv_file
from app.web.services import Access, AccessServices, Clock, Operations

router = APIRouter(include_in_schema=False)

SHOWN = 50
TONES = {"in_time": "", "due_soon": "unknown", "breached": "fraud"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case of the list."""

    number: str
    record: str
    transaction_id: str
    amount: str
    cause: str
    priority: str
    state: str
    opened: str
    due: str
    timeliness: str
    tone: str
    holder: str
    left: str
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesPage:
    """A page of the list."""

    frame: Frame
    conditions: tuple[Condition, ...]
    rows: tuple[CaseRow, ...]
    by_urgency: bool
    is_first: bool
    beginning: str
    #: Empty: there are no more.
    more: str
    file: str


@router.get("/operations/cases")
async def cases(
    operations: Operations, access: Access, clock: Clock, watcher: Watcher, asked: Annotated[Asked, Query()]
) -> Response:
    """Show the next cases of a list."""
    wanted = asked.wanted()
    found = await operations.case_lists.cases(
        watcher.account, wanted, limit=SHOWN + 1, after=place_in(asked.after)
    )
    shown, now = found[:SHOWN], clock()
    may_release = watcher.account.may(Ability.RELEASE_CASES)
    page = CasesPage(
        frame=frame(
            watcher.account,
            watcher.csrf_token,
            title=worded("Cases"),
            here="/operations",
            notices=watcher.notices,
        ),
        conditions=asked.conditions(await _names(access, asked)),
        rows=tuple(_row(each, watcher.account.id, now, may_release=may_release) for each in shown),
        by_urgency=wanted.only_waiting,
        is_first=asked.after is None,
        beginning=asked.address(),
        more=asked.address(after=place_told(shown[-1].place)) if len(found) > SHOWN else "",
        file=asked.address(FILE),
    )
    return render("operations/cases.html", page)


@router.get("/operations/cases.csv")
async def cases_as_file(
    operations: Operations, watcher: Watcher, asked: Annotated[Asked, Query()]
) -> Response:
    """Send the whole list as a file."""
    lines = case_lines(operations.case_lists, watcher.account, asked.wanted())
    return await csv_file(lines, "cases.csv")


async def _names(access: AccessServices, asked: Asked) -> dict[int, str]:
    """Return the names of the people the conditions may mean."""
    if asked.holder is None and asked.judged_by is None:
        return {}
    return {each.id: each.display_name for each in await access.accounts.accounts()}


def _row(each: ListedCase, reader_id: int, now: datetime, *, may_release: bool) -> CaseRow:
    is_mine = each.holder_id == reader_id
    return CaseRow(
        number=formatting.count(each.case_id),
        record=f"/cases/{each.case_id}",
        transaction_id=each.transaction_id,
        amount=formatting.money(each.amount, each.currency),
        # What is before the reader's own eyes tells its cause there.
        cause=worded("reserved for you") if is_mine else cause_name(cause_of(each.reason)),
        priority=worded(each.priority.value),
        state=STATES[each.state],
        opened=f"{formatting.utc_short_day(each.opened_at, now)}, {formatting.utc_clock(each.opened_at)}",
        due=_due(each, now),
        timeliness=TIMES[each.timeliness] if each.timeliness is not None else "",
        tone=TONES[each.timeliness] if each.timeliness is not None else "",
        holder=(worded("you") if is_mine else each.holder or ""),
        left=formatting.countdown(each.held_until - now) if each.held_until is not None else "",
        release=f"/operations/cases/{each.case_id}/release" if each.holder and may_release else "",
    )


def _due(each: ListedCase, now: datetime) -> str:
    if each.closed_at is not None:
        return worded("ended %(closed_at)s", closed_at=formatting.moment(each.closed_at))
    return formatting.ago(each.due_at, now)
