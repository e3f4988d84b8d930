"""The fields of the lab's form: what each is called, and in which unit people type it."""

from dataclasses import dataclass
from decimal import Decimal

from app.triage.certificate import LARGEST_SHARE, SMALLEST_SHARE
from app.triage.policies.policy import Fallback, WrongFeed
from app.triage.refusal import LARGEST_NUMBER, PolicyImpossible
from app.triage.staffing import HOURS_OF_DAY, LONGEST_REVIEW, MOST_ANALYSTS, SHORTEST_REVIEW
from app.web.pages.typed_number import NumberUnclear, typed_float, unmistakable


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
    #: What the number may be, both included, as the document holds it.
    lowest: float = -LARGEST_NUMBER
    highest: float = LARGEST_NUMBER

    def typed(self, value: float | None) -> str:
        """Return a value as a person would type it: exact, so that what nobody touched stays the same."""
        if value is None:
            return ""
        return unmistakable(Decimal(repr(float(value))).scaleb(2 if self.is_share else 0))

    def meant(self, text: str, name: str = "") -> float | int | None:
        """Return what was typed; raises `PolicyImpossible` for what is no number of this field.

        `name` is that of the input, where it is not the path.
        """
        if not text.strip():
            if self.is_optional:
                return None
            raise PolicyImpossible(name or self.path, f"{self.label} is missing.")
        try:
            number = typed_float(text, scale=-2 if self.is_share else 0)
        except NumberUnclear as why:
            raise PolicyImpossible(name or self.path, f"{self.label}: {why}") from why
        if not self.lowest <= number <= self.highest:
            raise PolicyImpossible(name or self.path, f"{self.label}: {self._allowed}, not {text.strip()}.")
        if self.is_whole and not number.is_integer():
            raise PolicyImpossible(name or self.path, f"{self.label}: a whole number, not {text.strip()}.")
        return int(number) if self.is_whole else number

    @property
    def _allowed(self) -> str:
        unit = " %" if self.is_share else ""
        return f"from {self.typed(self.lowest)} to {self.typed(self.highest)}{unit}"


BOUNDS = (
    Field(path="approve_at_most", label="Approve up to"),
    Field(path="decline_at_least", label="Decline from"),
)
LEGIT_BOUNDS = (
    Field(path="approve_legit_at_least", label="Approve from evidence for legit", is_optional=True),
    Field(path="decline_legit_at_most", label="Decline up to evidence for legit", is_optional=True),
)
GATES = (
    Field(path="spread_at_most", label="Spread above", is_optional=True, unit="logits", lowest=0),
    Field(
        path="mutual_information_at_most",
        label="Information gain above",
        is_optional=True,
        unit="nats",
        lowest=0,
    ),
    Field(
        path="novelty_at_most",
        label="Novelty above",
        is_optional=True,
        unit="percentile",
        lowest=0,
        highest=100,
    ),
    Field(
        path="expected_loss_at_most", label="Expected loss above", is_optional=True, unit="currency", lowest=0
    ),
)
AUDITS = (
    Field(path="audit_share_approved", label="Of approvals", is_share=True, unit="%", lowest=0, highest=1),
    Field(path="audit_share_declined", label="Of declines", is_share=True, unit="%", lowest=0, highest=1),
    Field(
        path="audit_share_near",
        label="Of approvals near the bound",
        is_share=True,
        unit="%",
        lowest=0,
        highest=1,
    ),
    Field(path="near_width", label="Near means closer than", unit="logits", lowest=0),
)
COSTS = (
    Field(path="costs.review", label="One review", unit="currency", lowest=0),
    Field(path="costs.overhead", label="A missed fraud, beside its amount", unit="currency", lowest=0),
    Field(path="costs.friction", label="A good customer declined", unit="currency", lowest=0),
    Field(
        path="costs.detection_rate",
        label="Frauds an analyst finds",
        is_share=True,
        unit="%",
        lowest=0,
        highest=1,
    ),
    Field(
        path="costs.analyst_false_decline_rate",
        label="Legits an analyst declines",
        is_share=True,
        unit="%",
        lowest=0,
        highest=1,
    ),
)
STAFFING = (
    Field(
        path="staffing.analysts", label="Analysts at a time", is_whole=True, lowest=0, highest=MOST_ANALYSTS
    ),
    Field(
        path="staffing.minutes_per_review",
        label="Minutes a review",
        lowest=SHORTEST_REVIEW,
        highest=LONGEST_REVIEW,
    ),
    Field(
        path="staffing.opens_hour",
        label="Team starts, hour UTC",
        is_whole=True,
        lowest=0,
        highest=HOURS_OF_DAY,
    ),
    Field(
        path="staffing.closes_hour",
        label="Team ends, hour UTC",
        is_whole=True,
        lowest=0,
        highest=HOURS_OF_DAY,
    ),
)
QUEUE = (
    Field(path="patience_minutes", label="A case grows e times more urgent in", unit="minutes", lowest=1),
)

ALL = (*BOUNDS, *LEGIT_BOUNDS, *GATES, *AUDITS, *COSTS, *STAFFING, *QUEUE)
BY_PATH = {field.path: field for field in ALL}
#: The fields of an amount band, by their names in it.
BAND_FIELDS = (Field(path="amount_from", label="Amounts from", lowest=0), *BOUNDS, *LEGIT_BOUNDS)

FALLBACKS: tuple[tuple[str, str], ...] = (
    (Fallback.WAIT.value, "goes on waiting"),
    (Fallback.APPROVE.value, "is approved"),
    (Fallback.DECLINE.value, "is declined"),
)

WRONG_FEEDS: tuple[tuple[str, str], ...] = (
    (WrongFeed.REVIEW.value, "people judge it"),
    (WrongFeed.DECIDE.value, "it is decided all the same"),
)

PROMISED = tuple(
    Field(
        path=path,
        label=label,
        is_share=True,
        is_optional=is_optional,
        unit="%",
        lowest=SMALLEST_SHARE,
        highest=LARGEST_SHARE,
    )
    for path, label, is_optional in (
        ("miss_rate", "Frauds approved, at most", False),
        ("confidence", "Confidence", False),
        ("decline_precision", "Frauds among declines, at least", True),
        ("false_decline_rate", "Legits declined, at most", True),
    )
)
