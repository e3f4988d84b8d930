"""Who looks at a case again hears nothing of what came to light since, wherever it is read."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.review.case import Judgement
from app.review.outcome import GroundTruth
from app.review.story.entity import Entity
from tests.builders import FOREIGN, Clock, a_case, a_desk, value
from tests.service import Service

REVIEW = "SELECT id FROM cases WHERE kind = 'second' AND transaction_id = :key"


@pytest.mark.parametrize("looks_again", [True, False])
async def test_pages_beside_a_second_review_tell_what_its_own_panel_tells(
    service: Service, engine: AsyncEngine, *, looks_again: bool
) -> None:
    clock, card, cases = Clock(service.services.clock()), uuid4().hex, service.services.cases
    linked_payments = replace(cases.linked_payments, clock=clock)
    entities = replace(cases.entities, clock=clock, linked_payments=linked_payments)
    payments = replace(cases.payment_records, clock=clock, linked_payments=linked_payments)
    first, other = [await service.person(Role.ANALYST) for _ in range(2)]
    files = [await a_case(service, currency=FOREIGN, attributes={"card": card}) for _ in range(2)]
    # The first alone is looked at again: nobody is to judge the other any more.
    for file, share in zip(files, (1.0, 0.0), strict=True):
        desk = a_desk(service, clock, share=share)
        clock.passes(minutes=1)
        await desk.judged(first, await desk.claims.take(first, file.case.id), Judgement.FRAUD)
        await desk.verdicts.settle_due()
    if looks_again:
        review = await value(engine, REVIEW, key=files[0].case.transaction_key)
        await desk.claims.take(other, review)
    clock.passes(minutes=1)
    record = await entities.record(other, Entity(kind="card", value=card))
    later = next(each for each in record.payments if each.key == files[1].case.transaction_key)
    beside = await payments.record(other, files[1].case.transaction_key)
    assert (later.truth is GroundTruth.FRAUD) is not looks_again
    assert bool(record.verdicts) is not looks_again
    assert bool(beside.said) is not looks_again
