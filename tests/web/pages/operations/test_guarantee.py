"""Whether the promise stays true: on the operations page, on every page once it is broken, and in the API."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.policies.matured import ByLists
from app.review.access.people import Role
from app.triage.guarantee.standing import Promised, Standing, Verdict
from app.triage.guarantee.truths import Chances, Gap
from app.web.pages.operations.guarantee import guarantee_view
from app.workflows.policies.guarantee import EnteringRule, GuaranteeReport, GuaranteeWatch
from tests.builders import Clock, with_policy
from tests.conftest import a_service
from tests.service import Service
from tests.web.api.policies.policy_calls import a_caller
from tests.workflows.policies.stored_frauds import stored_days
from tests.workflows.policies.test_guarantee import AGE, CHARGEBACKS, began_at, looked

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
REPORT = GuaranteeReport(
    policy_id=7,
    promised=Promised(miss_rate=0.15),
    chances=Chances(approved=1.0, not_approved=0.02),
    standing=Standing.NOT_KNOWN,
    verdict=None,
    is_answered=True,
    frauds=12,
    missed=1,
    drawn=200,
    unanswered=0,
    by_lists=ByLists(blocked=0, allowed=0, allowed_frauds=0),
    evidence_kept=0.4,
    evidence_broken=-0.2,
    rule=EnteringRule(age=timedelta(days=45)),
    through=AT,
)


def said(report: GuaranteeReport | None) -> str:
    view = guarantee_view(report)
    return " ".join((view.standing, *view.sentences))


def test_it_says_what_is_promised_and_what_was_seen() -> None:
    words = said(REPORT)
    assert "not known yet" in words
    assert "Policy 7 promises: of all frauds at most 15" in words
    assert "prove neither" in words
    assert "Seen: 12 frauds, 1 of them approved." in words
    assert "45 days" in words
    assert "1 Jun 2026" in words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"chances": Chances(approved=1, not_approved=0.001, gap=Gap.DECLINES)}, "Nobody looks at declines"),
        ({"chances": Chances(approved=0.001, not_approved=1, gap=Gap.APPROVALS)}, "frauds are not seen"),
        ({"is_answered": False, "unanswered": 30}, "30 of 200 payments"),
        ({"through": None}, "none is old enough yet"),
    ],
)
def test_it_says_why_nothing_is_known(changed: dict[str, object], words: str) -> None:
    assert words in said(replace(REPORT, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("standing", "words"), [(Standing.CERTIFIED, "is kept"), (Standing.BROKEN, "more are approved")]
)
def test_a_verdict_says_since_when_and_from_how_many_frauds(standing: Standing, words: str) -> None:
    told = said(replace(REPORT, standing=standing, verdict=Verdict(frauds=11, at=AT)))
    assert "Since 1 Jun 2026, from 11 frauds" in told
    assert words in told


def test_a_policy_that_promises_nothing() -> None:
    assert "promises nothing" in said(None)


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, guarantee_sources={"chargeback": 1.0}) as service:
        yield service


async def test_a_broken_promise_is_told_everywhere(service: Service, engine: AsyncEngine) -> None:
    began = await began_at(engine)
    await stored_days(engine, began, 15, a_day=20, miss_rate=0.9)
    watch = GuaranteeWatch(engine, rule=CHARGEBACKS, clock=Clock(began + AGE + timedelta(days=17)))
    policies = service.services.policies
    service.app.state.services = replace(service.services, policies=replace(policies, guarantee=watch))
    analyst = await service.browser(await service.person(Role.ANALYST))
    assert "guarantee is broken" not in (await analyst.get("/queue")).text
    await looked(watch)
    assert "guarantee is broken" in (await analyst.get("/queue")).text
    page = (await (await service.browser(await service.person(Role.SENIOR))).get("/operations")).text
    assert 'id="guarantee-standing">broken<' in page
    assert "more are approved" in page
    assert "guarantee is broken" in str((await service.client.get("/readyz")).json()["warnings"])
    answer = (await (await a_caller(service, Role.MANAGER)).get("/active/guarantee")).json()
    assert answer["standing"] == "broken"
    assert answer["evidence_broken"] > 20 > answer["evidence_kept"]
    assert answer["miss_rate_at_most"] == pytest.approx(0.15)
    assert answer["sources"] == {"chargeback": 1.0}
    assert [each["standing"] for each in answer["events"]] == ["broken"]
    assert answer["from_frauds"] <= answer["frauds"]


async def test_the_api_says_that_nothing_is_promised(service: Service) -> None:
    await with_policy(service, audit_share_declined=0.3)
    answer = (await (await a_caller(service, Role.MANAGER)).get("/active/guarantee")).json()
    assert (answer["standing"], answer["why_not_known"]) == ("not_known", "nothing_promised")


def test_what_lists_decided_is_told_beside_it() -> None:
    assert "Lists" not in said(REPORT)
    words = said(replace(REPORT, by_lists=ByLists(blocked=3, allowed=1, allowed_frauds=1)))
    assert "3 payments blocked, 1 payment allowed. They do not count here." in words
    assert "Frauds among the allowed, as far as known: 1." in words
