"""An entry of the block or allow list, and what may become of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.triage.labels import Listed


class EntityKind(StrEnum):
    """What can be listed: what payments are linked by."""

    CARD = "card"
    DEVICE = "device"
    MERCHANT = "merchant"
    IP = "ip"
    EMAIL = "email"
    CUSTOMER = "customer"

    @property
    def needs_two(self) -> bool:
        """Whether an entry stands by two people: one on a merchant decides the payments of strangers."""
        return self is EntityKind.MERCHANT


class EntryState(StrEnum):
    """How an entry stands."""

    PROPOSED = "proposed"
    LIVE = "live"
    REFUSED = "refused"
    ENDED = "ended"
    EXPIRED = "expired"

    @property
    def stands(self) -> bool:
        """Whether it takes the place of its value on the lists: proposed, or in force."""
        return self in {EntryState.PROPOSED, EntryState.LIVE}


class Act(StrEnum):
    """What was done with an entry."""

    ADDED = "added"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    LIFT_PROPOSED = "lift_proposed"
    LIFT_REFUSED = "lift_refused"
    ENDED = "ended"
    EXPIRED = "expired"


class EntryNotFound(Exception):
    """There is no such entry on the lists."""


class EntityListed(Exception):
    """This is on a list already, or proposed for one. End that entry first."""

    def __init__(self, entry_id: int) -> None:
        super().__init__(entry_id)
        self.entry_id = entry_id


class EntryOver(Exception):
    """This entry has ended, or was decided by somebody else meanwhile; nothing was changed."""


class OwnListProposal(Exception):
    """You proposed this: another manager has to decide it."""


class ListReasonMissing(Exception):
    """Say why; it stays with the entry."""


class ExpiryMissing(Exception):
    """An allowed entity needs an end, and so does what an analyst blocks."""


class ExpiryImpossible(Exception):
    """The end lies in the past, or too far ahead: 90 days for what an analyst blocks, else a year."""


class ListValueImpossible(Exception):
    """This value cannot be listed: it is empty, too long, or no address where it should be one."""


class BlindReviewUnderWay(Exception):
    """You are reviewing a payment with this entity blind. Decide that case first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What somebody wants listed."""

    kind: EntityKind
    value: str
    effect: Listed
    reason: str
    #: None: without end.
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as it stands."""

    id: int
    kind: EntityKind
    #: What may be shown of the value.
    shown: str
    effect: Listed
    state: EntryState
    reason: str
    made_by: int
    made_at: datetime
    expires_at: datetime | None
    approved_by: int | None
    #: Who asks that it be lifted, and why.
    lift_by: int | None
    lift_reason: str | None
    ended_by: int | None
    ended_at: datetime | None

    @property
    def waits_for_second(self) -> bool:
        """Whether somebody else has to approve or refuse something of it."""
        return self.state is EntryState.PROPOSED or (
            self.state is EntryState.LIVE and self.lift_by is not None
        )

    def state_at(self, now: datetime) -> EntryState:
        """Return how it stands at a moment: what has run out has expired, whoever has noticed."""
        if self.state.stands and not is_before_end(self.expires_at, now):
            return EntryState.EXPIRED
        return self.state

    def is_in_force(self, now: datetime) -> bool:
        """Whether it decides payments."""
        return self.state_at(now) is EntryState.LIVE


def is_before_end(expires_at: datetime | None, now: datetime) -> bool:
    """Whether something that ends at a moment goes on: at the very moment it does not."""
    return expires_at is None or now < expires_at
