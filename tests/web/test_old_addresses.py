"""Pages moved with their names: for one release the old addresses lead to the new ones."""

import pytest

from tests.service import Service

OLD_AND_NEW = [
    ("/desk", "/review"),
    ("/desk/7/verdict?done=a%20b", "/review/7/verdict?done=a%20b"),
    ("/floor", "/operations"),
    ("/floor.csv", "/operations.csv"),
    ("/floor/cases?cause=novel&holder=1", "/operations/cases?cause=novel&holder=1"),
    ("/campaigns/card/c2hvcCAw%2F", "/linked-cases/card/c2hvcCAw%2F"),
    ("/escalated", "/escalations"),
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(("old", "new"), OLD_AND_NEW)
async def test_an_old_address_leads_to_the_new_one_with_method_and_query(
    service: Service, method: str, old: str, new: str
) -> None:
    answer = await service.client.request(method, old)
    assert (answer.status_code, answer.headers["Location"]) == (308, new)


@pytest.mark.parametrize("path", ["/desks", "/floor.html", "/floor-plan", "/static/desk"])
async def test_nothing_else_is_sent_anywhere(service: Service, path: str) -> None:
    assert (await service.client.get(path)).status_code == 404
