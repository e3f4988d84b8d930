"""The lab's pictures as numbers, and the transactions that change label, as they go out."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from app.triage.labels import Label, Reason
from app.web.api.policies.documents import PolicyDocument
from app.web.api.policies.responses import CertificateOut
from app.web.api.policies.simulations import EstimateOut, Out, SimulationOut, WindowOut
from app.workflows.policies.lab.replay_windows import CachedWindow
from app.workflows.policies.lab.trials import Changed, ChangedTransaction, Curves, Span
from app.workflows.policies.proposals import Proposed


class LookedAt(BaseModel):
    """What a policy was tried on."""

    window: WindowOut
    model_version: str
    transactions: int = Field(description="Scored by this model in the window.")


class CurvePointOut(Out):
    """What moving the approve bounds of all bands together would do."""

    shift: float = Field(description="Logits; 0 is the policy itself.")
    coverage: float
    miss_rate: EstimateOut


class BinOut(Out):
    """Transactions whose fraud evidence lies in [low, high), by what is known of them."""

    low: float
    high: float
    unlabelled: int
    legit: int
    fraud: int


class ReliabilityBinOut(Out):
    """Transactions of one zone with P(fraud) in [low, high), and how often they proved to be fraud."""

    zone: Label
    low: float
    high: float
    transactions: int
    known: int
    predicted: float
    observed: EstimateOut


class HourOut(Out):
    """One hour of the day (UTC): cases that arrive on average, and what people can judge."""

    hour: int
    unknowns: float | None = Field(description="Null: this hour was never observed.")
    audits: float | None
    capacity: float


class CurvesOut(LookedAt):
    """The pictures of a window under one policy."""

    risk_coverage: list[CurvePointOut]
    histogram: list[BinOut]
    reliability: list[ReliabilityBinOut]
    hours: list[HourOut] = Field(description="Empty: too little was observed to speak of a day.")

    @classmethod
    def of(cls, curves: Curves, laid: CachedWindow, span: Span, model_version: str) -> "CurvesOut":
        """Return the pictures as they go out."""
        return cls(
            window=WindowOut.model_validate(span),
            model_version=model_version,
            transactions=laid.bench.window.size,
            risk_coverage=[CurvePointOut.model_validate(point) for point in curves.miss_rate_by_coverage],
            histogram=[BinOut.model_validate(each) for each in curves.histogram],
            reliability=[ReliabilityBinOut.model_validate(each) for each in curves.reliability],
            hours=[HourOut.model_validate(hour) for hour in curves.hours],
        )


class ChangedTransactionOut(BaseModel):
    """One transaction that would get another label."""

    transaction_id: str
    client: str
    occurred_at: datetime
    amount: Decimal
    currency: str
    evidence: float | None = Field(description="For fraud (logit); null without a score.")
    before: Label
    after: Label
    reason: Reason | None = Field(description="Which rule of the tried policy speaks.")
    is_fraud: bool | None = Field(description="Null: not known.")

    @classmethod
    def of(cls, changed: ChangedTransaction) -> "ChangedTransactionOut":
        """Return a transaction as it goes out."""
        described = changed.transaction
        return cls(
            transaction_id=described.transaction_id,
            client=described.client,
            occurred_at=described.occurred_at,
            amount=described.amount,
            currency=described.currency,
            evidence=changed.evidence,
            before=changed.before,
            after=changed.after,
            reason=changed.reason,
            is_fraud=changed.is_fraud,
        )


class ChangedOut(LookedAt):
    """A page of the transactions that would get another label, the newest first."""

    total: int = Field(description="All of them, not only this page's.")
    changed: list[ChangedTransactionOut]

    @classmethod
    def of(cls, changed: Changed, laid: CachedWindow, span: Span, model_version: str) -> "ChangedOut":
        """Return the page as it goes out."""
        return cls(
            window=WindowOut.model_validate(span),
            model_version=model_version,
            transactions=laid.bench.window.size,
            total=changed.total,
            changed=[ChangedTransactionOut.of(each) for each in changed.transactions],
        )


class ProposedOut(BaseModel):
    """Bounds that were asked for; nothing of it is stored or applied."""

    document: PolicyDocument
    certificate: CertificateOut | None = Field(description="Null: nothing is promised.")
    notes: list[str] = Field(description="What to know before it is drafted.")
    price_per_review: float | None = Field(
        description="What one more review a day would save (currency); null where no hours limit it."
    )
    price_per_analyst_hour: float | None = Field(description="What one more analyst hour a day would save.")
    simulation: SimulationOut = Field(description="What the proposal would have done.")

    @classmethod
    def of(cls, proposed: Proposed, simulation: SimulationOut) -> "ProposedOut":
        """Return a proposal as it goes out."""
        certificate = proposed.certificate
        return cls(
            document=PolicyDocument.of(proposed.policy),
            certificate=None if certificate is None else CertificateOut.model_validate(certificate),
            notes=list(proposed.notes),
            price_per_review=proposed.price_per_review,
            price_per_analyst_hour=proposed.price_per_analyst_hour,
            simulation=simulation,
        )
