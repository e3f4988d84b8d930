"""How well people decide, asked by a program."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.server.session import transaction
from app.review.access.people import Role
from tests.judged import Judged
from tests.service import Service
from tests.web.api.policies.policy_calls import a_caller, told


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ANALYST, 403), (Role.SENIOR, 200), (Role.AUDITOR, 200), (Role.ADMIN, 403)]
)
async def test_who_answers_for_quality_reads_it(service: Service, role: Role, status: int) -> None:
    caller = await a_caller(service, role)
    headers = {"Authorization": f"Bearer {caller.token}"}
    assert (await service.client.get("/v1/quality", headers=headers)).status_code == status
    assert (await service.client.get("/v1/quality")).status_code == 401


async def test_rates_say_from_which_truths_they_are(service: Service, engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        judged = Judged(connection=connection)
        ada = await judged.person("Ada")
        for place in range(40):
            await judged.gold(ada, "fraud" if place > 3 else "legit", "fraud", at=utc_now())
    caller = await a_caller(service, Role.MANAGER)
    headers = {"Authorization": f"Bearer {caller.token}"}
    found = told(await service.client.get("/v1/quality", params={"days": 7}, headers=headers))
    control, second, reports = found["detection_rate"]
    assert (control["basis"], control["value"], control["verdicts"], control["is_usable"]) == (
        "control_cases",
        0.9,
        40,
        True,
    )
    assert control["low"] == pytest.approx(0.763, abs=5e-4)
    assert control["high"] == pytest.approx(0.972, abs=5e-4)
    for unknown in (second, reports, *found["analyst_false_decline_rate"]):
        assert (unknown["value"], unknown["low"], unknown["high"]) == (None, 0.0, 1.0)
    assert found["blind_against_score"]["lead"] is None
    assert (await service.client.get("/v1/quality?days=91", headers=headers)).status_code == 422
