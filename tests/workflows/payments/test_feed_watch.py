"""A feed that is wrong as a whole is noticed behind the commit, and the policy says what follows."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments import feeds
from app.database.server.session import transaction
from app.datasets import load_generator
from app.review.access.people import Role
from app.review.feed_status import FeedAnswer, FeedNotWrong, FeedStatus
from app.triage.policies.choices import WrongFeed
from app.workflows.payments.answering import BacklogFull
from tests.builders import a_transaction, rows, value, with_policy
from tests.conftest import a_service
from tests.models import MODELS
from tests.service import NOON, Service

GENERATOR = load_generator(MODELS / "demo")


def payments(count: int, *, is_reversed: bool, seed: int = 5) -> Iterator[dict[str, Any]]:
    drawn = GENERATOR.sample(count, fraud_share=0.0, rng=np.random.default_rng(seed))
    features = drawn.features[:, ::-1] if is_reversed else drawn.features
    for values, amount in zip(features.tolist(), drawn.amounts.tolist(), strict=True):
        told = dict(zip(GENERATOR.names, values, strict=True))
        yield {"features": told, "amount": f"{Decimal(str(amount)):.2f}"}


async def sent(service: Service, count: int, *, is_reversed: bool, seed: int = 5) -> list[Any]:
    """Send a feed through the front door, without waiting for the background to look."""
    feed = payments(count, is_reversed=is_reversed, seed=seed)
    return await service.services.payments.intake.receive_many(
        [a_transaction(service, **each) for each in feed]
    )


async def looked(service: Service) -> tuple[str, ...]:
    await service.services.payments.feed_watch.tick()
    return tuple(each.client for each in service.services.payments.feed_watch.seen.wrong)


async def one_answer(service: Service) -> tuple[str, str]:
    (heard,) = await sent(service, 1, is_reversed=False, seed=9)
    return heard.label.value, heard.reason.value


async def test_a_right_feed_stays_watched(service: Service) -> None:
    await sent(service, 90, is_reversed=False)
    assert await looked(service) == ()
    report = await service.services.payments.feed_watch.report()
    assert [(each.status, each.rows_seen) for each in report.standings] == [(FeedStatus.WATCHED, 90)]


async def test_a_service_that_starts_knows_a_wrong_feed_from_its_first_payment_on(database_url: str) -> None:
    async with a_service(database_url) as service:
        await sent(service, 60, is_reversed=True)
        assert len(await looked(service)) == 1
    async with a_service(database_url) as service:
        assert await one_answer(service) == ("unknown", "unusual_feed")


async def test_a_wrong_feed_is_noticed_and_its_payments_go_to_people(service: Service) -> None:
    assert (await one_answer(service))[0] != "unknown"
    await sent(service, 60, is_reversed=True)
    assert len(await looked(service)) == 1
    assert await one_answer(service) == ("unknown", "unusual_feed")
    scored = await rows(
        service.services.payments.feed_watch._engine,
        "SELECT d.is_scored, c.kind FROM decisions d"
        " JOIN cases c ON c.decision_id = d.id WHERE d.reason = 'unusual_feed'",
    )
    assert [(row.is_scored, row.kind) for row in scored] == [(True, "unknown")]


async def test_another_client_is_not_punished(service: Service) -> None:
    await sent(service, 60, is_reversed=True)
    await looked(service)
    key = await service.services.access.api_keys.add("another", NOON)
    body = service.body(**next(payments(1, is_reversed=False)))
    answer = await service.client.post("/v1/transactions", json=body, headers={"X-API-Key": key})
    assert answer.json()["reason"] != "unusual_feed"


async def test_a_policy_may_decide_all_the_same(service: Service) -> None:
    await with_policy(service, wrong_feed=WrongFeed.DECIDE)
    await sent(service, 60, is_reversed=True)
    assert len(await looked(service)) == 1
    assert (await one_answer(service))[1] != "unusual_feed"


async def test_what_was_noticed_survives_a_restart(database_url: str) -> None:
    async with a_service(database_url) as service:
        await sent(service, 60, is_reversed=True)
        noticed = await looked(service)
    async with a_service(database_url) as service:
        assert await looked(service) == noticed != ()
        assert await one_answer(service) == ("unknown", "unusual_feed")


async def test_half_a_proof_survives_a_restart_too(database_url: str) -> None:
    async with a_service(database_url) as service:
        await sent(service, 4, is_reversed=True)
        assert await looked(service) == ()
        before = await value(
            service.services.payments.feed_watch._engine, "SELECT rows_seen FROM feed_watches"
        )
    assert before == 4
    async with a_service(database_url) as service:
        await sent(service, 10, is_reversed=True, seed=6)
        assert len(await looked(service)) == 1


async def test_while_one_replica_looks_another_leaves_it_alone(service: Service, engine: AsyncEngine) -> None:
    await looked(service)
    async with transaction(engine) as elsewhere:
        version = service.services.models.serving.pair.model.version
        held = await feeds.held_cursor(elsewhere, version)
        assert held is not None
        await sent(service, 60, is_reversed=True)
        assert await looked(service) == ()
    assert len(await looked(service)) == 1


async def test_mended_begins_anew_and_is_on_record(service: Service, engine: AsyncEngine) -> None:
    await sent(service, 60, is_reversed=True)
    await looked(service)
    manager = await service.person(Role.MANAGER)
    (wrong,) = service.services.payments.feed_watch.seen.wrong
    await service.services.payments.feed_watch.answer(
        manager, wrong.client_id, FeedAnswer.MENDED, "columns put right"
    )
    assert (await one_answer(service))[1] != "unusual_feed"
    await sent(service, 60, is_reversed=True, seed=8)
    assert len(await looked(service)) == 1
    told = await rows(engine, "SELECT status, reason, account_id FROM feed_events ORDER BY id")
    assert [row.status for row in told] == ["wrong", "watched", "wrong"]
    assert (told[1].reason, told[1].account_id) == ("columns put right", manager.id)


async def test_accepted_is_left_alone(service: Service) -> None:
    await sent(service, 60, is_reversed=True)
    await looked(service)
    manager = await service.person(Role.MANAGER)
    (wrong,) = service.services.payments.feed_watch.seen.wrong
    await service.services.payments.feed_watch.answer(
        manager, wrong.client_id, FeedAnswer.ACCEPTED, "as agreed"
    )
    await sent(service, 60, is_reversed=True, seed=8)
    assert await looked(service) == ()
    with pytest.raises(FeedNotWrong):
        await service.services.payments.feed_watch.answer(
            manager, wrong.client_id, FeedAnswer.MENDED, "too late"
        )


async def test_the_queue_is_not_drowned_by_a_wrong_feed(database_url: str) -> None:
    async with a_service(database_url, unavailable_backlog=3) as service:
        await sent(service, 60, is_reversed=True)
        await looked(service)
        taken = await sent(service, 3, is_reversed=True, seed=8)
        assert not any(isinstance(each, Exception) for each in taken)
        await looked(service)
        refused = await sent(service, 2, is_reversed=True, seed=9)
        assert [type(each) for each in refused] == [BacklogFull, BacklogFull]


async def test_the_decision_is_made_again_as_it_was(service: Service) -> None:
    await sent(service, 60, is_reversed=True)
    await looked(service)
    (heard,) = await sent(service, 1, is_reversed=True, seed=9)
    again = await service.client.post(f"/v1/decisions/{heard.decision_id}/replay", headers=service.headers)
    assert again.json()["equal"] is True


async def test_those_who_run_the_place_are_told(service: Service) -> None:
    ready = await service.client.get("/readyz")
    assert "warnings" not in ready.json()
    await sent(service, 60, is_reversed=True)
    await looked(service)
    ready = await service.client.get("/readyz")
    assert ready.status_code == 200
    assert "unlike what the model learned from" in ready.json()["warnings"][0]
    assert service.services.payments.feed_watch.counts()["feeds_wrong"] == 1
