"""Cases chosen from the queue: judged as one where a group holds all of them, given back, or why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from app.review.groups.grouping import Group
from app.review.queue.selection import (
    MOST_CHOSEN,
    Refusal,
    RefusedCase,
    SeenRow,
    SelectionRefused,
    SelectionStale,
    read_rows,
)
from app.web.dependencies import CHECKED, Visitor
from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.web.pages.groups.naming import address_of, shared_words
from app.web.pages.groups.routes import Judge, frame_of
from app.web.pages.rendering import render
from app.web.pages.review.timeline import timeline_view
from app.web.problems import own_sentence
from app.web.services import Cases, Clock

router = APIRouter(include_in_schema=False)

REFUSALS: Mapping[Refusal, str] = {
    Refusal.GONE: marked("there is no such case"),
    Refusal.DECIDED: marked("it has been decided, or needs nobody any more"),
    Refusal.ESCALATED: marked("it was escalated"),
    Refusal.TAKEN: marked("a colleague has it reserved"),
    Refusal.KEPT: marked("it is kept for somebody, or awaits the customer"),
    Refusal.MINE: marked("you have it reserved: decide it in Review, or release it first"),
    Refusal.SCORED_ANEW: marked("it was scored again since you saw it"),
    Refusal.NOT_MINE: marked("you do not hold it"),
    Refusal.NO_LONGER_MINE: marked("you do not hold it any more"),
    Refusal.APART: marked("it belongs to no group with the others, or is in blind review"),
}


class SelectionAct(StrEnum):
    """What is to be done with the chosen cases."""

    JUDGE = "judge"
    RELEASE = "release"


class SelectionForm(BaseModel):
    """Chosen cases, as the queue sends them."""

    act: SelectionAct
    chosen: list[Annotated[str, Field(max_length=50)]] = Field(default=[], max_length=2 * MOST_CHOSEN)
    #: The list they were chosen from, as its address has it.
    shown: str = Field(default="", max_length=8192)

    def back(self) -> str:
        """Return the address of that list."""
        return f"/queue?{urlencode(parse_qsl(self.shown))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A chosen case, why nothing can be done with it, and what happened to it last."""

    number: str
    address: str
    why: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionPage:
    """Why nothing was done, case by case, and how to go on."""

    frame: Frame
    sentence: str
    rows: tuple[RefusedRow, ...]
    back: str
    #: The group that the others are in; empty: they are in none.
    group_address: str
    group_words: str
    #: `3 cases`.
    rest: str


@router.post("/queue/selection", dependencies=CHECKED)
async def act_on(
    cases: Cases, clock: Clock, judge: Judge, form: Annotated[SelectionForm, Form()]
) -> Response:
    """Lead to the group of the chosen cases, or give them back; else say of each why not."""
    try:
        chosen = read_rows(form.chosen)
        if form.act is SelectionAct.RELEASE:
            await cases.selections.release(judge.account, chosen)
            return RedirectResponse(form.back(), status_code=303)
        group = await cases.selections.group_of(judge.account, chosen)
    except SelectionRefused as error:
        return render("groups/selection.html", _page(judge, form, worded(own_sentence(error))), status=422)
    except SelectionStale as stale:
        rows = tuple(_row(each, clock()) for each in stale.refused)
        rest = [
            row for case_id, row in chosen.items() if case_id not in {each.case_id for each in stale.refused}
        ]
        page = _page(judge, form, worded(own_sentence(stale)), rows=rows, group=stale.fits, rest=rest)
        return render("groups/selection.html", page, status=409)
    return RedirectResponse(_address(group, chosen.values()), status_code=303)


def _page(
    judge: Visitor,
    form: SelectionForm,
    sentence: str,
    *,
    rows: tuple[RefusedRow, ...] = (),
    group: Group | None = None,
    rest: Sequence[SeenRow] = (),
) -> SelectionPage:
    return SelectionPage(
        frame=frame_of(judge),
        sentence=sentence,
        rows=rows,
        back=form.back(),
        group_address=_address(group, rest) if group is not None and rest else "",
        group_words=shared_words(group.key) if group is not None else "",
        rest=formatting.plural(len(rest), "case", "cases"),
    )


def _address(group: Group, rows: Iterable[SeenRow]) -> str:
    """Return the address of a group with these of its cases ticked."""
    ticked = [("chosen", str(row.case_id)) for row in rows]
    return f"{address_of(group.key)}?{urlencode(ticked)}"


def _row(refused: RefusedCase, now: datetime) -> RefusedRow:
    last = ""
    if refused.last is not None:
        (line,) = timeline_view([refused.last], now=now).rows
        last = f"{line.sentence}, {line.at}"
    return RefusedRow(
        number=formatting.count(refused.case_id),
        # What is not there for the reader has no page for them.
        address=f"/cases/{refused.case_id}" if refused.refusal is not Refusal.GONE else "",
        why=REFUSALS[refused.refusal],
        last=last,
    )
