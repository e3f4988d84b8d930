"""Block and allow lists by API: entries are read, added, approved, refused and ended."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.review.access.people import Ability, Account
from app.review.lists.entry import EntityKind
from app.triage.labels import Listed
from app.web.api.json_bodies import JsonRoute
from app.web.api.lists.schemas import Because, EntriesOut, EntryOut, EntryWithHistoryOut, NewEntryIn, Which
from app.web.api.policies.routes import Before, Limit
from app.web.dependencies import RowKey, able
from app.web.problems import Problem
from app.web.services import Cases, Clock
from app.workflows.cases.entity_lists import PAGE, Asked

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "The personal access token is missing, unknown or over."},
    403: {"model": Problem, "description": "Your role does not include this."},
    404: {"model": Problem, "description": "There is no such entry."},
    409: {"model": Problem, "description": "It is listed already, is over, or needs another manager."},
    422: {"model": Problem, "description": "A field is wrong; the problem names it."},
    503: {"model": Problem, "description": "Come back after Retry-After seconds with the same request."},
}
router = APIRouter(prefix="/v1/lists", tags=["lists"], responses=PROBLEMS, route_class=JsonRoute)

Reader = Annotated[Account, Depends(able(Ability.SEE_LISTS))]
#: What else is needed depends on the entry (`app.review.lists.rules`).
Maker = Annotated[Account, Depends(able(Ability.BLOCK_ENTITIES))]


@router.get("", summary="Entries of the lists")
async def get_entries(  # each is a part of the question
    reader: Reader,
    cases: Cases,
    clock: Clock,
    state: Which = Which.LIVE,
    kind: EntityKind | None = None,
    effect: Listed | None = None,
    before: Before = None,
    limit: Limit = PAGE,
) -> EntriesOut:
    """Return entries, the newest first. What you are reviewing blind just now is left out."""
    asked = Asked(which=state.value, kind=kind, effect=effect, before=before, most=limit)
    found = await cases.entity_lists.listed(reader, asked)
    shown = found[:limit]
    return EntriesOut(
        entries=[EntryOut.of(each, clock()) for each in shown],
        next_before=shown[-1].entry.id if len(found) > limit else None,
    )


@router.post("", status_code=201, summary="List an entity")
async def post_entry(body: NewEntryIn, maker: Maker, cases: Cases, clock: Clock) -> EntryOut:
    """Block or allow an entity: in force with the answer, a merchant once another manager approves.

    The same sent again by the same person is answered as the first time.
    """
    return EntryOut.of(await cases.entity_lists.add(maker, body.entry()), clock())


@router.get("/{entry_id}", summary="An entry and what was done with it")
async def get_entry(entry_id: RowKey, reader: Reader, cases: Cases, clock: Clock) -> EntryWithHistoryOut:
    """Return an entry with its history."""
    found, events = await cases.entity_lists.entry(reader, entry_id)
    return EntryWithHistoryOut.with_history(found, events, clock())


@router.post("/{entry_id}/end", summary="End an entry")
async def post_end(entry_id: RowKey, body: Because, maker: Maker, cases: Cases, clock: Clock) -> EntryOut:
    """Take an entry off its list; on a merchant, ask another manager to."""
    return EntryOut.of(await cases.entity_lists.end(maker, entry_id, body.reason), clock())


@router.post("/{entry_id}/approve", summary="Approve a proposal")
async def post_approve(entry_id: RowKey, body: Because, maker: Maker, cases: Cases, clock: Clock) -> EntryOut:
    """Put in force, or lift, what a colleague proposed."""
    return EntryOut.of(await cases.entity_lists.approve(maker, entry_id, body.reason), clock())


@router.post("/{entry_id}/refuse", summary="Refuse a proposal")
async def post_refuse(entry_id: RowKey, body: Because, maker: Maker, cases: Cases, clock: Clock) -> EntryOut:
    """Let a colleague's proposal come to nothing, or take your own back."""
    return EntryOut.of(await cases.entity_lists.refuse(maker, entry_id, body.reason), clock())
