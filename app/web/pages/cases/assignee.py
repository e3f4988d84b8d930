"""Who has a case, as a list says it: the one source of the column, whoever may hold or be promised a case."""

from dataclasses import dataclass
from datetime import datetime

from app.database.cases.queue import QueuedCase
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.cases.kept_view import kept_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """Who has it: `reserved 2:31`, `colleague, 0:40`; no words when it is free."""

    words: str
    is_mine: bool


def assignee_of(waiting: QueuedCase, account_id: int, now: datetime) -> Assignee:
    """Return who holds a case or has it ready, for whom it is kept, or who is offered it first.

    As this account may hear it.
    """
    is_mine = waiting.holder_id == account_id
    if waiting.lease_expires_at is not None and waiting.lease_expires_at > now:
        left = formatting.countdown(waiting.lease_expires_at - now)
        if waiting.is_reserved:
            return Assignee(
                words=worded("your next") if is_mine else worded("next of a colleague"), is_mine=is_mine
            )
        return Assignee(
            words=worded("reserved %(left)s", left=left)
            if is_mine
            else worded("colleague, %(left)s", left=left),
            is_mine=is_mine,
        )
    kept = kept_words(waiting, account_id, now, because=waiting.assigned_because)
    if kept:
        return Assignee(words=kept, is_mine=False)
    if waiting.offered_until is not None and waiting.offered_until > now:
        is_offered_to_me = waiting.offered_to == account_id
        words = worded("reassigned to you") if is_offered_to_me else worded("reassigned to a colleague")
        return Assignee(words=words, is_mine=False)
    return Assignee(words="", is_mine=False)
