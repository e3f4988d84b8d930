"""People and keys as administrators' programs send and read them."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.database.access.administration import Person
from app.database.access.api_keys import ApiKey
from app.review.access.administration import (
    LONGEST_OVERLAP,
    LONGEST_REASON,
    USUAL_OVERLAP,
    AccessAction,
    AccessEvent,
)
from app.review.access.people import LONGEST_NAME, Role

Why = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, description="Why; it stays on record.")]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class Body(BaseModel):
    """A body that holds nothing else."""

    model_config = ConfigDict(extra="forbid")


class Because(Body):
    """Why something is done."""

    reason: Why


class NewPerson(Body):
    """Somebody who is to log in."""

    name: Name
    display_name: str = Field(default="", max_length=LONGEST_NAME, description="Empty: the name.")
    role: Role = Role.ANALYST


class NewRole(Because):
    """Another role, and why."""

    role: Role


class SigningOut(Because):
    """Why somebody is signed out, and whether their programs are, too."""

    tokens: bool = Field(default=False, description="Revoke the access tokens, too.")


class NewKey(Body):
    """A payment service that is to call."""

    name: Name


class Rotating(Because):
    """Why a key is replaced, and how long the one before goes on working."""

    overlap_seconds: int = Field(
        default=int(USUAL_OVERLAP.total_seconds()), ge=0, le=int(LONGEST_OVERLAP.total_seconds())
    )

    @property
    def overlap(self) -> timedelta:
        """How long the key before goes on working."""
        return timedelta(seconds=self.overlap_seconds)


class PersonOut(BaseModel):
    """A person, with how many sessions and tokens are open and how many cases are held."""

    id: int
    name: str
    display_name: str
    role: Role
    is_active: bool
    has_password: bool
    created_at: datetime
    sessions: int = Field(description="Browsers in which they are logged in.")
    tokens: int = Field(description="Access tokens that live.")
    cases: int = Field(description="Cases they hold now.")

    @classmethod
    def of(cls, person: Person) -> "PersonOut":
        """Return a person as they go out."""
        account = person.account
        return cls(
            id=account.id,
            name=account.name,
            display_name=account.display_name,
            role=account.role,
            is_active=person.is_active,
            has_password=person.has_password,
            created_at=person.created_at,
            sessions=person.sessions,
            tokens=person.tokens,
            cases=person.cases,
        )


class PeopleOut(BaseModel):
    """All people, those who are active first."""

    people: list[PersonOut]


class LinkOut(BaseModel):
    """A person, and the path of their one-time login link; it is shown this once."""

    person: PersonOut
    login_path: str


class KeyOut(BaseModel):
    """A payment service's key: everything but the key."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(validation_alias="client_id")
    name: str
    created_at: datetime
    made_at: datetime = Field(description="When the key that works now was made.")
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None
    earlier_until: datetime | None = Field(description="Until when the key before works; null: it does not.")

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        """Return a key as it goes out."""
        return cls.model_validate(key)


class KeysOut(BaseModel):
    """All keys, those that work first."""

    keys: list[KeyOut]


class SecretOut(BaseModel):
    """A key and its secret, which is shown this once and stored only as a hash."""

    key: KeyOut
    secret: str


class AccessEventOut(BaseModel):
    """One thing that was done to somebody's access or to a key."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    happened_at: datetime
    actor: str | None = Field(description="Null: at the command line.")
    action: AccessAction
    subject: str
    reason: str
    source: str
    details: dict[str, Any]


class AccessHistoryOut(BaseModel):
    """What was done, the newest first."""

    events: list[AccessEventOut]
    next_before: int | None = Field(description="Pass as `before` for what was earlier.")

    @classmethod
    def of(cls, events: list[AccessEvent], *, limit: int) -> "AccessHistoryOut":
        """Return what was done as it goes out; one more than the limit was read."""
        shown = [AccessEventOut.model_validate(event) for event in events[:limit]]
        return cls(events=shown, next_before=shown[-1].id if len(events) > limit else None)
