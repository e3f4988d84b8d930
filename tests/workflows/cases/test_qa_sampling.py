"""Looks at what people judged: opened by chance or by exposure, judged by somebody else, touching nothing."""

import itertools
from collections.abc import Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.case import CaseKind, Judgement
from tests.builders import NOON, Clock, Desk, a_desk, an_unknown, rows, run, value
from tests.service import Service

REVIEWS = "SELECT kind, state FROM cases WHERE kind NOT IN ('unknown', 'audit') ORDER BY id"


@pytest.fixture
def clock(service: Service) -> Clock:
    return Clock(service.services.clock())


@pytest.fixture
async def ada(service: Service) -> Account:
    return await service.person(Role.ANALYST)


@pytest.fixture
async def bob(service: Service) -> Account:
    return await service.person(Role.ANALYST)


def always(service: Service, clock: Clock) -> Desk:
    """Return a desk at which every verdict is looked at again."""
    return a_desk(service, clock, share=1.0)


async def looked_at_twice(
    service: Service, desk: Desk, ada: Account, bob: Account, *, first: Judgement, second: Judgement
) -> int:
    """Let two analysts judge one payment; return the first one's case."""
    await an_unknown(service)
    file = await desk.claimed(ada)
    await desk.judged(ada, file, first)
    again = await desk.claimed(bob)
    assert again.case.kind is CaseKind.SECOND
    assert again.transaction_id == file.transaction_id
    await desk.judged(bob, again, second)
    return file.case.id


async def test_a_second_analyst_is_never_the_first(
    service: Service, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    desk = always(service, clock)
    await an_unknown(service)
    await desk.judged(ada, await desk.claimed(ada), Judgement.FRAUD)
    assert await rows(engine, REVIEWS) == [("second", "open")]
    assert await desk.claims.current_or_next(ada) is None


async def test_two_who_agree_need_no_senior(
    service: Service, clock: Clock, ada: Account, bob: Account, engine: AsyncEngine
) -> None:
    desk = always(service, clock)
    await looked_at_twice(service, desk, ada, bob, first=Judgement.FRAUD, second=Judgement.FRAUD)
    assert await rows(engine, REVIEWS) == [("second", "judged")]


async def test_where_two_disagree_a_senior_rules_who_was_neither(
    service: Service, clock: Clock, engine: AsyncEngine
) -> None:
    desk = always(service, clock)
    first, second = await service.person(Role.SENIOR), await service.person(Role.SENIOR)
    await looked_at_twice(service, desk, first, second, first=Judgement.FRAUD, second=Judgement.LEGIT)
    assert await rows(engine, REVIEWS) == [("second", "judged"), ("ruling", "escalated")]
    for one_of_them in (first, second):
        assert await desk.claims.current_or_next(one_of_them) is None
    third = await service.person(Role.SENIOR)
    ruling = await desk.claimed(third)
    assert ruling.case.kind is CaseKind.RULING
    await desk.judged(third, ruling, Judgement.LEGIT)
    assert await rows(engine, REVIEWS) == [("second", "judged"), ("ruling", "judged")]


async def test_neither_outcome_nor_truth_hears_of_a_second_look(
    service: Service, clock: Clock, ada: Account, bob: Account, engine: AsyncEngine
) -> None:
    desk = always(service, clock)
    case_id = await looked_at_twice(service, desk, ada, bob, first=Judgement.FRAUD, second=Judgement.LEGIT)
    assert await rows(engine, "SELECT outcome, source FROM outcomes") == [("fraud", "verdict")]
    standing = "SELECT case_id, judgement, account_id FROM standing_verdicts"
    assert await rows(engine, standing) == [(case_id, "fraud", ada.id)]


async def test_high_exposure_is_always_looked_at_again_and_chance_is_kept(
    service: Service, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    desk = a_desk(service, clock, share=0.25, high_exposure=100.0, chance=lambda: 0.5)
    for amount in ("10.00", "99000.00"):
        await an_unknown(service, amount=amount)
        await desk.judged(ada, await desk.claimed(ada), Judgement.LEGIT)
    found = await rows(
        engine,
        "SELECT t.amount::float8 AS amount, c.drawn_with, c.not_for FROM cases c"
        " JOIN transactions t ON t.id = c.transaction_id WHERE c.kind = 'second'",
    )
    assert found == [(99000.0, 1.0, ada.id)]


@pytest.mark.parametrize(("drawn", "expected"), [(0.24, 1), (0.26, 0)])
async def test_a_share_is_drawn_by_chance(
    service: Service, clock: Clock, ada: Account, engine: AsyncEngine, drawn: float, expected: int
) -> None:
    desk = a_desk(service, clock, share=0.25, chance=lambda: drawn)
    await an_unknown(service)
    await desk.judged(ada, await desk.claimed(ada), Judgement.LEGIT)
    assert await value(engine, "SELECT count(*) FROM cases WHERE kind = 'second'") == expected


async def test_gold_is_mixed_in_with_its_reported_truth_for_somebody_else(
    service: Service, clock: Clock, ada: Account, bob: Account, engine: AsyncEngine
) -> None:
    plain = a_desk(service, clock)
    name = await an_unknown(service)
    await plain.judged(ada, await plain.claimed(ada), Judgement.LEGIT)
    await report(engine, name, "fraud")
    desk = a_desk(service, clock, gold_share=1.0, chance=scripted(0.9, 0.0, 0.0))
    await an_unknown(service)
    await desk.judged(bob, await desk.claimed(bob), Judgement.LEGIT)
    found = await rows(engine, "SELECT truth, not_for, drawn_with FROM cases WHERE kind = 'gold'")
    assert found == [("fraud", ada.id, 1.0)]
    gold = await desk.claimed(bob)
    assert (gold.case.kind, gold.transaction_id) == (CaseKind.GOLD, name)
    await plain.judged(bob, gold, Judgement.FRAUD)
    assert await value(engine, "SELECT count(*) FROM outcomes") == 2
    assert await value(engine, "SELECT count(*) FROM standing_verdicts") == 2


async def test_without_a_reported_truth_there_is_no_gold(
    service: Service, clock: Clock, ada: Account, engine: AsyncEngine
) -> None:
    desk = a_desk(service, clock, gold_share=1.0, chance=lambda: 0.0)
    await an_unknown(service)
    await desk.judged(ada, await desk.claimed(ada), Judgement.LEGIT)
    assert await rows(engine, REVIEWS) == []


async def report(engine: AsyncEngine, name: str, label: str) -> None:
    await run(
        engine,
        "INSERT INTO labels (transaction_id, label, source, occurred_at, learned_at, recorded_at)"
        " SELECT id, :label, 'chargeback', :at, :at, now() FROM transactions WHERE transaction_id = :name",
        name=name,
        label=label,
        at=NOON,
    )


def scripted(*draws: float) -> Callable[[], float]:
    told = itertools.cycle(draws)
    return lambda: next(told)
