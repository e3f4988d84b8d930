"""Reads for people: the queue with filters, the record of a case, and the search over all payments."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases import cases, own_verdicts, verdicts
from app.database.cases import queue as case_queue
from app.database.cases import timeline as case_timeline
from app.database.cases.cases import CaseFile
from app.database.cases.keeping import assignments, holds
from app.database.cases.own_verdicts import OwnVerdict
from app.database.cases.queue import QueuedCase
from app.database.cases.timeline import KnownOutcome
from app.database.cases.worklists.queue_filters import QueueFilter, conditions
from app.database.payments import search
from app.database.payments.search import FoundPayment, SearchQuery
from app.database.payments.upkeep import indexing
from app.database.server.session import transaction
from app.database.service_levels import level_parameters
from app.review.access.people import Ability, Account
from app.review.blindness import reader_of
from app.review.card_numbers.rule import CardNumberRule
from app.review.case import CaseNotFound, CaseState
from app.review.keeping.assignment import Assignment, unexplained
from app.review.queue.columns import BY_PRIORITY, QueueSort
from app.review.queue.service_level import ServiceLevels
from app.review.timeline import Event, Happening, while_live, without_words
from app.workflows.cases.discussion.discussions import Discussion, discussion_of
from app.workflows.cases.discussion.hiding import hides_words

#: Words beyond this are no search; a lexeme must stay below PostgreSQL's 2 kB.
LONGEST = 256
#: Found at most; more means: say more.
MOST_FOUND = 50
LARGEST_KEY = 2**63 - 1
#: So many of one's own decisions stand on a page.
OWN_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """A case with its history, without what its reader may not know."""

    file: CaseFile
    became: KnownOutcome
    #: Somebody is still to judge this payment, and it could be the reader.
    is_hidden: bool
    events: tuple[Event, ...]
    #: What was said about it, as far as the reader may hear; its entries are among the events, too.
    discussion: Discussion
    #: The verdict that counts; None: there is none yet.
    verdict_id: int | None = None
    #: Whose it is.
    assignment: Assignment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLookup:
    """Reads records of cases and searches payments."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    card_numbers: CardNumberRule

    async def queue(
        self,
        account: Account,
        wanted: QueueFilter,
        *,
        limit: int,
        after: int | None = None,
        sort: QueueSort = BY_PRIORITY,
        levels: ServiceLevels,
    ) -> list[QueuedCase]:
        """Return the first cases somebody wants, in this order, behind a case where one is named."""
        now = self.clock()
        asked = conditions(wanted, account_id=account.id, now=now)
        async with transaction(self.engine) as connection:
            return await case_queue.rows(
                connection,
                wanted.state,
                asked,
                limit=limit,
                after=after,
                sort=sort,
                levels=level_parameters(levels, now),
            )

    async def search(self, account: Account, words: str) -> list[FoundPayment]:
        """Return what these words find; one more than `MOST_FOUND` when there is more.

        A card number is sought by its fingerprint; raises `CardNumberWritten` where none is kept.
        """
        words = self.card_numbers.sought(sought_words(words))
        if not words:
            return []
        sought = SearchQuery(
            words=words,
            case_id=case_number(words),
            hides_live=account.may(Ability.JUDGE),
            reader_id=reader_of(account),
        )
        async with transaction(self.engine) as connection:
            return await search.search(connection, sought, now=self.clock(), most=MOST_FOUND + 1)

    async def indexed_at(self) -> datetime | None:
        """Return up to when links and words can be searched, where later payments are too many; else None."""
        async with transaction(self.engine) as connection:
            progress = await indexing.progress(connection)
        return progress.indexed_at if progress.misses_some else None

    async def record(self, account: Account, case_id: int) -> CaseRecord:
        """Return a case's record; raises `CaseNotFound`.

        Whoever may judge is told of a payment somebody is still to judge what an open case tells, and of
        its other cases nothing: they cannot be found. Reviews of what one judged oneself cannot be, either,
        and one's own case stays as readable as it was.
        """
        reader = reader_of(account)
        async with transaction(self.engine) as connection:
            if not await case_timeline.may_be_read(connection, case_id, reader_id=reader):
                raise CaseNotFound
            file = await cases.file(connection, case_id)
            events = await case_timeline.timeline(connection, case_id, self.clock())
            became = await case_timeline.became(
                connection, file.case.transaction_key, as_of=self.clock(), reader_id=reader
            )
            standing = await verdicts.standing(connection, case_id)
            is_assigned = file.case.assigned_to is not None
            assignment = await assignments.running(connection, case_id) if is_assigned else None
            discussion = await discussion_of(connection, account, file)
            keeps_words = await hides_words(connection, account, file)
        is_hidden = became.is_live and reader is not None
        if is_hidden:
            events = told_while_live(file, events)
        if keeps_words:
            events = without_words(events, but_of=account.id)
            assignment = assignment and unexplained(assignment, account)
        verdict_id = standing.id if standing is not None else None
        return CaseRecord(
            file=file,
            became=became,
            is_hidden=is_hidden,
            events=tuple(sorted([*events, *said_events(discussion)], key=lambda event: event.at)),
            discussion=discussion,
            verdict_id=verdict_id,
            assignment=assignment,
        )

    async def takeable(self, account: Account, case_ids: Iterable[int | None]) -> frozenset[int]:
        """Return which of these cases, all of which the account may read, it may ask for now."""
        wanted = sorted({case_id for case_id in case_ids if case_id is not None})
        if not wanted or not account.may(Ability.JUDGE):
            return frozenset()
        async with transaction(self.engine) as connection:
            found = await holds.holds(connection, wanted)
        now = self.clock()
        return frozenset(
            case_id for case_id, (state, hold) in found.items() if hold.lets_take(account, state, now)
        )

    async def own_verdicts(self, account: Account, *, before: int | None = None) -> list[OwnVerdict]:
        """Return a page of what somebody decided, below one of theirs; one more where there are more."""
        async with transaction(self.engine) as connection:
            return await own_verdicts.own_verdicts(
                connection, account.id, as_of=self.clock(), most=OWN_PAGE + 1, before=before
            )

    async def timeline(self, account: Account, file: CaseFile) -> list[Event]:
        """Return the timeline of a claimed case, as it would be told of any other."""
        async with transaction(self.engine) as connection:
            events = await case_timeline.timeline(connection, file.case.id, self.clock())
            told = told_while_live(file, events)
            if await hides_words(connection, account, file):
                return without_words(told, but_of=account.id)
            return told


def told_while_live(file: CaseFile, events: list[Event]) -> list[Event]:
    """Return the events that may be shown while the payment is still to be decided; none once it is."""
    if file.case.state in {CaseState.JUDGED, CaseState.CLOSED}:
        return []
    return while_live(events, opened_at=file.opened_at, decision_id=file.decision_id)


def said_events(discussion: Discussion) -> list[Event]:
    """Return comments and attachments as parts of a case's history."""
    return [
        *(
            Event(at=each.said_at, what=Happening.COMMENTED, who=each.who, words=each.words)
            for each in discussion.comments
        ),
        *(
            Event(at=each.added_at, what=Happening.ATTACHED, who=each.who, words=each.address or each.name)
            for each in discussion.attachments
        ),
    ]


def sought_words(text: str) -> str:
    """Return the words to search for in what somebody typed or pasted."""
    # PostgreSQL text cannot hold NUL, nor half a character; signs nobody sees may be part of what is sought.
    spaced = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in text)
    return spaced.strip()[:LONGEST]


def case_number(words: str) -> int | None:
    """Return the case these words name: `412`, `#412`, `case 1 412`; None when they name none."""
    named = re.fullmatch(r"(?:case)?#?([0-9]{1,19})", re.sub(r"\s", "", words.casefold()))
    number = int(named[1]) if named else 0
    return number if 0 < number <= LARGEST_KEY else None
