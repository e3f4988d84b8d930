"""The kinds of values in bodies about payments, each checked by one rule."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
)

from app.scoring.numbers import decimal_of
from app.triage.simulation.window import SMALLEST_CHANCE, TOO_SMALL

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _only_text(value: object) -> object:
    # A number as text would be read as seconds since 1970.
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("must be text in ISO 8601 with a zone, such as 2026-05-01T12:00:00Z")
    return value


def _plain_number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004
    # Python would also read 1_000, full-width digits and spaces around it.
    if isinstance(value, str):
        return decimal_of(value)
    return value


def _utc(moment: datetime) -> datetime:
    # Compared before it is converted: a zone can push the first or the last year over the edge.
    if not EARLIEST <= moment <= LATEST:
        raise ValueError(f"must lie between the years {EARLIEST.year} and {LATEST.year}")
    return moment.astimezone(UTC)


Instant = Annotated[AwareDatetime, BeforeValidator(_only_text), AfterValidator(_utc)]
# No control characters: PostgreSQL text cannot hold NUL, and nobody can read the others.
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
# Any text but what is none: half a surrogate pair, or signs nobody can read.
FeatureName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
AttributeText = Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[Decimal, BeforeValidator(_plain_number), Field(ge=0, max_digits=16, decimal_places=4)]
Feature = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _not_too_small(propensity: float) -> float:
    if propensity < SMALLEST_CHANCE:
        raise ValueError(TOO_SMALL)
    return propensity


Propensity = Annotated[float, Field(strict=True, allow_inf_nan=False, le=1), AfterValidator(_not_too_small)]
