"""The world's payments one by one, as a client posts them."""

from datetime import UTC, datetime
from decimal import Decimal

from app.learning.demo_world import MARK, Payment
from app.learning.payments_world.payments import Payments
from app.scoring.schema.columns import Column
from app.scoring.schema.feature import Kind, Value
from app.scoring.schema.schema import Schema


def posted(payments: Payments, schema: Schema) -> list[Payment]:
    """Return the payments in order; what a client does not know is left out."""
    paid = payments.paid
    is_fraud = paid.is_fraud
    told = {each.name: _values(each.kind, payments.columns[each.name]) for each in schema.features}
    return [
        Payment(
            occurred_at=datetime.fromtimestamp(float(seconds), tz=UTC),
            amount=Decimal(f"{paid.amounts[row]:.2f}"),
            features={name: values[row] for name, values in told.items() if values[row] is not None},
            attributes={
                name: values[row] for name, values in payments.entities.items() if values[row] is not None
            }
            | {"demo": MARK},
            is_fraud=bool(is_fraud[row]),
        )
        for row, seconds in enumerate(paid.seconds.tolist())
    ]


def _values(kind: Kind, column: Column) -> list[Value]:
    is_missing = column.is_missing.tolist()
    values: list[Value]
    if kind is Kind.CATEGORY:
        values = [column.words[code] for code in column.codes.tolist()]
    elif kind is Kind.BOOLEAN:
        values = (column.numbers == 1.0).tolist()
    else:
        values = column.numbers.tolist()
    return [None if missing else value for value, missing in zip(values, is_missing, strict=True)]
