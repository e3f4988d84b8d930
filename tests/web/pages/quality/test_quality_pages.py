"""The pages of quality and of what is escalated, as people see them."""

import csv
import re
from html import unescape
from io import StringIO
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.cli.server.place import utc_now
from app.database.server.session import transaction
from app.review.access.people import Role
from app.web.pages.cases.escalations import page_of
from app.web.pages.rendering import html
from app.workflows.operations.quality import Inbox
from tests.judged import Judged
from tests.service import Service
from tests.web.pages.builders import GRACE, NOON, a_frame
from tests.web.pages.quality.quality_builders import an_escalated

MANY = 40


def words_of(page: httpx.Response) -> str:
    """Return what a page says, without its markup."""
    assert page.status_code == 200, page.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text))).replace("\u202f", " ")


class Now(Judged):
    """What was judged just now."""

    async def verdict(self, *args: Any, **rest: Any) -> int:
        return await super().verdict(*args, **({"at": utc_now()} | rest))


async def manager(service: Service) -> httpx.AsyncClient:
    return await service.browser(await service.person(Role.MANAGER))


async def a_team(connection: AsyncConnection) -> tuple[Now, int, int]:
    judged = Now(connection=connection)
    return judged, await judged.person("Ada"), await judged.person("Bela")


@pytest.mark.parametrize(
    ("role", "quality", "escalated"),
    [
        (Role.ANALYST, 403, 403),
        (Role.SENIOR, 200, 200),
        (Role.MANAGER, 200, 200),
        (Role.AUDITOR, 200, 403),
        (Role.ADMIN, 403, 403),
    ],
)
async def test_only_who_answers_for_quality_reads_it(
    service: Service, role: Role, quality: int, escalated: int
) -> None:
    browser = await service.browser(await service.person(role))
    for path in ("/quality", "/quality.csv", "/quality/cases"):
        assert (await browser.get(path)).status_code == quality
    assert (await browser.get("/escalations")).status_code == escalated
    nobody = await service.client.get("/quality")
    assert nobody.status_code in {303, 401}


async def test_an_empty_house_says_so(service: Service) -> None:
    browser = await manager(service)
    told = words_of(await browser.get("/quality"))
    assert "Nobody decided anything in this window." in told
    assert "Seeing the score changed 0 of 0 verdicts" in told
    assert "Nothing is escalated." in words_of(await browser.get("/escalations"))
    assert "There is no such verdict." in words_of(await browser.get("/quality/cases?kind=gold"))


async def test_few_are_told_as_few_and_many_with_their_interval(
    service: Service, engine: AsyncEngine
) -> None:
    async with transaction(engine) as connection:
        judged, ada, bela = await a_team(connection)
        for place in range(MANY):
            await judged.gold(ada, "fraud" if place > 1 else "legit", "fraud")
        await judged.gold(bela, "fraud", "fraud")
    told = words_of(await (await manager(service)).get("/quality"))
    assert "95 % 83 to 99.4 %, 38 of 40" in told
    assert "1 of 1 too few" in told


async def test_the_panel_of_blind_first_says_what_seeing_the_score_did(
    service: Service, engine: AsyncEngine
) -> None:
    async with transaction(engine) as connection:
        judged, ada, _ = await a_team(connection)
        said = [("legit", "fraud")] * 5 + [("fraud", "legit")] * 2 + [("fraud", "fraud")] * 113
        for before, final in said:
            await judged.drawn(ada, final, before=before, truth="fraud")
        for place in range(100):
            await judged.drawn(ada, "fraud" if place else "legit", truth="fraud")
        await judged.drawn(ada, "fraud", before="legit")
    told = words_of(await (await manager(service)).get("/quality"))
    assert "Seeing the score changed 8 of 121 verdicts" in told
    assert "Of the 120 whose truth is known (0 control cases) it made 5 right and 2 wrong." in told
    assert "+2.5 points" in told
    assert "Right where blind: 118 of 120, where the score was in sight: 99 of 100." in told


async def test_disagreements_that_went_to_a_senior_are_counted(service: Service, engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        judged, ada, bela = await a_team(connection)
        grace = await judged.person("Grace", Role.SENIOR)
        for _ in range(MANY):
            await judged.looked_twice((ada, "fraud"), (bela, "fraud"))
            await judged.looked_twice((ada, "legit"), (bela, "legit"))
        await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "fraud"))
        await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, None))
    told = words_of(await (await manager(service)).get("/quality"))
    assert "2 disagreements ; 2 went to a senior colleague, who ruled 1 of 1 for the first; 1 waits." in told
    assert "0.95" in told


async def test_each_number_opens_the_verdicts_it_counts(service: Service, engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        judged, ada, bela = await a_team(connection)
        grace = await judged.person("Grace", Role.SENIOR)
        await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(grace, "legit"))
        await judged.gold(ada, "legit", "fraud")
    browser = await manager(service)
    page = (await browser.get("/quality?days=7")).text
    links = {unescape(link) for link in re.findall(r"href=\"(/quality/cases[^\"]+)\"", page)}
    mine = {link for link in links if f"analyst={ada}" in link}
    assert {link.partition("kind=")[2].partition("&")[0] for link in mine} == {
        *("judged", "twice", "overturned", "gold"),
    }
    for link in links:
        assert "Case" in words_of(await browser.get(link))
    overturned = words_of(await browser.get(f"/quality/cases?kind=overturned&analyst={ada}&days=7"))
    assert "Overturned verdicts, Ada" in overturned
    assert "Bela said legit, ruled legit" in overturned


async def test_a_list_goes_on_where_it_ended(service: Service, engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        judged, ada, _ = await a_team(connection)
        for _ in range(51):
            await judged.judged(ada)
    browser = await manager(service)
    first = (await browser.get(f"/quality/cases?analyst={ada}")).text
    (older,) = re.findall(r"id=\"older\"\s+href=\"([^\"]+)\"", first)
    rest = (await browser.get(unescape(older))).text
    assert (first.count("<tr>"), rest.count("<tr>")) == (51, 2)
    assert "From the newest" in rest


async def test_only_three_windows_and_known_lists_are_answered(service: Service) -> None:
    browser = await manager(service)
    for days in (7, 30, 90):
        assert f"{days} days</a>" in (await browser.get(f"/quality?days={days}")).text
    for query in ("days=8", "days=x", "days="):
        assert (await browser.get(f"/quality?{query}")).status_code == 422
    for query in ("kind=nonsense", "analyst=0", f"before={2**64}"):
        assert (await browser.get(f"/quality/cases?{query}")).status_code == 422
    assert (await browser.get("/quality/cases?analyst=987654321")).status_code == 404


async def test_a_name_is_no_formula_in_the_file(service: Service, engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        judged = Now(connection=connection)
        ada = await judged.person('=HYPERLINK("http://evil.example")')
        for _ in range(MANY):
            await judged.gold(ada, "fraud", "fraud")
    answer = await (await manager(service)).get("/quality.csv?days=90")
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(StringIO(answer.text.removeprefix("\ufeff")))
    assert row["analyst"].startswith("'=")
    assert (row["gold"], row["gold_right"], row["gold_share"]) == ("40", "40", "1.0000")
    assert (row["pairs"], row["kappa"]) == ("0", "")
    assert row["median_seconds"] == "20.000"


async def test_what_somebody_wrote_is_never_markup(service: Service, engine: AsyncEngine) -> None:
    async with transaction(engine) as connection:
        judged, ada, _ = await a_team(connection)
        await judged.verdict(await judged.case(), ada, "escalate", note="<script>alert(1)</script>")
    browser = await manager(service)
    inbox = Inbox(cases=(an_escalated(note="<script>alert(1)</script>"),), total=1, now=NOON)
    escalated = page_of(inbox, a_frame(GRACE, here="/escalations"), reader_id=GRACE.id)
    for page in (
        html("escalations.html", escalated),
        (await browser.get(f"/quality/cases?kind=escalated&analyst={ada}")).text,
    ):
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


async def test_the_inbox_says_who_handed_on_what_and_where_two_disagree(
    service: Service, engine: AsyncEngine
) -> None:
    async with transaction(engine) as connection:
        judged, ada, bela = await a_team(connection)
        case = await judged.case(state="escalated")
        await judged.verdict(case, ada, "escalate", note="a ring of cards")
        await judged.looked_twice((ada, "fraud"), (bela, "legit"), ruling=(ada, None))
    told = words_of(await (await manager(service)).get("/escalations"))
    assert "2 wait for a senior colleague" in told
    assert "two people disagree on 1" in told
    assert "Ada Their words are shown once you have said what you think." in told
    assert "Two disagree" in told


@pytest.mark.parametrize("kind", ["gold", "second", "audit"])
async def test_the_inbox_does_not_tell_a_check_from_another_case(
    service: Service, engine: AsyncEngine, kind: str
) -> None:
    async with transaction(engine) as connection:
        judged, ada, bela = await a_team(connection)
        first = await judged.judged(bela) if kind == "second" else None
        truth = "fraud" if kind == "gold" else None
        checked = await judged.case(kind, first=first, state="escalated", truth=truth)
        plain = await judged.case(state="escalated", priority=0.5)
        for case in (checked, plain):
            await judged.verdict(case, ada, "escalate", note="unsure")
    page = (await (await manager(service)).get("/escalations")).text
    one, other = re.findall(r"<tr\s*>\s*<td class=\"n minor\">.*?</tr>", page, re.DOTALL)
    assert re.sub(r"n minor\">[^<]*", "", one) == re.sub(r"n minor\">[^<]*", "", other)
