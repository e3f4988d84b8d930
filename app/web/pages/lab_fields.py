"""The fields of the lab's form: what each is called, and in which unit people type it."""

from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from app.triage.policy import Fallback, WrongFeed
from app.triage.refusal import PolicyImpossible

#: Longer than any number a person types.
LONGEST_NUMBER = 40
LONGEST_PLAIN = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A number of a policy's document, by its path in it."""

    path: str
    label: str
    #: Shares are typed in percent.
    is_share: bool = False
    is_whole: bool = False
    #: Empty means that there is no such limit.
    is_optional: bool = False
    unit: str = ""

    def typed(self, value: float | None) -> str:
        """Return a value as a person would type it: exact, so that what nobody touched stays the same."""
        if value is None:
            return ""
        exact = (Decimal(repr(float(value))) * (100 if self.is_share else 1)).normalize()
        plain = f"{exact:f}"
        return plain if len(plain) <= LONGEST_PLAIN else f"{exact:E}"

    def meant(self, text: str) -> float | int | None:
        """Return what was typed; raises `PolicyImpossible` for what is no number."""
        plain = "".join(text.split()).replace("\u2212", "-").replace(",", ".")
        if not plain:
            if self.is_optional:
                return None
            raise PolicyImpossible(self.path, f"{self.label} is missing.")
        try:
            exact = Decimal(plain)
            number = float(exact / 100 if self.is_share else exact)
        except ArithmeticError as why:
            raise PolicyImpossible(self.path, f"{self.label} must be a number.") from why
        if not isfinite(number):
            raise PolicyImpossible(self.path, f"{self.label} must be a finite number.")
        return int(number) if self.is_whole and number.is_integer() else number


BOUNDS = (
    Field(path="approve_at_most", label="Approve up to"),
    Field(path="decline_at_least", label="Decline from"),
)
LEGIT_BOUNDS = (
    Field(path="approve_legit_at_least", label="Approve from evidence for legit", is_optional=True),
    Field(path="decline_legit_at_most", label="Decline up to evidence for legit", is_optional=True),
)
GATES = (
    Field(path="spread_at_most", label="Spread above", is_optional=True, unit="logits"),
    Field(path="mutual_information_at_most", label="Information gain above", is_optional=True, unit="nats"),
    Field(path="novelty_at_most", label="Novelty above", is_optional=True, unit="percentile"),
    Field(path="expected_loss_at_most", label="Expected loss above", is_optional=True, unit="currency"),
)
AUDITS = (
    Field(path="audit_share_approved", label="Of approvals", is_share=True, unit="%"),
    Field(path="audit_share_declined", label="Of declines", is_share=True, unit="%"),
    Field(path="audit_share_near", label="Of approvals near the bound", is_share=True, unit="%"),
    Field(path="near_width", label="Near means closer than", unit="logits"),
)
COSTS = (
    Field(path="costs.review", label="One review", unit="currency"),
    Field(path="costs.overhead", label="A missed fraud, beside its amount", unit="currency"),
    Field(path="costs.friction", label="A good customer declined", unit="currency"),
    Field(path="costs.detection_rate", label="Frauds an analyst finds", is_share=True, unit="%"),
    Field(
        path="costs.analyst_false_decline_rate", label="Legits an analyst declines", is_share=True, unit="%"
    ),
)
STAFFING = (
    Field(path="staffing.analysts", label="Analysts at a time", is_whole=True),
    Field(path="staffing.minutes_per_review", label="Minutes a review"),
    Field(path="staffing.opens_hour", label="Desk opens, hour UTC", is_whole=True),
    Field(path="staffing.closes_hour", label="Desk closes, hour UTC", is_whole=True),
)
QUEUE = (Field(path="patience_minutes", label="A case grows e times more urgent in", unit="minutes"),)

ALL = (*BOUNDS, *LEGIT_BOUNDS, *GATES, *AUDITS, *COSTS, *STAFFING, *QUEUE)
BY_PATH = {field.path: field for field in ALL}
BAND_START = Field(path="bands.amount_from", label="An amount band's start")
BAND_FIELDS = tuple(
    Field(path=f"bands.{field.path}", label=f"A band's {field.label.lower()}", is_optional=field.is_optional)
    for field in (*BOUNDS, *LEGIT_BOUNDS)
)

FALLBACKS: tuple[tuple[str, str], ...] = (
    (Fallback.WAIT.value, "goes on waiting"),
    (Fallback.APPROVE.value, "is approved"),
    (Fallback.DECLINE.value, "is declined"),
)

WRONG_FEEDS: tuple[tuple[str, str], ...] = (
    (WrongFeed.REVIEW.value, "people judge it"),
    (WrongFeed.DECIDE.value, "it is decided all the same"),
)

PROMISED = (
    Field(path="miss_rate", label="Frauds approved, at most", is_share=True, unit="%"),
    Field(path="confidence", label="Confidence", is_share=True, unit="%"),
    Field(
        path="decline_precision",
        label="Frauds among declines, at least",
        is_share=True,
        is_optional=True,
        unit="%",
    ),
    Field(
        path="false_decline_rate", label="Legits declined, at most", is_share=True, is_optional=True, unit="%"
    ),
)
