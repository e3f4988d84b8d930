"""The demo's past, written once for all of these facts, as people see it at the moment it ends."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.cli.demo.command import write_past_once
from app.cli.demo.past.colleagues import COLLEAGUES, MARK
from app.cli.demo.past.story import Written
from app.cli.demo.past.writing import has_past, write_past
from app.cli.demo.people import PEOPLE
from app.cli.demo.stream import FEWEST_CASES
from app.cli.demo.supplies import GENERATOR, CardSupply
from app.database.access.accounts import AccountNotFound
from app.database.clock import DatabaseClock
from app.database.payments.known.evidence import heard_by
from app.database.payments.upkeep import consistency
from app.database.server.session import transaction
from app.main import create_app, on_clock
from app.review.truths.training_view import training_view
from app.settings import Settings
from app.triage.policies.state import PolicyState
from app.web.services import Services
from tests.builders import rows, value
from tests.cli.demo.known_by_hand import counted_by_hand
from tests.databases import Databases
from tests.service import Service

#: In the second week of a month, in working hours.
NOW = datetime(2026, 11, 9, 13, 40, tzinfo=UTC)
SETTINGS = Settings(scoring_timeout_ms=60_000)

pytestmark = pytest.mark.asyncio(loop_scope="module")
#: All that was written, row by row, but for keys, tokens and numbers that the database gives.
DIGEST = """
SELECT string_agg(told, E'\\n' ORDER BY told) FROM (
    SELECT format('%s %s %s %s', transaction_id, received_at, label, amount) FROM payments
    UNION ALL
    SELECT format('%s %s %s %s %s', p.transaction_id, c.kind, v.judgement, v.judged_at, a.name)
    FROM verdicts v JOIN cases c ON c.id = v.case_id JOIN payments p ON p.id = c.transaction_id
    JOIN accounts a ON a.id = v.account_id
    UNION ALL
    SELECT format('%s %s %s %s', p.transaction_id, l.source, l.label, l.learned_at)
    FROM labels l JOIN payments p ON p.id = l.transaction_id
) written(told)
"""


class StandingClock(DatabaseClock):
    """The database's clock, stopped at the moment the past ends."""

    def __call__(self) -> datetime:
        return NOW

    async def read(self, connection: AsyncConnection) -> None:
        """Leave it where it stands."""


async def written(url: str) -> Written:
    return await write_past(SETTINGS, url, NOW, seed=11, supply=CardSupply(GENERATOR, seed=11))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def past(shared_url: str, shared_engine: AsyncEngine) -> Written:
    """The past, in the module's database."""
    assert not await has_past(shared_engine)
    return await written(shared_url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def services(shared_url: str, past: Written) -> AsyncIterator[Services]:
    """All services as they are at the moment the past ends."""
    assert past.payments
    async with on_clock(SETTINGS, shared_url, lambda: NOW) as services:
        yield services


@pytest.fixture
def engine(services: Services) -> AsyncEngine:
    """Connections to the database in which the past is."""
    return services.cases.claims.engine


async def test_payments_fill_two_weeks_in_the_order_of_their_keys(past: Written, engine: AsyncEngine) -> None:
    received = [row.received_at for row in await rows(engine, "SELECT received_at FROM payments ORDER BY id")]
    assert len(received) == past.payments > 4000
    assert received == sorted(received)
    assert NOW - timedelta(days=14) < received[0] < NOW - timedelta(days=13)
    assert received[-1] <= NOW


async def test_each_payment_lies_in_the_partition_of_its_month(engine: AsyncEngine) -> None:
    found = await rows(engine, "SELECT DISTINCT tableoid::regclass::text AS part FROM payments")
    assert {row.part for row in found} == {"payments_2026_10", "payments_2026_11"}


async def test_nothing_points_to_what_is_missing(engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        assert [each for each in await consistency.breaches(connection) if each.rows] == []


async def test_all_of_it_says_that_it_is_demo_data(engine: AsyncEngine) -> None:
    assert await value(engine, "SELECT count(*) FROM payments WHERE attributes->>'demo' <> 'demo data'") == 0
    names = await rows(
        engine, "SELECT DISTINCT display_name FROM accounts JOIN verdicts ON account_id = accounts.id"
    )
    known = {display_name for _, display_name, _ in PEOPLE}
    assert {row.display_name for row in names if row.display_name not in known} == {
        each.display_name for each in COLLEAGUES
    }
    assert all(MARK in each.display_name for each in COLLEAGUES)


async def test_nobody_logs_in_as_a_colleague_of_the_past(services: Services, engine: AsyncEngine) -> None:
    for each in COLLEAGUES:
        with pytest.raises(AccountNotFound):
            await services.access.accounts.new_link_token(each.name)
    theirs = "account_id IN (SELECT id FROM accounts WHERE display_name LIKE '%(demo)')"
    assert await value(engine, f"SELECT count(*) FROM login_links WHERE {theirs}") == 0
    assert await value(engine, "SELECT count(*) FROM accounts WHERE password_hash IS NOT NULL") == 0


async def test_operations_show_a_team_at_work_and_a_queue(services: Services) -> None:
    seen = await services.operations.queue_monitor.now()
    assert seen.depth.total() >= FEWEST_CASES
    assert sum(hour.judged for hour in seen.flow) > 20
    assert sum(hour.opened for hour in seen.flow) > 50
    assert {pace.name for pace in seen.paces} & {each.display_name for each in COLLEAGUES}
    assert seen.holds == ()


async def test_people_judge_in_working_hours(engine: AsyncEngine) -> None:
    by_hour = await rows(
        engine,
        "SELECT extract(hour FROM judged_at)::int AS hour, count(*) AS verdicts FROM verdicts GROUP BY 1",
    )
    hours = {row.hour: row.verdicts for row in by_hour}
    assert set(hours) <= set(range(7, 23))
    assert min(hours.get(hour, 0) for hour in range(9, 18)) > 0
    days = await value(engine, "SELECT count(DISTINCT judged_at::date) FROM verdicts")
    assert days >= 14


async def test_quality_speaks_of_three_colleagues_with_intervals(services: Services) -> None:
    report = await services.operations.quality.report(30)
    people = {each.name: each for each in report.people}
    for colleague in COLLEAGUES:
        person = people[colleague.display_name]
        assert person.judgements > 50
        assert person.overturned.is_enough
        assert person.agreement.is_enough
    assert report.second_looks.all.is_enough
    assert report.second_looks.ruled > 0
    assert report.gold.all.is_enough


async def test_nobody_reviewed_or_ruled_on_their_own_verdict(engine: AsyncEngine) -> None:
    own = """
    SELECT count(*) FROM cases c JOIN verdicts v ON v.case_id = c.id
    JOIN verdicts f ON f.case_id = c.first_case_id AND f.judgement <> 'escalate'
    WHERE c.kind IN ('second', 'ruling') AND f.account_id = v.account_id
    """
    assert await value(engine, own) == 0


async def test_the_lab_knows_enough_of_the_window_by_reports_that_ripened(
    services: Services, engine: AsyncEngine
) -> None:
    lab = services.policies.lab
    simulation = await lab.simulate((await lab.active()).policy, lab.usual_span())
    assert simulation.observed.is_enough
    assert simulation.warnings == ()
    assert simulation.after.risk.known_frauds >= 10
    reports = await rows(engine, "SELECT source, occurred_at, learned_at, recorded_at FROM labels")
    assert (
        {"audit", "cardholder"} <= {each.source for each in reports} <= {"audit", "cardholder", "chargeback"}
    )
    assert all(
        each.occurred_at + timedelta(hours=12) <= each.learned_at <= each.recorded_at <= NOW
        for each in reports
    )


async def test_the_history_tells_a_change_by_two_people_and_its_rollback(services: Services) -> None:
    lifecycle = services.policies.lifecycle
    newest, oldest = await lifecycle.versions()
    assert (newest.state, oldest.state) == (PolicyState.RETIRED, PolicyState.ACTIVE)
    assert (newest.author, newest.approved_by) == ("Grace", "Barbara")
    activation = await lifecycle.last_activation()
    assert activation is not None
    assert activation.policy_id == oldest.id
    assert activation.details is not None
    assert activation.details["rollback"] is True
    assert activation.details["reason"]
    decided = await rows(
        services.cases.claims.engine,
        "SELECT policy_id, count(*) AS payments FROM payments GROUP BY 1 ORDER BY 1",
    )
    assert [row.policy_id for row in decided] == [oldest.id, newest.id]
    assert min(row.payments for row in decided) > 100


async def test_a_second_start_adds_nothing_to_it(
    shared_url: str, engine: AsyncEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await value(engine, DIGEST)
    assert await has_past(engine)
    assert await write_past_once(SETTINGS, shared_url, CardSupply(GENERATOR, seed=1)) is False
    assert capsys.readouterr().out == "The past is from before.\n"
    assert await value(engine, DIGEST) == before


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/operations", ("Lin (demo)", "decided in the last hour")),
        ("/quality", ("Lin (demo)", "Noor (demo)", "Mateo (demo)")),
        ("/thresholds", ("Version 1 decides now", "known fraud")),
        ("/thresholds/history", ("activated again by a rollback", "the old thresholds decide again")),
    ],
)
async def test_pages_show_life_in_the_first_minute(
    services: Services, shared_url: str, address: str, told: tuple[str, ...]
) -> None:
    assert services.clock() == NOW
    app = create_app(SETTINGS, shared_url, clock=StandingClock())
    async with app.router.lifespan_context(app), httpx.AsyncClient() as nobody:
        service = Service(app=app, services=app.state.services, client=nobody, key="")
        people = await app.state.services.access.accounts.accounts()
        (grace,) = [each for each in people if each.name == "grace"]
        async with await service.browser(grace) as browser:
            page = await browser.get(address)
    assert page.status_code == 200
    assert [word for word in told if word not in page.text] == []


@pytest.mark.slow
async def test_the_same_moment_and_seed_write_the_same_past(
    engine: AsyncEngine, databases: Databases
) -> None:
    async with databases.borrowed() as url:
        await written(url)
        async with on_clock(SETTINGS, url, lambda: NOW) as again:
            told = await value(again.cases.claims.engine, DIGEST)
    assert told == await value(engine, DIGEST)


@pytest.mark.parametrize("days", [0, 3, 7])
async def test_what_was_known_at_a_moment_is_what_a_count_by_hand_says(
    engine: AsyncEngine, days: int
) -> None:
    moment = NOW - timedelta(days=days)
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        view = training_view(await heard_by(driver, moment))
    counted = {
        (name, is_fraud): count
        for name, (frauds, legits) in view.counts().items()
        for is_fraud, count in ((True, frauds), (False, legits))
        if count
    }
    assert counted == dict(await counted_by_hand(engine, moment))
    assert {"verdict", "audit"} <= set(view.sources.tolist())
    received = await value(engine, "SELECT count(*) FROM payments WHERE received_at <= :at", at=moment)
    assert 0 < view.payment_ids.size < received
