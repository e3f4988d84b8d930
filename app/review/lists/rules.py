"""Who may do what with the lists, and until when an entry may hold."""

from datetime import datetime, timedelta

from app.review.access.people import Ability, Account
from app.review.card_numbers.rule import refuse_card_numbers
from app.review.lists.entry import (
    Entry,
    EntryOver,
    EntryState,
    ExpiryImpossible,
    ExpiryMissing,
    ListReasonMissing,
    NewEntry,
    OwnListProposal,
)
from app.triage.labels import Listed

#: What an analyst blocks by themselves ends after so long; somebody looks again.
LONGEST_OF_ANALYST = timedelta(days=90)
#: Nobody vouches for anybody, or condemns them with an end, for longer.
LONGEST = timedelta(days=366)
LONGEST_REASON = 500


class ListingNotAllowed(Exception):
    """Your role does not include this: analysts block for up to 90 days and end what they listed."""


def check_new(entry: NewEntry, account: Account, now: datetime) -> None:
    """Raise why an account may not list this: `ListingNotAllowed` and what the entry itself lacks."""
    check_reason(entry.reason)
    is_senior = account.may(Ability.ALLOW_ENTITIES)
    if not account.may(Ability.BLOCK_ENTITIES) or (entry.effect is Listed.ALLOW and not is_senior):
        raise ListingNotAllowed
    if entry.expires_at is None:
        if entry.effect is Listed.ALLOW or not is_senior:
            raise ExpiryMissing
        return
    longest = LONGEST if is_senior else LONGEST_OF_ANALYST
    if not now < entry.expires_at <= now + longest:
        raise ExpiryImpossible


def check_reason(reason: str) -> None:
    """Raise `ListReasonMissing`, and `CardNumberWritten` where a card number stands in it."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise ListReasonMissing
    refuse_card_numbers((reason,))


def may_end(entry: Entry, account: Account) -> bool:
    """Whether this account may end an entry, or ask for it: seniors any, others what they listed."""
    return account.may(Ability.ALLOW_ENTITIES) or (
        account.may(Ability.BLOCK_ENTITIES) and account.id == entry.made_by
    )


def check_end(entry: Entry, account: Account, now: datetime) -> None:
    """Raise why an account may not end an entry or ask for it: `ListingNotAllowed`, `EntryOver`."""
    if not may_end(entry, account):
        raise ListingNotAllowed
    if entry.state_at(now) is not EntryState.LIVE or entry.lift_by is not None:
        raise EntryOver


def may_decide(entry: Entry, account: Account) -> bool:
    """Whether this account is the second person of what waits for one."""
    return (
        account.may(Ability.APPROVE_LISTINGS)
        and entry.waits_for_second
        and account.id != (entry.lift_by if entry.lift_by is not None else entry.made_by)
    )


def check_approve(entry: Entry, account: Account, now: datetime) -> None:
    """Raise why an account may not approve: `ListingNotAllowed`, `EntryOver`, `OwnListProposal`."""
    _check_waits(entry, account, now)
    if not may_decide(entry, account):
        raise OwnListProposal


def check_refuse(entry: Entry, account: Account, now: datetime) -> None:
    """Raise the same for a refusal; who proposed something may take it back."""
    proposer = entry.lift_by if entry.lift_by is not None else entry.made_by
    if account.id == proposer:
        if not entry.waits_for_second or not entry.state_at(now).stands:
            raise EntryOver
        return
    _check_waits(entry, account, now)


def _check_waits(entry: Entry, account: Account, now: datetime) -> None:
    if not account.may(Ability.APPROVE_LISTINGS):
        raise ListingNotAllowed
    if not entry.waits_for_second or not entry.state_at(now).stands:
        raise EntryOver
