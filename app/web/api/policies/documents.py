"""A policy's document as the API reads and writes it, with every value's meaning in the description."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.triage.policies.document import document_of, policy_of
from app.triage.policies.meaning import MEANINGS
from app.triage.policies.policy import Fallback, Policy, WrongFeed
from app.triage.refusal import PolicyImpossible

Meant = TypeVar("Meant")

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
NO_LIMIT = " Null: no limit."


def _meant(path: str) -> str:
    return MEANINGS[path]


class CostsPart(BaseModel):
    """What decisions cost beside the amount."""

    model_config = ConfigDict(extra="forbid")

    review: Number = Field(description=_meant("costs.review"))
    overhead: Number = Field(description=_meant("costs.overhead"))
    friction: Number = Field(description=_meant("costs.friction"))
    detection_rate: Number = Field(description=_meant("costs.detection_rate"))
    analyst_false_decline_rate: Number = Field(description=_meant("costs.analyst_false_decline_rate"))


class StaffingPart(BaseModel):
    """The people who judge."""

    model_config = ConfigDict(extra="forbid")

    analysts: Whole = Field(description=_meant("staffing.analysts"))
    minutes_per_review: Number = Field(description=_meant("staffing.minutes_per_review"))
    opens_hour: Whole = Field(description=_meant("staffing.opens_hour"))
    closes_hour: Whole = Field(description=_meant("staffing.closes_hour"))


class BoundsPart(BaseModel):
    """Bounds on the evidence of both classes."""

    model_config = ConfigDict(extra="forbid")

    approve_at_most: Number = Field(description=_meant("approve_at_most"))
    decline_at_least: Number = Field(description=_meant("decline_at_least"))
    approve_legit_at_least: Number | None = Field(
        default=None, description=_meant("approve_legit_at_least") + NO_LIMIT
    )
    decline_legit_at_most: Number | None = Field(
        default=None, description=_meant("decline_legit_at_most") + NO_LIMIT
    )


class BandPart(BoundsPart):
    """Bounds of their own for larger amounts."""

    amount_from: Number = Field(description=_meant("bands.amount_from"))


class PolicyDocument(BoundsPart):
    """A policy; what is left out has no limit, or its usual value."""

    model_version: Name = Field(description=_meant("model_version"))
    spread_at_most: Number | None = Field(default=None, description=_meant("spread_at_most") + NO_LIMIT)
    mutual_information_at_most: Number | None = Field(
        default=None, description=_meant("mutual_information_at_most") + NO_LIMIT
    )
    novelty_at_most: Number | None = Field(default=None, description=_meant("novelty_at_most") + NO_LIMIT)
    expected_loss_at_most: Number | None = Field(
        default=None, description=_meant("expected_loss_at_most") + NO_LIMIT
    )
    audit_share_approved: Number | None = Field(default=None, description=_meant("audit_share_approved"))
    audit_share_declined: Number | None = Field(default=None, description=_meant("audit_share_declined"))
    audit_share_near: Number | None = Field(default=None, description=_meant("audit_share_near"))
    near_width: Number | None = Field(default=None, description=_meant("near_width"))
    patience_minutes: Number | None = Field(default=None, description=_meant("patience_minutes"))
    deadline_fallback: Fallback = Field(default=Fallback.WAIT, description=_meant("deadline_fallback"))
    wrong_feed: WrongFeed = Field(default=WrongFeed.REVIEW, description=_meant("wrong_feed"))
    costs: CostsPart | None = None
    staffing: StaffingPart | None = None
    bands: list[BandPart] = Field(default=[], description="Ascending by `amount_from`; usually none.")

    @classmethod
    def of(cls, policy: Policy) -> "PolicyDocument":
        """Return a policy as it goes out."""
        return cls.model_validate(document_of(policy))

    def policy(self, where: str = "document") -> Policy:
        """Return the policy; what it cannot mean is refused by name, as a field below `where`."""
        document = self.model_dump(mode="json", exclude_none=True)
        return meaning(lambda: policy_of(document), where)


def meaning(read: Callable[[], Meant], where: str) -> Meant:
    """Return what a body means; a `PolicyImpossible` becomes a refusal that names the field."""
    try:
        return read()
    except PolicyImpossible as impossible:
        raise refused(f"{where}.{impossible.field}", str(impossible)) from impossible


def refused(field: str, sentence: str) -> RequestValidationError:
    """Return the refusal of one field of the body."""
    return RequestValidationError([{"loc": ("body", field), "msg": sentence, "type": "value_error"}])
