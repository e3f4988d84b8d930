"""How the active policy's promise stands, as it goes out."""

from datetime import datetime
from math import exp

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.database.policies.guarantees import GuaranteeEvent
from app.triage.guarantee.standing import Standing
from app.web.api.policies.routes import PROBLEMS, Reader
from app.web.services import Policies
from app.workflows.policies.guarantee import GuaranteeReport, WhyNotKnown

router = APIRouter(prefix="/v1/policies/active", tags=["policies"], responses=PROBLEMS)


class GuaranteeEventOut(BaseModel):
    """The promise stood otherwise from then on."""

    standing: Standing
    frauds: int = Field(description="Frauds seen up to then.")
    missed: int = Field(description="Those of them that were approved.")
    reason: str
    happened_at: datetime

    @classmethod
    def of(cls, event: GuaranteeEvent) -> "GuaranteeEventOut":
        """Return an event as it goes out."""
        return cls(
            standing=event.standing,
            frauds=event.frauds,
            missed=event.missed,
            reason=event.reason,
            happened_at=event.happened_at,
        )


class GuaranteeOut(BaseModel):
    """Whether the active policy's promise stays true while it decides."""

    standing: Standing
    why_not_known: WhyNotKnown | None = Field(description="Null: there is a verdict.")
    policy_id: int | None = Field(description="Null: the active policy promises nothing.")
    miss_rate_at_most: float | None = Field(description="What is promised: frauds approved / all frauds.")
    risk: float | None = Field(description="With which a verdict may be wrong, however often it is read.")
    since: datetime | None = Field(description="When the evidence was first enough.")
    from_frauds: int | None = Field(description="From how many frauds seen.")
    frauds: int = Field(description="Frauds seen, of all payments that are old enough.")
    missed: int = Field(description="Those of them that were approved.")
    drawn: int = Field(description="Payments drawn for people.")
    unanswered: int = Field(description="Those of them without a verdict at that age.")
    blocked: int = Field(description="Payments the block list declined: no promise counts them.")
    allowed: int = Field(description="Payments the allow list approved: no promise counts them.")
    allowed_frauds: int = Field(description="Known frauds among them.")
    evidence_kept: float = Field(
        description="e-value for the promise; at 1 / risk it is certified again. At most 1e300 is told."
    )
    evidence_broken: float = Field(description="The same for its opposite.")
    age_days: float | None = Field(description="The age at which payments enter.")
    sources: dict[str, float] = Field(description="Sources with the propensity that is stated of each.")
    through: datetime | None = Field(description="Payments received before this have entered.")
    events: list[GuaranteeEventOut] = Field(description="What changed, the newest first.")

    @classmethod
    def of(cls, report: GuaranteeReport | None) -> "GuaranteeOut":
        """Return a report as it goes out."""
        return NOTHING_PROMISED if report is None else _out(report)


def _out(report: GuaranteeReport) -> GuaranteeOut:
    verdict = report.verdict
    return GuaranteeOut(
        standing=report.standing,
        why_not_known=report.why_not_known,
        policy_id=report.policy_id,
        miss_rate_at_most=report.promised.miss_rate,
        risk=report.promised.risk,
        since=None if verdict is None else verdict.at,
        from_frauds=None if verdict is None else verdict.frauds,
        frauds=report.frauds,
        missed=report.missed,
        drawn=report.drawn,
        unanswered=report.unanswered,
        blocked=report.by_lists.blocked,
        allowed=report.by_lists.allowed,
        allowed_frauds=report.by_lists.allowed_frauds,
        evidence_kept=_e_value(report.evidence_kept),
        evidence_broken=_e_value(report.evidence_broken),
        age_days=report.rule.age.total_seconds() / 86_400,
        sources=dict(report.rule.stated),
        through=report.through,
        events=[GuaranteeEventOut.of(event) for event in report.events],
    )


def _e_value(logarithm: float) -> float:
    """Return e to this power, as far as a double goes."""
    return exp(min(logarithm, LARGEST_LOGARITHM))


LARGEST_LOGARITHM = 690.0
NOTHING_PROMISED = GuaranteeOut(
    standing=Standing.NOT_KNOWN,
    why_not_known=WhyNotKnown.NOTHING_PROMISED,
    policy_id=None,
    miss_rate_at_most=None,
    risk=None,
    since=None,
    from_frauds=None,
    frauds=0,
    missed=0,
    drawn=0,
    unanswered=0,
    blocked=0,
    allowed=0,
    allowed_frauds=0,
    evidence_kept=1.0,
    evidence_broken=1.0,
    age_days=None,
    sources={},
    through=None,
    events=[],
)


@router.get("/guarantee", summary="Whether the promise stays true")
async def get_guarantee(_reader: Reader, policies: Policies) -> GuaranteeOut:
    """Return how the active policy's promise stands: certified again, not known yet, or broken."""
    return GuaranteeOut.of(await policies.guarantee.report())
