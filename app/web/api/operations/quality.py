"""How often people are right, measured, and how they compare with the model."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from app.review.access.people import Ability, Account
from app.review.quality.analysts_and_model import AnalystsAndModel, BandAgreement
from app.review.quality.blind_first import ENOUGH_TRUTHS
from app.review.quality.differences import Change
from app.review.quality.rates import Rate
from app.triage.measured_rates import Basis, MeasuredRate
from app.web.api.policies.routes import PROBLEMS
from app.web.dependencies import DIGITS, able
from app.web.services import Operations
from app.workflows.operations.quality import MEASURED_DAYS, QualityReport

router = APIRouter(
    prefix="/v1/quality",
    tags=["quality"],
    responses={status: told for status, told in PROBLEMS.items() if status != 404},
)

Reader = Annotated[Account, Depends(able(Ability.SEE_QUALITY))]
Days = Annotated[int, DIGITS, Query(ge=1, le=MEASURED_DAYS, description="For how many days back, up to now.")]


class MeasuredRateOut(BaseModel):
    """A rate of people by one kind of truth."""

    basis: Basis
    value: float | None = Field(description="Null: one side of it is not known; its ends hold all the same.")
    low: float = Field(description="Lower end of the 95 % interval.")
    high: float
    verdicts: int = Field(description="Verdicts whose truth is the one the rate is about; a group is one.")
    is_usable: bool = Field(description="Known from enough verdicts to stand in a policy's costs.")

    @classmethod
    def of(cls, measured: MeasuredRate) -> "MeasuredRateOut":
        """Return a measured rate as it goes out."""
        rate = measured.rate
        return cls(
            basis=measured.basis,
            value=rate.value,
            low=rate.low,
            high=1.0 if rate.high is None else rate.high,
            verdicts=measured.cases,
            is_usable=measured.is_usable,
        )


class ShareOut(BaseModel):
    """So many of so many, with the exact 95 % interval (Clopper-Pearson)."""

    count: int
    of: int
    low: float
    high: float

    @classmethod
    def told(cls, rate: Rate) -> "ShareOut":
        """Return a share as it goes out; of nothing anything may be."""
        interval = rate.interval
        low, high = (0.0, 1.0) if interval is None else (interval.low, interval.high)
        return cls(count=rate.hits, of=rate.trials, low=low, high=high)


class BandOut(BaseModel):
    """Verdicts of the review range whose payment the model gave a probability of this band."""

    lowest: float
    highest: float
    expected: float = Field(description="Mean probability of fraud.")
    said_fraud: ShareOut

    @classmethod
    def of(cls, band: BandAgreement) -> "BandOut":
        """Return a band as it goes out."""
        return cls(
            lowest=band.lowest,
            highest=band.highest,
            expected=band.expected,
            said_fraud=ShareOut.told(band.said_fraud),
        )


class PairedOut(BaseModel):
    """What people said before they saw the score, and the score at one half, on the same cases."""

    cases: int = Field(description="Cases whose truth is known.")
    person_right: int
    score_right: int
    only_person_right: int
    only_score_right: int
    lead: float | None = Field(
        description=f"Share right, person less score; null below {ENOUGH_TRUTHS} cases."
    )
    low: float | None
    high: float | None

    @classmethod
    def of(cls, paired: Change) -> "PairedOut":
        """Return a paired comparison as it goes out."""
        gain = paired.gain if paired.cases >= ENOUGH_TRUTHS else None
        return cls(
            cases=paired.cases,
            person_right=paired.after.hits,
            score_right=paired.before.hits,
            only_person_right=paired.made_right,
            only_score_right=paired.made_wrong,
            lead=None if gain is None else gain.estimate,
            low=None if gain is None else gain.low,
            high=None if gain is None else gain.high,
        )


class QualityOut(BaseModel):
    """How people decide, by truths that do not come from the verdict they judge."""

    since: datetime
    until: datetime
    detection_rate: list[MeasuredRateOut] = Field(description="Frauds that people call fraud.")
    analyst_false_decline_rate: list[MeasuredRateOut] = Field(description="Legits that people call fraud.")
    same_as_model: ShareOut = Field(description="Verdicts that say what the model finds likelier.")
    frauds_overturned: ShareOut = Field(description="First said fraud, drawn by chance, and overturned.")
    legits_overturned: ShareOut
    bands: list[BandOut]
    blind_against_score: PairedOut

    @classmethod
    def of(cls, report: QualityReport) -> "QualityOut":
        """Return a report as it goes out."""
        beside: AnalystsAndModel = report.beside_model
        return cls(
            since=report.span.since,
            until=report.span.until,
            detection_rate=[MeasuredRateOut.of(each) for each in report.measured.detection_rate],
            analyst_false_decline_rate=[
                MeasuredRateOut.of(each) for each in report.measured.analyst_false_decline_rate
            ],
            same_as_model=ShareOut.told(beside.same),
            frauds_overturned=ShareOut.told(beside.frauds_overturned),
            legits_overturned=ShareOut.told(beside.legits_overturned),
            bands=[BandOut.of(each) for each in beside.bands],
            blind_against_score=PairedOut.of(beside.paired),
        )


@router.get("", summary="How well people decide")
async def get_quality(_reader: Reader, operations: Operations, days: Days = MEASURED_DAYS) -> QualityOut:
    """Return how often people are right, and how they compare with the model."""
    return QualityOut.of(await operations.quality.report(days))
