"""The payments linked with a case, without what its reviewer may not know."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.cases import cases, claims
from app.database.cases.cases import CaseFile
from app.database.payments.links import linked
from app.database.payments.links.linked import Linked
from app.database.server.session import transaction
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.case import CaseKind

#: Looks at what somebody judged before.
REVIEWS = frozenset({CaseKind.GOLD, CaseKind.SECOND, CaseKind.RULING})


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPayments:
    """Finds what shares a card, a device, a merchant or an address with a case."""

    engine: AsyncEngine
    clock: Callable[[], datetime]

    async def of(self, file: CaseFile, account: Account) -> Linked:
        """Return what is linked with a case, as this account may hear of it.

        Who looks at a case again is shown what was known when it was first judged: what came to light since
        would give its truth away, and two people are compared on the same evidence.
        """
        async with transaction(self.engine) as connection:
            as_of = self.clock()
            if file.case.kind in REVIEWS:
                first = await linked.first_judged_at(connection, file.case.transaction_key)
                as_of = first or file.received_at
            return await linked.linked(
                connection,
                file.case.transaction_key,
                as_of=as_of,
                reader_id=reader_of(account),
            )

    async def known_until(self, connection: AsyncConnection, account: Account) -> datetime | None:
        """Return the first verdict on what this account looks at again: of later truths it may not hear.

        What came to light since would give away the truth of a case that is judged again, wherever it is
        read. None where it looks at no such case.
        """
        case_id = await claims.looked_at_again(connection, account.id, self.clock())
        if case_id is None:
            return None
        file = await cases.file(connection, case_id)
        return await linked.first_judged_at(connection, file.case.transaction_key) or file.received_at

    async def of_payment(self, transaction_key: int, account: Account) -> Linked:
        """Return what is linked with a payment that nobody is to look at, as far as this account may hear."""
        async with transaction(self.engine) as connection:
            return await linked.linked(
                connection,
                transaction_key,
                as_of=await self.known_until(connection, account) or self.clock(),
                reader_id=reader_of(account),
            )
