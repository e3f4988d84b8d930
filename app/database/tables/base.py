"""What all tables share: names of constraints, and the types of time, money and choice."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Double, Enum, Identity, MetaData, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
# Sixteen digits, four of them decimals: the dinar has three, a yen transfer may have twelve before them.
Money = Annotated[Decimal, mapped_column(Numeric(16, 4))]
Words = Annotated[str, mapped_column(Text)]
Number = Annotated[float, mapped_column(Double)]
Json = Annotated[dict[str, object], mapped_column(JSONB)]


class Table(DeclarativeBase):
    """The mapped classes' base."""

    metadata = MetaData(naming_convention=NAMING)


def choice(members: type[StrEnum], name: str) -> Enum:
    """Return a text column type that the database itself limits to these members."""
    return Enum(
        members,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda enum: [member.value for member in enum],
    )
