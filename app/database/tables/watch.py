"""The table by which a process tries whether the database takes writes."""

from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.database.tables.base import Moment, Table


class WriteCheckRow(Table):
    """A process's last trial; rows of processes that have ended are removed."""

    __tablename__ = "write_checks"

    process: Mapped[UUID] = mapped_column(primary_key=True)
    #: Bytes that take up room on the disk, written while the disk is said to be full.
    filling: Mapped[bytes | None] = mapped_column(LargeBinary)
    checked_at: Mapped[Moment]
