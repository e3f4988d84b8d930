"""Table of exchange rates."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Key, Moment, Table, Words


class CurrencyRateRow(Table):
    """What one unit of a currency was worth on a day, in units of the base currency; append-only."""

    __tablename__ = "currency_rates"
    __table_args__ = (
        CheckConstraint("rate > 0 AND rate < 'Infinity'", name="rate_is_positive"),
        Index("ix_currency_rates_newest", "base", "currency", "as_of", "id"),
    )

    id: Mapped[Key]
    base: Mapped[Words]
    currency: Mapped[Words]
    rate: Mapped[Decimal] = mapped_column(Numeric)
    as_of: Mapped[date] = mapped_column(Date)
    loaded_at: Mapped[Moment]
