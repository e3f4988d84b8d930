"""The page of feeds: what is wrong with whose, and a manager's answer."""

from app.review.access.people import Role
from tests.builders import csrf_token, rows
from tests.service import Service
from tests.workflows.payments.test_feed_watch import looked, sent

ANSWER = {"answer": "mended", "reason": "columns put right"}


async def test_every_page_warns_and_the_feeds_page_says_how_it_differs(service: Service) -> None:
    analyst = await service.browser(await service.person(Role.ANALYST))
    assert "unlike what the model learned from" not in (await analyst.get("/queue")).text
    await sent(service, 60, is_reversed=True)
    await looked(service)
    for address in ("/queue", "/search", "/review", "/feeds"):
        assert "unlike what the model learned from" in (await analyst.get(address)).text, address
    page = (await analyst.get("/feeds")).text
    assert "V1 fits V28" in page
    assert "Keep the answer" not in page


async def test_a_manager_answers_once_and_with_a_reason(service: Service) -> None:
    await sent(service, 60, is_reversed=True)
    await looked(service)
    manager = await service.browser(await service.person(Role.MANAGER))
    assert "Keep the answer" in (await manager.get("/feeds")).text
    token = {"csrf_token": await csrf_token(service, manager)}
    assert (await manager.post("/feeds/1/answer", data=ANSWER | token | {"reason": " "})).status_code == 422
    assert (await manager.post("/feeds/1/answer", data=ANSWER)).status_code == 403
    assert (await manager.post("/feeds/1/answer", data=ANSWER | token)).status_code == 303
    assert (await manager.post("/feeds/1/answer", data=ANSWER | token)).status_code == 409
    page = (await manager.get("/feeds")).text
    assert "columns put right" in page
    assert "nothing stands out" in page


async def test_who_runs_no_policies_answers_nothing(service: Service) -> None:
    await sent(service, 60, is_reversed=True)
    await looked(service)
    senior = await service.browser(await service.person(Role.SENIOR))
    token = {"csrf_token": await csrf_token(service, senior)}
    assert (await senior.post("/feeds/1/answer", data=ANSWER | token)).status_code == 403
    told = await rows(service.services.payments.feed_watch._engine, "SELECT status FROM feed_events")
    assert [row.status for row in told] == ["wrong"]
