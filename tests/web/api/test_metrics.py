"""What Prometheus reads: by its own parser, from a service that works."""

import asyncio
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from app.observability.metrics import MOST_ERROR_KINDS, Metrics
from app.review.access.people import Role
from app.workflows.loop_watch import LoopWatch
from benchmarks.log_traffic import RAISING_AMOUNT, break_rules
from tests.builders import FOREIGN
from tests.conftest import a_service
from tests.service import Service

TOKEN = "a token of sixteen letters"


@pytest.fixture
async def guarded(database_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, metrics_token=TOKEN) as service:
        yield service


def samples(text: str) -> dict[str, list[Sample]]:
    return {
        sample.name: [each for each in family.samples if each.name == sample.name]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(service: Service) -> dict[str, list[Sample]]:
    answer = await service.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return samples(answer.text)


def value(found: dict[str, list[Sample]], name: str, **labels: str) -> float:
    return sum(each.value for each in found[name] if labels.items() <= each.labels.items())


def elsewhere(service: Service) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=service.app, client=("192.0.2.7", 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_what_happened_is_counted(service: Service, database_url: str) -> None:
    await service.post(service.body())
    unknown = service.body(currency=FOREIGN)
    for _ in range(2):
        await service.post(unknown)
    await break_rules(database_url)
    await service.post(service.body(amount=RAISING_AMOUNT))
    ada = await service.person(Role.ANALYST)
    await service.client.post("/login", data={"name": ada.name, "password": "wrong"})
    found = await scraped(service)
    assert value(found, "tertium_http_requests_total", route="/v1/transactions", status="200") == 3
    assert value(found, "tertium_http_requests_total", route="/v1/transactions", status="500") == 1
    assert value(found, "tertium_http_request_seconds_count", route="/v1/transactions") == 4
    assert value(found, "tertium_payments_total") == 2
    assert value(found, "tertium_payments_total", label="unknown") == 1
    assert value(found, "tertium_payment_repeats_total") == 1
    assert value(found, "tertium_commit_batch_payments_count") == 4
    assert value(found, "tertium_scoring_seconds_count") >= 2
    assert value(found, "tertium_errors_total", kind="sqlstate_P0") == 1
    assert value(found, "tertium_logins_total", result="wrong") == 1


async def test_what_is_so_is_told(service: Service) -> None:
    unknown = service.body(currency=FOREIGN)
    await service.post(unknown)
    found = await scraped(service)
    pair = service.services.models.serving.pair
    (active,) = found["tertium_active_info"]
    assert active.labels == {
        "model_version": pair.model.version, "policy_version": str(pair.policy_id),
    }  # fmt: skip
    assert value(found, "tertium_queue_cases", state="open", kind="unknown") == 1
    assert 0 <= value(found, "tertium_queue_oldest_seconds", state="open") < 600
    assert value(found, "tertium_pool_size", pool="transactions") == 20
    assert value(found, "tertium_pool_waiting") == 0
    assert value(found, "tertium_database_up") == value(found, "tertium_model_available") == 1
    assert value(found, "tertium_outcomes_held_back_seconds") >= 0
    assert found["tertium_build_info"][0].labels["version"]
    ages = {each.labels["work"]: time.time() - each.value
            for each in found["tertium_background_last_success_timestamp_seconds"]}  # fmt: skip
    assert {"recover", "settle verdicts", "settle deadlines"} <= ages.keys()


async def test_a_verdict_and_a_hold_that_ran_out_are_counted(database_url: str) -> None:
    async with a_service(database_url, blind_share=0) as service:
        await service.post(service.body(currency=FOREIGN))
        services = service.services
        ada, grace = [await service.person(Role.ANALYST) for _ in range(2)]
        from datetime import timedelta

        assert await services.cases.claims.current_or_next(ada, lease=timedelta(seconds=-1)) is not None
        file = await services.cases.claims.current_or_next(grace)
        assert file is not None
        assert file.case.lease is not None
        from app.review.case import Judgement
        from app.workflows.cases.judgements import VerdictInput

        said = VerdictInput(judgement=Judgement.LEGIT)
        await services.cases.verdicts.judge(grace, file.case.id, file.case.lease.token, said)
        found = await scraped(service)
        assert value(found, "tertium_leases_expired_total") == 1
        assert value(found, "tertium_verdicts_total", judgement="legit") == 1


async def test_however_often_it_is_read_the_database_is_asked_once(service: Service) -> None:
    await scraped(service)
    figures = service.services.operations.figures
    before, due_at = figures._seen, figures._due_at
    figures._monotonic = lambda: due_at - 0.001
    await asyncio.gather(*(scraped(service) for _ in range(5)))
    assert figures._seen is before is not None
    figures._monotonic = lambda: due_at
    await scraped(service)
    assert figures._seen is not before


async def test_no_label_is_an_address_or_a_persons_doing(service: Service) -> None:
    before = len(str(await scraped(service)))
    for number in range(40):
        await service.client.get(f"/nowhere/{number}")
        await service.client.request(f"MADE{'UP' * (number % 5)}", "/login")
        await service.get(f"/v1/transactions/{number}")
    text = (await service.client.get("/metrics")).text
    routes = set(re.findall(r'route="([^"]*)"', text))
    assert routes <= {"unmatched", "/metrics", "/login", "/v1/transactions/{transaction_id:path}"}
    assert set(re.findall(r'method="([^"]*)"', text)) <= {"GET", "other"}
    assert len(text) < before * 20


def test_error_kinds_are_bounded() -> None:
    metrics = Metrics()
    for number in range(MOST_ERROR_KINDS + 50):
        metrics.error_happened(f"Error{number}")
    found = samples(metrics.exposition().decode())["tertium_errors_total"]
    assert len(found) == MOST_ERROR_KINDS + 1
    assert next(each.value for each in found if each.labels["kind"] == "other") == 50


async def test_a_loop_that_stands_still_is_measured() -> None:
    metrics = Metrics()
    async with LoopWatch(metrics):
        await asyncio.sleep(0.15)
        time.sleep(0.6)  # noqa: ASYNC251 - this is the stall
        await asyncio.sleep(0.15)
    found = samples(metrics.exposition().decode())
    assert value(found, "tertium_event_loop_stalls_total") >= 1
    assert value(found, "tertium_event_loop_lag_seconds_sum") >= 0.3


async def test_without_a_token_other_machines_find_nothing(service: Service) -> None:
    async with elsewhere(service) as client:
        assert (await client.get("/metrics")).status_code == 404
        assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 404
    for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"):
        assert (await service.client.get("/metrics", headers={header: "127.0.0.1"})).status_code == 404


async def test_with_a_token_they_read_it(guarded: Service) -> None:
    async with elsewhere(guarded) as client:
        refused = await client.get("/metrics", headers={"Authorization": "Bearer wrong"})
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert (await client.get("/metrics")).status_code == 401
        read = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert (read.status_code, "tertium_build_info" in read.text) == (200, True)
    assert (await guarded.client.get("/metrics")).status_code == 200
