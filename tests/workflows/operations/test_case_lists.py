"""A supervisor takes back just the hold that was looked at, and the case is free for the next."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.operations.case_lists import CaseQuery
from app.review.access.people import Account, Role
from app.review.case import CaseNotFound
from app.workflows.operations.case_lists import CaseLists, HoldChanged, hold_mark
from tests.builders import NOON, Clock, driver, rows, run, until_somebody_waits_for_a_lock
from tests.operations_builders import OperationsTables
from tests.service import Service


@pytest.fixture
def tables(service: Service, engine: AsyncEngine) -> OperationsTables:
    del service
    return OperationsTables(engine=engine)


@pytest.fixture
def supervising(service: Service) -> CaseLists:
    return replace(service.services.operations.case_lists, clock=Clock())


@pytest.fixture
async def grace(service: Service) -> Account:
    return await service.person(Role.MANAGER)


async def test_a_released_case_is_free_and_its_claim_has_an_end(
    supervising: CaseLists, tables: OperationsTables, grace: Account, engine: AsyncEngine
) -> None:
    ada, case_id = await tables.person("Ada"), await tables.case()
    token = await tables.hold(case_id, ada, is_reserved=True)
    held = await supervising.held(grace, case_id)
    assert (held.holder, held.is_reserved) == ("Ada", True)
    await supervising.force_release(grace, case_id, held.mark, "she is ill")
    ((state, holder, lease, expires, reserved, shown, released_by),) = await rows(
        engine,
        "SELECT state, holder_id, lease_token, lease_expires_at, is_reserved, shown_at, released_by"
        f" FROM cases WHERE id = {case_id}",
    )
    assert (state, holder, lease, expires, reserved, shown) == ("open", None, None, None, False, None)
    assert released_by == ada
    ends = await rows(engine, "SELECT token, how, reason, ended_by, ended_at FROM claim_ends")
    assert ends == [(token, "taken_back", "she is ill", grace.id, NOON)]


async def test_whoever_had_it_can_judge_it_no_more_and_a_colleague_is_handed_it(
    service: Service, tables: OperationsTables, grace: Account
) -> None:
    services = service.services
    await tables.case()
    ada, barbara = await service.person(Role.ANALYST), await service.person(Role.ANALYST)
    file = await services.cases.claims.current_or_next(ada)
    assert file is not None
    held = await services.operations.case_lists.held(grace, file.case.id)
    await services.operations.case_lists.force_release(grace, file.case.id, held.mark, "wrong desk")
    taken = await services.cases.claims.current_or_next(barbara)
    assert taken is not None
    assert taken.case.id == file.case.id


async def test_another_hold_than_the_one_looked_at_is_left_alone(
    supervising: CaseLists, tables: OperationsTables, grace: Account, engine: AsyncEngine
) -> None:
    case_id = await tables.case()
    first = await tables.hold(case_id, await tables.person("Ada"))
    second = await tables.hold(case_id, await tables.person("Barbara"))
    with pytest.raises(HoldChanged):
        await supervising.force_release(grace, case_id, hold_mark(first), "too slow")
    assert await rows(engine, f"SELECT lease_token FROM cases WHERE id = {case_id}") == [(second,)]
    assert await rows(engine, "SELECT * FROM claim_ends") == []


async def test_a_hold_that_ran_out_a_free_case_and_no_case_are_not_released(
    supervising: CaseLists, tables: OperationsTables, grace: Account
) -> None:
    lapsed = await tables.case()
    token = await tables.hold(lapsed, await tables.person(), claimed_at=NOON - timedelta(hours=1))
    with pytest.raises(HoldChanged):
        await supervising.force_release(grace, lapsed, hold_mark(token), "gone")
    with pytest.raises(HoldChanged):
        await supervising.held(grace, await tables.case())
    with pytest.raises(CaseNotFound):
        await supervising.force_release(grace, 10**15, hold_mark(uuid4()), "which")


async def test_a_release_that_is_just_being_written_is_waited_for_and_wins(
    supervising: CaseLists, tables: OperationsTables, grace: Account, engine: AsyncEngine, database_url: str
) -> None:
    case_id = await tables.case()
    token = await tables.hold(case_id, await tables.person())
    colleague = await driver(database_url)
    try:
        change = colleague.transaction()
        await change.start()
        await colleague.execute(
            "UPDATE cases SET holder_id = NULL, lease_token = NULL, lease_expires_at = NULL WHERE id = $1",
            case_id,
        )
        taking = asyncio.create_task(supervising.force_release(grace, case_id, hold_mark(token), "slow"))
        await until_somebody_waits_for_a_lock(engine)
        assert not taking.done()
        await change.commit()
        with pytest.raises(HoldChanged):
            await taking
    finally:
        await colleague.close()
    assert await rows(engine, "SELECT * FROM claim_ends") == []


async def test_two_supervisors_take_a_case_back_once(
    supervising: CaseLists, tables: OperationsTables, grace: Account, engine: AsyncEngine
) -> None:
    case_id = await tables.case()
    mark = hold_mark(await tables.hold(case_id, await tables.person()))
    tried = await asyncio.gather(
        *(supervising.force_release(grace, case_id, mark, "both") for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, HoldChanged) for each in tried) == 3
    assert len(await rows(engine, "SELECT * FROM claim_ends")) == 1


async def test_what_fails_halfway_leaves_the_hold_as_it_was(
    supervising: CaseLists, tables: OperationsTables, grace: Account, engine: AsyncEngine
) -> None:
    case_id = await tables.case()
    token = await tables.hold(case_id, await tables.person())
    await run(engine, "ALTER TABLE claim_ends ADD CONSTRAINT broken CHECK (false) NOT VALID")
    with pytest.raises(Exception, match="broken"):
        await supervising.force_release(grace, case_id, hold_mark(token), "why not")
    assert await rows(engine, f"SELECT lease_token FROM cases WHERE id = {case_id}") == [(token,)]


async def test_a_whole_list_comes_in_pieces_and_misses_nothing(
    supervising: CaseLists, tables: OperationsTables, grace: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workflows.operations.case_lists.AT_ONCE", 2)
    made = {await tables.case() for _ in range(5)}
    found = [each.case_id async for piece in supervising.all_cases(grace, CaseQuery()) for each in piece]
    assert len(found) == 5
    assert set(found) == made
