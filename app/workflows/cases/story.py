"""The past of a case's card, device, merchant and address, by history where a model keeps one."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases.cases import CaseFile
from app.database.payments.links.earlier import LOOKED_AT, earlier_payments
from app.database.server.session import transaction
from app.database.tables.links import LINKS
from app.review.story.past import (
    EarlierPayment,
    EntityPast,
    past_of_history,
    past_of_payments,
    with_stored,
)
from app.review.story.sentences import PERSONAL
from app.scoring.schema.history import KeptHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReader:
    """Reads what happened before a payment; nothing of it depends on what a model thinks of the payment."""

    engine: AsyncEngine

    async def pasts(self, file: CaseFile, kept: tuple[KeptHistory, ...]) -> tuple[EntityPast, ...]:
        """Return the pasts of the entities that a payment names, those of its cardholder first.

        `kept`: the histories of the model in force; what they do not say is looked up among stored payments.
        """
        named = [name for name in LINKS if name in file.attributes]
        stored = await self._stored(file, named) if named else {}
        found = dict(stored)
        for each in kept:
            past = past_of_history(each, file.features, file.attributes)
            if past is not None:
                found[each.entity] = with_stored(past, stored.get(each.entity))
        order = sorted(found, key=lambda name: (name not in PERSONAL, _place(name)))
        return tuple(found[name] for name in order)

    async def _stored(self, file: CaseFile, names: list[str]) -> dict[str, EntityPast]:
        async with transaction(self.engine) as connection:
            earlier = await earlier_payments(connection, file.case.transaction_key, names)
        this = EarlierPayment(
            key=file.case.transaction_key,
            occurred_at=file.occurred_at,
            amount=float(file.amount),
            currency=file.currency,
            attributes=file.attributes,
        )
        pasts = (
            past_of_payments(name, earlier[name], this, partners=LINKS, most=LOOKED_AT) for name in names
        )
        return {each.entity: each for each in pasts if each is not None}


def _place(name: str) -> tuple[int, str]:
    return (LINKS.index(name) if name in LINKS else len(LINKS), name)
