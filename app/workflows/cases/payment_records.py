"""A payment as it may be read: with or without a case, and without what its reader may not know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases, payment_records
from app.database.cases.payment_records import HeardLabel, MachineDecision, SaidVerdict, StoredPayment
from app.database.payments.links.linked import Linked
from app.database.server.session import shared, transaction
from app.review.access.people import Account
from app.review.answer import PaymentNotFound
from app.review.blindness import reader_of
from app.workflows.cases.discussion.discussions import Discussion, discussion_of
from app.workflows.cases.linked_payments import LinkedPayments


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """A payment; what was decided and heard of it is empty where it is hidden from the reader."""

    payment: StoredPayment
    #: Somebody is still to judge it, and it could be the reader.
    is_hidden: bool
    decisions: tuple[MachineDecision, ...]
    heard: tuple[HeardLabel, ...]
    said: tuple[SaidVerdict, ...]
    linked: Linked
    #: What was said about its case, as far as the reader may hear; None: it has no case.
    discussion: Discussion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecords:
    """Reads payments by their key."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    linked_payments: LinkedPayments

    async def record(self, account: Account, key: int) -> PaymentRecord:
        """Return a payment as this account may hear of it; raises `PaymentNotFound`."""
        reader = reader_of(account)
        async with shared(self.engine), transaction(self.engine) as connection:
            payment = await payment_records.stored(connection, key, reader_id=reader)
            if payment is None:
                raise PaymentNotFound
            is_hidden = payment.is_live and reader is not None
            until = await self.linked_payments.known_until(connection, account)
            heard = [] if is_hidden else await payment_records.heard(connection, key)
            said = [] if is_hidden else await payment_records.said(connection, key)
            return PaymentRecord(
                payment=payment,
                is_hidden=is_hidden,
                decisions=() if is_hidden else tuple(await payment_records.decisions(connection, key)),
                heard=tuple(each for each in heard if until is None or each.recorded_at < until),
                said=tuple(each for each in said if until is None or each.judged_at < until),
                linked=await self._linked(payment, account),
                discussion=await self._discussion(connection, payment, account, until),
            )

    async def _discussion(
        self, connection: AsyncConnection, payment: StoredPayment, account: Account, until: datetime | None
    ) -> Discussion | None:
        if payment.case_id is None:
            return None
        file = await cases.file(connection, payment.case_id)
        found = await discussion_of(connection, account, file)
        return found if until is None else found.known_until(until, account)

    async def _linked(self, payment: StoredPayment, account: Account) -> Linked:
        """Return what is linked with a payment: as of a look at people, where one is open."""
        if payment.case_id is None:
            return await self.linked_payments.of_payment(payment.key, account)
        async with transaction(self.engine) as connection:
            file = await cases.file(connection, payment.case_id)
        return await self.linked_payments.of(file, account)
