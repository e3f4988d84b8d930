"""The form by which an entity is listed: what it offers, and what was meant."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from app.review.access.people import Ability, Account
from app.review.lists.entry import EntityKind, NewEntry
from app.review.lists.rules import LONGEST_REASON
from app.review.lists.values import LONGEST_VALUE
from app.triage.labels import Listed
from app.web.languages.sentences import marked
from app.web.pages.entity_address import decoded

NEVER = "never"
#: How long an entry holds, in days, as its form sends it. An empty field would be one left out.
ENDS = {
    "1": marked("1 day"),
    "7": marked("7 days"),
    "30": marked("30 days"),
    "90": marked("90 days"),
    "365": marked("1 year"),
    NEVER: marked("without end"),
}
#: Of those an analyst may choose.
ENDS_OF_ANALYST = ("1", "7", "30", "90")
USUAL_END = "30"
#: Encoded, a value is longer.
LONGEST_ENCODED = 6 * LONGEST_VALUE

Reason = Annotated[str, Field(max_length=LONGEST_REASON)]


class ReasonForm(BaseModel):
    """Why something is done."""

    reason: Reason = ""


class EntryForm(ReasonForm):
    """What is to be listed."""

    kind: EntityKind
    effect: Listed
    value: str = Field(default="", max_length=LONGEST_VALUE)
    #: In its place, the value as addresses of entities carry it.
    of: str = Field(default="", max_length=LONGEST_ENCODED)
    lasts: str = Field(default=USUAL_END, pattern="^(1|7|30|90|365|never)$")

    def entry(self, now: datetime) -> NewEntry:
        """Return what was meant; raises ValueError where `of` is no value."""
        return NewEntry(
            kind=self.kind,
            value=decoded(self.of) if self.of else self.value,
            effect=self.effect,
            reason=self.reason,
            expires_at=now + timedelta(days=int(self.lasts)) if self.lasts != NEVER else None,
        )


def ends_for(account: Account, effect: Listed) -> tuple[tuple[str, str], ...]:
    """Return the ends that an account may choose for an entry."""
    if not account.may(Ability.ALLOW_ENTITIES):
        return tuple((days, ENDS[days]) for days in ENDS_OF_ANALYST)
    return tuple((days, words) for days, words in ENDS.items() if days != NEVER or effect is Listed.BLOCK)
