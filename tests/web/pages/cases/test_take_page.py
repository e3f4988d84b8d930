"""Taking one very case from the queue and from its record, through HTTP."""

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import an_unknown, csrf_token, rows
from tests.service import Service

HELD = "SELECT id, holder_id FROM cases WHERE lease_token IS NOT NULL"
CASES = "SELECT id FROM cases ORDER BY id"


async def taken(service: Service, browser: httpx.AsyncClient, case_id: int) -> httpx.Response:
    return await browser.post(
        f"/cases/{case_id}/take", data={"csrf_token": await csrf_token(service, browser)}
    )


async def test_a_case_is_taken_from_queue_and_record_and_stands_on_the_review_page(
    service: Service, engine: AsyncEngine
) -> None:
    for amount in ("900.00", "20.00"):
        await an_unknown(service, amount=amount)
    _, last = [row.id for row in await rows(engine, CASES)]
    person = await service.person(Role.ANALYST)
    async with await service.browser(person) as browser:
        for page in ("/queue", f"/cases/{last}"):
            assert f'action="/cases/{last}/take"' in (await browser.get(page)).text
        answer = await taken(service, browser, last)
        assert (answer.status_code, answer.headers["location"]) == (303, "/review")
        assert [tuple(row) for row in await rows(engine, HELD)] == [(last, person.id)]
        assert f'data-case-id="{last}"' in (await browser.get("/review")).text
        for page in ("/queue", f"/cases/{last}"):
            assert f'action="/cases/{last}/take"' not in (await browser.get(page)).text
        # Twice is once: the same case, the same hold.
        assert (await taken(service, browser, last)).status_code == 303
        assert [tuple(row) for row in await rows(engine, HELD)] == [(last, person.id)]


async def test_what_a_colleague_looks_at_is_not_offered_and_is_refused_with_a_sentence(
    service: Service, engine: AsyncEngine
) -> None:
    await an_unknown(service)
    (case_id,) = [row.id for row in await rows(engine, CASES)]
    async with (
        await service.browser(await service.person(Role.ANALYST)) as holder,
        await service.browser(await service.person(Role.ANALYST)) as other,
        await service.browser(await service.person(Role.ADMIN)) as admin,
    ):
        await holder.get("/review")
        assert "/take" not in (await other.get("/queue")).text
        assert "/take" not in (await other.get(f"/cases/{case_id}")).text
        refused = await taken(service, other, case_id)
        assert refused.status_code == 409
        assert "Somebody else has this case just now" in refused.text
        assert (await taken(service, other, 999_999)).status_code == 404
        # Administrators judge nothing.
        assert (await taken(service, admin, case_id)).status_code == 403
