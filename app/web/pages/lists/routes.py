"""The block and allow lists: the table, an entry, and what is done with it."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import RedirectResponse, Response

from app.database.payments.lists.entries import ListedEntry
from app.review.access.people import Ability, Account
from app.review.card_numbers.masking import without_card_numbers
from app.review.card_numbers.rule import CardNumberWritten
from app.review.lists.entry import (
    BlindReviewUnderWay,
    EntityKind,
    EntityListed,
    EntryNotFound,
    EntryOver,
    ExpiryImpossible,
    ExpiryMissing,
    ListReasonMissing,
    ListValueImpossible,
    OwnListProposal,
)
from app.triage.labels import Listed
from app.web.dependencies import CHECKED, DIGITS, LARGEST_KEY, RowKey, Visitor, require
from app.web.languages.sentences import marked, worded
from app.web.pages.entity_address import decoded, entity_address
from app.web.pages.frame import Frame, frame
from app.web.pages.lists.forms import LONGEST_ENCODED, USUAL_END, EntryForm, ReasonForm, ends_for
from app.web.pages.lists.standing import VERBS
from app.web.pages.lists.view import (
    EFFECTS,
    KINDS,
    PLACE,
    ListsPage,
    NewEntryPage,
    entry_page,
    entry_view,
)
from app.web.pages.rendering import render
from app.web.problems import own_sentence
from app.web.services import Cases, CaseServices, Clock, ClockReading
from app.workflows.cases.entity_lists import PAGE, Asked, may_list

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visitor, Depends(require(Ability.SEE_LISTS))]
Maker = Annotated[Visitor, Depends(require(Ability.BLOCK_ENTITIES))]
Which = Literal["live", "waiting", "ended", "all"]
WHICH = (
    ("live", marked("in force")),
    ("waiting", marked("to be approved")),
    ("ended", marked("ended")),
    ("all", marked("all")),
)
CONFLICTS = (BlindReviewUnderWay, EntityListed, EntryOver, OwnListProposal)
REFUSALS = (
    *CONFLICTS, CardNumberWritten, ExpiryImpossible, ExpiryMissing, ListReasonMissing, ListValueImpossible,
)  # fmt: skip


class Step(StrEnum):
    """What is done with an entry, as its address calls it."""

    END = "end"
    APPROVE = "approve"
    REFUSE = "refuse"


@router.get(PLACE)
async def lists(  # each is a part of the question
    cases: Cases,
    clock: Clock,
    reader: Reader,
    state: Which = "live",
    kind: EntityKind | Literal[""] = "",
    effect: Listed | Literal[""] = "",
    before: Annotated[int | None, DIGITS, Query(ge=1, le=LARGEST_KEY)] = None,
) -> Response:
    """Show the entries of the lists, the newest first."""
    asked = Asked(which=state, kind=kind or None, effect=effect or None, before=before)
    found = await cases.entity_lists.listed(reader.account, asked)
    now, shown = clock(), found[:PAGE]
    same = f"{PLACE}?state={state}&kind={kind}&effect={effect}"
    page = ListsPage(
        frame=_frame(reader, worded("Block and allow lists")),
        rows=tuple(entry_view(each, now) for each in shown),
        state=state,
        kind=kind,
        effect=effect,
        states=WHICH,
        kinds=tuple((each.value, words) for each, words in KINDS.items()),
        effects=tuple((each.value, words) for each, words in EFFECTS.items()),
        may_list=tuple(
            (worded("%(each)s something\u2026", each=VERBS[each]), f"{PLACE}/new?effect={each.value}")
            for each in may_list(reader.account)
        ),
        older=f"{same}&before={shown[-1].entry.id}" if len(found) > PAGE else "",
    )
    return render("lists/list.html", page)


@router.get(f"{PLACE}/new")
async def ask(
    maker: Maker,
    effect: Listed = Listed.BLOCK,
    kind: EntityKind = EntityKind.CARD,
    of: Annotated[str, Query(max_length=LONGEST_ENCODED)] = "",
) -> Response:
    """Ask why an entity is to be listed, and until when."""
    return _asked(maker, EntryForm(kind=kind, effect=effect, of=of, lasts=USUAL_END))


@router.post(PLACE, dependencies=CHECKED)
async def add(cases: Cases, clock: Clock, maker: Maker, form: Annotated[EntryForm, Form()]) -> Response:
    """List an entity, or propose it."""
    try:
        made = await cases.entity_lists.add(maker.account, form.entry(clock()))
    except REFUSALS as refusal:
        return _asked(maker, form, problem=refusal)
    except ValueError:
        return _asked(maker, form, problem=ListValueImpossible())
    return RedirectResponse(f"{PLACE}/{made.entry.id}", status_code=303)


@router.get(f"{PLACE}/{{entry_id}}")
async def entry(cases: Cases, clock: Clock, reader: Reader, entry_id: RowKey) -> Response:
    """Show an entry and what was done with it."""
    return await _shown(cases, clock, reader, entry_id)


@router.post(f"{PLACE}/{{entry_id}}/{{step}}", dependencies=CHECKED)
async def do(  # the services, who, which entry, and what
    cases: Cases,
    clock: Clock,
    maker: Maker,
    entry_id: RowKey,
    step: Step,
    form: Annotated[ReasonForm, Form()],
) -> Response:
    """End an entry, or decide what waits for a second person."""
    to = cases.entity_lists
    steps: dict[Step, Callable[[Account, int, str], Awaitable[ListedEntry]]] = {
        Step.END: to.end,
        Step.APPROVE: to.approve,
        Step.REFUSE: to.refuse,
    }
    try:
        await steps[step](maker.account, entry_id, form.reason)
    except REFUSALS as refusal:
        return await _shown(cases, clock, maker, entry_id, problem=refusal, reason=form.reason)
    return RedirectResponse(f"{PLACE}/{entry_id}", status_code=303)


async def _shown(
    cases: CaseServices,
    clock: ClockReading,
    reader: Visitor,
    entry_id: int,
    *,
    problem: Exception | None = None,
    reason: str = "",
) -> Response:
    listed, events = await cases.entity_lists.entry(reader.account, entry_id)
    page = entry_page(
        _frame(reader, worded("An entry of the lists")),
        listed,
        events,
        account=reader.account,
        now=clock(),
        problem=worded(own_sentence(problem)) if problem is not None else "",
        reason=without_card_numbers(reason),
    )
    return render("lists/entry.html", page, status=_status(problem))


def _asked(maker: Visitor, form: EntryForm, *, problem: Exception | None = None) -> Response:
    try:
        chosen = decoded(form.of) if form.of else ""
    except ValueError as error:
        raise EntryNotFound from error
    value = without_card_numbers(chosen or form.value)
    page = NewEntryPage(
        frame=_frame(maker, worded("Block and allow lists")),
        effect=form.effect.value,
        verb=VERBS[form.effect],
        kind=form.kind.value,
        kinds=tuple((each.value, words) for each, words in KINDS.items()),
        value=value,
        of=form.of,
        kind_name=KINDS[form.kind],
        ends=ends_for(maker.account, form.effect),
        lasts=form.lasts,
        needs_two=form.kind.needs_two,
        reason=without_card_numbers(form.reason),
        problem=worded(own_sentence(problem)) if problem is not None else "",
        back=entity_address(form.kind.value, chosen) if chosen else PLACE,
    )
    return render("lists/new.html", page, status=_status(problem))


def _frame(visitor: Visitor, title: str) -> Frame:
    return frame(visitor.account, visitor.csrf_token, title=title, here=PLACE, notices=visitor.notices)


def _status(problem: Exception | None) -> int:
    if problem is None:
        return 200
    return 409 if isinstance(problem, CONFLICTS) else 422
