"""Tables of versions in shadow compared with what decides, on payments that are old enough."""

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Moment, Table, Words, choice
from app.triage.betting.paired import Comparison


class ShadowComparisonRow(Table):
    """How a version in shadow compares; whoever goes on holds the row."""

    __tablename__ = "shadow_comparisons"
    __table_args__ = (CheckConstraint("(verdict IS NULL) = (compared = 0)", name="verdict_on_payments"),)

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"), primary_key=True, autoincrement=False)
    #: Champion, age, sources and chances: under others the comparison begins anew.
    rule: Mapped[Words]
    #: The model that decided.
    champion: Mapped[Words]
    #: Payments received before this have entered.
    through: Mapped[Moment]
    payments: Mapped[int] = mapped_column(BigInteger)
    frauds: Mapped[int] = mapped_column(BigInteger)
    drawn: Mapped[int] = mapped_column(BigInteger)
    unanswered: Mapped[int] = mapped_column(BigInteger)
    #: Of the first `compared` payments; null: none yet.
    verdict: Mapped[Comparison | None] = mapped_column(choice(Comparison, "verdict"))
    #: Brier loss a payment that the challenger saves, and between which ends it lies.
    saved: Mapped[float | None] = mapped_column(Double)
    saved_low: Mapped[float | None] = mapped_column(Double)
    saved_high: Mapped[float | None] = mapped_column(Double)
    compared: Mapped[int] = mapped_column(BigInteger)


class ShadowComparisonSliceRow(Table):
    """What the payments of some arrivals say of it, in their order; written once."""

    __tablename__ = "shadow_comparison_slices"

    policy_id: Mapped[int] = mapped_column(
        ForeignKey("shadow_comparisons.policy_id"), primary_key=True, autoincrement=False
    )
    #: The slice begins so.
    since: Mapped[Moment] = mapped_column(primary_key=True)
    #: Little-endian float64, one a payment.
    saved: Mapped[bytes] = mapped_column(BYTEA)
