"""An entity with its payments, partners, cases and verdicts, as a reader may hear of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.cases import payment_records
from app.database.cases.payment_records import SaidVerdict
from app.database.payments.links import entities
from app.database.payments.links.entities import EntityPayment
from app.database.server.session import transaction
from app.database.tables.links import LINKS
from app.review.access.people import Account
from app.review.blindness import reader_of
from app.review.card_numbers.rule import CardNumberRule
from app.review.outcome import GroundTruth
from app.review.story.entity import Edge, Entity, Partner, Shown, edges, first_step, partners
from app.review.story.sentences import PERSONAL
from app.workflows.cases.linked_payments import LinkedPayments

#: So many of the newest payments are looked at: the strip, the partners, the cases and verdicts are of them.
LOOKED_AT = 120
#: A page of the list holds so many.
PAGE = 25
#: Of each neighbour in the graph so many payments are looked at.
LOOKED_AT_BEHIND = 20
#: So many verdicts and notes are shown.
VERDICTS = 10


class EntityNotFound(Exception):
    """There is no such card, merchant, device or address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRecord:
    """An entity by its newest payments."""

    entity: Entity
    #: In windows (`database.payments.entities.WINDOWS`).
    counts: tuple[int, ...]
    #: The newest first, at most `LOOKED_AT`.
    payments: tuple[EntityPayment, ...]
    partners: Mapping[str, Sequence[Partner]]
    edges: tuple[Edge, ...]
    verdicts: tuple[SaidVerdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRecords:
    """Reads entities by kind and value."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    linked_payments: LinkedPayments
    card_numbers: CardNumberRule

    async def record(self, account: Account, entity: Entity) -> EntityRecord:
        """Return an entity; raises `EntityNotFound`, and `CardNumberWritten` where a value is a card number.

        Nothing is read of a payment that somebody is still to judge and could be this reader but that it is
        there.
        """
        entity, reader, now = self._known(entity), reader_of(account), self.clock()
        async with transaction(self.engine) as connection:
            until = await self.linked_payments.known_until(connection, account)
            of = await entities.linked_entity(connection, entity)
            keys = await entities.newest_keys(connection, of, most=LOOKED_AT)
            if not keys:
                raise EntityNotFound
            payments = await entities.payments(connection, keys, as_of=until or now, reader_id=reader)
            counts = await entities.counts(connection, of, now)
            told = [each.key for each in payments if reader is None or not each.is_live]
            verdicts = await payment_records.said_of(connection, told, before=until, most=VERDICTS)
            shown = [
                Shown(attributes=each.attributes, is_fraud=each.truth is GroundTruth.FRAUD)
                for each in payments
            ]
            found = partners(entity, shown, LINKS)
            beside = first_step(found)
            # Strangers have merchants in common: from them nothing leads on.
            further = [each.entity for each in beside if each.entity.kind in PERSONAL]
            behind = await entities.attributes_of(connection, further, most=LOOKED_AT_BEHIND)
        return EntityRecord(
            entity=entity,
            counts=tuple(counts),
            payments=tuple(payments),
            partners=found,
            edges=tuple(edges(entity, beside, {each: _partners(each, behind[each]) for each in further})),
            verdicts=tuple(verdicts),
        )

    async def older(self, account: Account, entity: Entity, *, before: int) -> list[EntityPayment]:
        """Return a page of payments below a key, and one more where there are more."""
        async with transaction(self.engine) as connection:
            of = await entities.linked_entity(connection, self._known(entity))
            keys = await entities.newest_keys(connection, of, most=PAGE + 1, before=before)
            until = await self.linked_payments.known_until(connection, account)
            as_of = until or self.clock()
            return await entities.payments(connection, keys, as_of=as_of, reader_id=reader_of(account))

    def _known(self, entity: Entity) -> Entity:
        if entity.kind not in LINKS or not entity.value or "\0" in entity.value:
            raise EntityNotFound
        return Entity(kind=entity.kind, value=self.card_numbers.sought(entity.value))


def _partners(entity: Entity, attributes: Sequence[Mapping[str, str]]) -> list[Partner]:
    shown = [Shown(attributes=each, is_fraud=False) for each in attributes]
    found = partners(entity, shown, LINKS)
    # Whom it met most often comes first, whatever it is.
    return sorted((each for several in found.values() for each in several), key=lambda each: -each.payments)
