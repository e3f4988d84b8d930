"""Waiting for the customer: a case out of the queue until a moment, at which it is back by itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.review.access.people import Account
from app.review.case import Case, CaseAlreadyJudged
from app.review.keeping.assignment import KEPT_FOR
from app.review.keeping.hold import hold_of

#: A customer who has not answered by then will not: somebody decides with what is known.
LONGEST_WAIT = timedelta(days=14)


class WaitEnd(StrEnum):
    """How a wait ended before its moment; one that reached it needs no word."""

    BROUGHT_BACK = "brought_back"
    CLOSED = "closed"


class WaitImpossible(ValueError):
    """A case waits until a moment to come, at most 14 days from now."""


class NotWaiting(Exception):
    """This case waits no more: it is back in the queue, or decided."""


def waiting(
    case: Case, token: UUID, account: Account, now: datetime, *, until: datetime, asked_first: timedelta
) -> Case:
    """Return the case out of the queue until a moment, and then for a while on offer to who held it.

    An assignment goes on, and runs from the return. Raises as `Case.leased_to`, and `WaitImpossible`.
    """
    if not now < until <= now + LONGEST_WAIT:
        raise WaitImpossible
    free = replace(case.released(token, account, now), released_by=case.released_by, waits_until=until)
    if case.assigned_to is not None:
        return replace(free, assigned_until=until + KEPT_FOR)
    return replace(free, offered_to=account.id, offered_until=until + asked_first)


def brought_back(case: Case, account: Account, now: datetime, *, asked_first: timedelta) -> Case:
    """Return the case back in the queue before its moment.

    It is on offer to who let it wait where they bring it back themselves. Brought back by another it is free
    for all, or its assignee's. Raises `CaseAlreadyJudged` and `NotWaiting`.
    """
    if case.is_over:
        raise CaseAlreadyJudged
    if not hold_of(case).waits(now):
        raise NotWaiting
    back = replace(case, waits_until=None, offered_to=None, offered_until=None)
    if case.assigned_to is not None:
        return replace(back, assigned_until=now + KEPT_FOR)
    if case.offered_to == account.id:
        return replace(back, offered_to=account.id, offered_until=now + asked_first)
    return back
