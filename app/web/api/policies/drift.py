"""What changed since the model in force learned, as it goes out."""

from datetime import date, datetime
from math import exp

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.triage.drift.changes import Change, ChangeKind, SourceDelay
from app.triage.drift.exchangeability import RISK
from app.triage.drift.maturing import BandCalibration
from app.triage.drift.stability import Band, Stability
from app.triage.drift.standing import QuantityStanding
from app.triage.drift.volume import Basis, Volume
from app.web.api.policies.routes import PROBLEMS, Reader
from app.web.services import Policies
from app.workflows.policies.drift.report import DriftReport

router = APIRouter(prefix="/v1", tags=["policies"], responses=PROBLEMS)
LARGEST_LOGARITHM = 690.0


class ChangeOut(BaseModel):
    """One thing that is not as it was."""

    kind: ChangeKind
    subject: str = Field(description="The feature, `score`, `novelty` or the source of truths; else empty.")
    since: datetime | None = Field(description="Null: not known.")
    analyst_hours_per_day: float | None = Field(description="Of the reviews there are more of since.")
    cost_per_day: float | None = Field(description="The same in the currency of the amounts.")

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        """Return a change as it goes out."""
        cost = change.cost
        return cls(
            kind=change.kind,
            subject=change.subject,
            since=change.since,
            analyst_hours_per_day=None if cost is None else cost.hours_a_day,
            cost_per_day=None if cost is None else cost.money_a_day,
        )


class StabilityOut(BaseModel):
    """The population stability index of a window."""

    payments: int
    psi: float
    psi_by_chance: float = Field(description="What chance gives in the mean: (bins - 1)(1/n + 1/m).")
    psi_corrected: float = Field(description="`psi` less `psi_by_chance`, at least 0.")
    band: Band = Field(description="Of the corrected index: stable below .1, large from .25.")

    @classmethod
    def of(cls, each: Stability) -> "StabilityOut | None":
        """Return an index as it goes out; None: of too few payments it says nothing."""
        if each.band is Band.TOO_FEW:
            return None
        return cls(
            payments=each.payments,
            psi=each.psi,
            psi_by_chance=each.by_chance,
            psi_corrected=each.corrected,
            band=each.band,
        )


class QuantityOut(BaseModel):
    """A feature, the score or the novelty."""

    name: str
    last_7_days: StabilityOut | None = Field(description="Null: too few payments.")
    last_28_days: StabilityOut | None
    evidence: float = Field(description="e-value of a change since the model began. At most 1e300 is told.")
    changed_since: datetime | None = Field(description="By the bets. Null: they call nothing changed.")
    apart_since: date | None = Field(description="First of the last days that all lie outside `stable`.")

    @classmethod
    def of(cls, each: QuantityStanding) -> "QuantityOut":
        """Return a quantity as it goes out."""
        return cls(
            name=each.name,
            last_7_days=StabilityOut.of(each.short),
            last_28_days=StabilityOut.of(each.long),
            evidence=_e_value(each.evidence),
            changed_since=each.changed_at,
            apart_since=each.apart_since,
        )


class AlertsOut(BaseModel):
    """What was not approved in the last 7 days."""

    payments: int
    alerts_per_day: float
    reviews_per_day: float
    expected_alerts_per_day: float | None
    expected_by: Basis | None
    novel: int = Field(description="Beyond the 99th percentile of novelty.")
    is_changed: bool

    @classmethod
    def of(cls, each: Volume) -> "AlertsOut":
        """Return a volume as it goes out."""
        return cls(
            payments=each.payments,
            alerts_per_day=each.alerts_a_day,
            reviews_per_day=each.review_a_day,
            expected_alerts_per_day=each.expected_alerts_a_day,
            expected_by=None if each.expected is None else each.expected.basis,
            novel=each.novel,
            is_changed=each.is_changed,
        )


class CalibrationOut(BaseModel):
    """Frauds found against frauds predicted, of one band of probability; the last one is all."""

    probability_from: float
    probability_to: float
    payments: int
    predicted: float
    found: float = Field(description="Each weighed by the chance with which it was to be seen.")
    found_low: float = Field(description="Of the 95 % interval (Fay and Feuer).")
    found_high: float
    is_off: bool

    @classmethod
    def of(cls, each: BandCalibration) -> "CalibrationOut":
        """Return a band as it goes out."""
        return cls(
            probability_from=each.above,
            probability_to=each.upto,
            payments=each.payments,
            predicted=each.predicted,
            found=each.found,
            found_low=each.low,
            found_high=each.high,
            is_off=each.is_off,
        )


class DelayOut(BaseModel):
    """How long the truths of a source take from a payment's arrival."""

    source: str
    month: date = Field(description="The newest in which truths were heard.")
    truths: int
    median_seconds: float | None
    nine_in_ten_seconds: float | None
    median_seconds_before: float | None = Field(description="In the five months before.")
    is_changed: bool

    @classmethod
    def of(cls, each: SourceDelay) -> "DelayOut":
        """Return a delay as it goes out."""
        spans = (each.now.median, each.now.nine_in_ten, each.before.median)
        half, most, before = (None if span is None else span.total_seconds() for span in spans)
        return cls(
            source=each.source,
            month=each.month,
            truths=each.now.truths,
            median_seconds=half,
            nine_in_ten_seconds=most,
            median_seconds_before=before,
            is_changed=each.is_changed,
        )


class LabelFreeOut(BaseModel):
    """Estimates without labels, for display only: what the probabilities mean if they are right."""

    precision: float | None
    miss_rate: float | None


class DriftEventOut(BaseModel):
    """Something was called changed."""

    subject: str
    reason: str
    happened_at: datetime


class DriftOut(BaseModel):
    """What changed since the model in force learned."""

    model_version: str | None = Field(description="Null: no payment was counted yet.")
    through: datetime | None = Field(description="Payments received before this have been counted.")
    payments: int
    sampled: int = Field(description="Payments of which features were read.")
    risk: float = Field(description="With which the bets call anything changed that is not.")
    evidence: float = Field(description="e-value that anything changed: the mean over all quantities.")
    changes: list[ChangeOut] = Field(description="The most costly first.")
    quantities: list[QuantityOut]
    alerts: AlertsOut | None = Field(description="Null: less than 20 hours were observed.")
    calibration: list[CalibrationOut]
    calibration_gap: str | None = Field(description="Why the calibration says nothing. Null: it does.")
    delays: list[DelayOut]
    estimate_without_labels: LabelFreeOut
    events: list[DriftEventOut]

    @classmethod
    def of(cls, report: DriftReport | None) -> "DriftOut":
        """Return a report as it goes out."""
        return NOTHING_COUNTED if report is None else _out(report)


def _out(report: DriftReport) -> DriftOut:
    return DriftOut(
        model_version=report.model_version,
        through=report.through,
        payments=report.payments,
        sampled=report.sampled,
        risk=RISK,
        evidence=_e_value(report.evidence),
        changes=[ChangeOut.of(each) for each in report.changes],
        quantities=[QuantityOut.of(each) for each in report.quantities],
        alerts=None if report.alerts is None else AlertsOut.of(report.alerts),
        calibration=[]
        if report.calibration_gap
        else [CalibrationOut.of(each) for each in report.calibration],
        calibration_gap=report.calibration_gap or None,
        delays=[DelayOut.of(each) for each in report.delays],
        estimate_without_labels=LabelFreeOut(
            precision=report.label_free.precision, miss_rate=report.label_free.miss_rate
        ),
        events=[
            DriftEventOut(subject=each.subject, reason=each.reason, happened_at=each.happened_at)
            for each in report.events
        ],
    )


def _e_value(logarithm: float) -> float:
    """Return e to this power, as far as a double goes."""
    return exp(min(logarithm, LARGEST_LOGARITHM))


NOTHING_COUNTED = DriftOut(
    model_version=None,
    through=None,
    payments=0,
    sampled=0,
    risk=RISK,
    evidence=1.0,
    changes=[],
    quantities=[],
    alerts=None,
    calibration=[],
    calibration_gap="nothing_old_enough",
    delays=[],
    estimate_without_labels=LabelFreeOut(precision=None, miss_rate=None),
    events=[],
)


@router.get("/drift", summary="What changed since the model learned")
async def get_drift(_reader: Reader, policies: Policies) -> DriftOut:
    """Return what changed, since when and what it costs a day: features, score, alerts, truths, delays."""
    return DriftOut.of(await policies.drift.report())
