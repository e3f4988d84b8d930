"""Views of the queue: kept once, changed as they were seen, by whom they belong to; and two forms at once."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.card_numbers.rule import CardNumberWritten
from app.review.queue.columns import QueueColumn, QueueOrder, QueueSort
from app.review.queue.views import (
    MOST_VIEWS,
    TooManyViews,
    ViewChanged,
    ViewDocument,
    ViewNameTaken,
    ViewNotFound,
    ViewNotYours,
)
from app.workflows.cases.worklists.queue_views import QueueViews
from tests.builders import driver, rows, run, until_somebody_waits_for_a_lock, value
from tests.service import Service

LARGE = ViewDocument(
    filters={"amount_from": "500"},
    columns=(QueueColumn.CASE, QueueColumn.AMOUNT, QueueColumn.ASSIGNEE),
    sort=QueueSort(by=QueueOrder.AMOUNT),
)
OLD = replace(LARGE, sort=QueueSort(by=QueueOrder.PENDING))


@pytest.fixture
def views(service: Service) -> QueueViews:
    return service.services.cases.views


@pytest.fixture
async def ada(service: Service) -> Account:
    return await service.person(Role.ANALYST)


@pytest.fixture
async def bob(service: Service) -> Account:
    return await service.person(Role.SENIOR)


@pytest.fixture
async def mia(service: Service) -> Account:
    return await service.person(Role.MANAGER)


async def test_a_view_is_kept_once_however_often_its_form_comes(views: QueueViews, ada: Account) -> None:
    first = await views.keep(ada, " Large  ones", LARGE, is_shared=False)
    assert await views.keep(ada, "Large ones", LARGE, is_shared=False) == first
    kept = await views.opened(ada, first)
    assert (kept.name, kept.document.as_json(), kept.version) == ("Large ones", LARGE.as_json(), 1)
    with pytest.raises(ViewNameTaken):
        await views.keep(ada, "LARGE ONES", OLD, is_shared=False)


async def test_names_are_ones_own_or_one_among_the_shared(
    views: QueueViews, ada: Account, bob: Account
) -> None:
    await views.keep(ada, "Large", LARGE, is_shared=False)
    await views.keep(bob, "Large", LARGE, is_shared=False)
    await views.keep(ada, "Team", LARGE, is_shared=True)
    with pytest.raises(ViewNameTaken):
        await views.keep(bob, "team", OLD, is_shared=True)
    own = await views.keep(bob, "team", OLD, is_shared=False)
    with pytest.raises(ViewNameTaken):
        await views.change(bob, own, version=1, is_shared=True)


async def test_a_colleague_opens_what_is_shared_and_nothing_else(
    views: QueueViews, ada: Account, bob: Account
) -> None:
    own = await views.keep(ada, "Mine", LARGE, is_shared=False)
    shared = await views.keep(ada, "Ours", LARGE, is_shared=True)
    with pytest.raises(ViewNotFound):
        await views.opened(bob, own)
    with pytest.raises(ViewNotFound):
        await views.begin_with(bob, own)
    await views.begin_with(bob, shared)
    assert (await views.seen_by(bob)).default_id == shared
    await views.change(ada, shared, version=1, is_shared=False)
    assert await views.default_of(bob) is None
    with pytest.raises(ViewNotFound):
        await views.opened(bob, shared)


async def test_a_shared_view_is_changed_by_its_owner_or_a_manager(
    views: QueueViews, ada: Account, bob: Account, mia: Account
) -> None:
    shared = await views.keep(ada, "Ours", LARGE, is_shared=True)
    for change in (
        views.change(bob, shared, version=1, name="Theirs"),
        views.delete(bob, shared, version=1),
        views.change(mia, shared, version=1, is_shared=False),
    ):
        with pytest.raises(ViewNotYours):
            await change
    await views.change(mia, shared, version=1, document=OLD)
    assert (await views.opened(ada, shared)).document.as_json() == OLD.as_json()


async def test_a_change_sent_again_changes_nothing_and_one_on_an_old_view_is_told_who_was_first(
    views: QueueViews, ada: Account, mia: Account
) -> None:
    shared = await views.keep(ada, "Ours", LARGE, is_shared=True)
    for _ in range(2):
        await views.change(mia, shared, version=1, document=OLD)
    assert (await views.opened(ada, shared)).version == 2
    with pytest.raises(ViewChanged) as late:
        await views.change(ada, shared, version=1, name="Large")
    assert (late.value.who, late.value.is_deleted) == (mia.display_name, False)
    with pytest.raises(ViewChanged):
        await views.delete(ada, shared, version=1)
    await views.delete(mia, shared, version=2)
    await views.delete(ada, shared, version=2)
    with pytest.raises(ViewChanged) as gone:
        await views.change(ada, shared, version=2, name="Large")
    assert (gone.value.who, gone.value.is_deleted) == (mia.display_name, True)


async def test_a_colleagues_own_view_is_none_whether_it_stands_or_was_deleted(
    views: QueueViews, ada: Account, bob: Account
) -> None:
    """Red where its number told who had it, and when it was deleted."""
    own = await views.keep(ada, "Large", LARGE, is_shared=False)
    for is_deleted in (False, True):
        if is_deleted:
            await views.delete(ada, own, version=1)
        with pytest.raises(ViewNotFound):
            await views.change(bob, own, version=1, name="Mine")
        with pytest.raises(ViewNotFound):
            await views.delete(bob, own, version=1)


async def test_a_deleted_view_is_nobodys_beginning_and_its_name_is_free(
    views: QueueViews, ada: Account, bob: Account
) -> None:
    shared = await views.keep(ada, "Ours", LARGE, is_shared=True)
    for account in (ada, bob):
        await views.begin_with(account, shared)
    await views.delete(ada, shared, version=1)
    assert await views.default_of(bob) is None
    assert await views.keep(bob, "Ours", LARGE, is_shared=True) != shared


async def test_somebody_keeps_no_more_than_thirty(
    views: QueueViews, engine: AsyncEngine, ada: Account
) -> None:
    kept = [await views.keep(ada, f"View {n}", LARGE, is_shared=n % 2 == 0) for n in range(MOST_VIEWS)]
    with pytest.raises(TooManyViews):
        await views.keep(ada, "One more", LARGE, is_shared=False)
    with pytest.raises(IntegrityError):
        await run(engine, "UPDATE queue_views SET place = 31 WHERE id = :id", id=kept[0])
    await views.delete(ada, kept[3], version=1)
    await views.keep(ada, "One more", LARGE, is_shared=False)


async def test_no_card_number_becomes_a_name_or_a_filter(views: QueueViews, ada: Account) -> None:
    number = "4111 1111 1111 1111"
    with pytest.raises(CardNumberWritten):
        await views.keep(ada, number, LARGE, is_shared=False)
    document = ViewDocument(filters={"name": "card", "value": number})
    with pytest.raises(CardNumberWritten):
        await views.keep(ada, "Card", document, is_shared=False)


async def test_of_two_forms_that_change_one_view_at_once_one_is_told_of_the_other(
    views: QueueViews, engine: AsyncEngine, database_url: str, ada: Account, mia: Account
) -> None:
    shared = await views.keep(ada, "Ours", LARGE, is_shared=True)
    between = await driver(database_url)
    try:
        async with between.transaction():
            await between.execute("SELECT 1 FROM queue_views WHERE id = $1 FOR UPDATE", shared)
            both = [
                asyncio.create_task(views.change(ada, shared, version=1, name="Ada's")),
                asyncio.create_task(views.change(mia, shared, version=1, name="Mia's")),
            ]
            await until_somebody_waits_for_a_lock(engine, backends=2)
        heard = await asyncio.gather(*both, return_exceptions=True)
    finally:
        await between.close()
    assert sorted(type(each).__name__ for each in heard) == ["NoneType", "ViewChanged"]
    assert (await views.opened(ada, shared)).version == 2


async def test_of_forms_for_the_last_place_at_once_one_is_kept(
    views: QueueViews, engine: AsyncEngine, database_url: str, ada: Account
) -> None:
    for n in range(MOST_VIEWS - 1):
        await views.keep(ada, f"View {n}", LARGE, is_shared=False)
    between = await driver(database_url)
    try:
        async with between.transaction():
            await between.execute("SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE", ada.id)
            both = [
                asyncio.create_task(views.keep(ada, name, LARGE, is_shared=False)) for name in ("One", "Two")
            ]
            await until_somebody_waits_for_a_lock(engine, backends=2)
        heard = await asyncio.gather(*both, return_exceptions=True)
    finally:
        await between.close()
    assert sorted(type(each).__name__ for each in heard) == ["TooManyViews", "int"]
    assert await value(engine, "SELECT count(*) FROM queue_views WHERE account_id = :id", id=ada.id) == 30


async def test_the_same_name_for_all_at_once_is_one_persons(
    views: QueueViews, engine: AsyncEngine, ada: Account, bob: Account
) -> None:
    heard = await asyncio.gather(
        *(views.keep(account, "Ours", LARGE, is_shared=True) for account in (ada, bob)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in heard) == ["ViewNameTaken", "int"]
    kept = await rows(engine, "SELECT id FROM queue_views WHERE name = 'Ours' AND is_shared")
    assert len(kept) == 1
