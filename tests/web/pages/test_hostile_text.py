"""Every page, with hostile text in every field that comes from outside: nothing stays unmarked.

`shop` + right-to-left override + `moc.live` is read as shopevil.com, unless a page says what is there.
"""

import re
from html.parser import HTMLParser

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.server.place import utc_now
from app.database.server.session import transaction
from app.main import create_app
from app.review.access.people import Role
from app.review.case import GroupBasis
from app.review.groups.grouping import GroupKey
from app.review.text import is_unseen
from app.settings import Settings
from app.web.pages.foreign_text import EXACT
from app.web.pages.groups.naming import address_of
from tests.builders import ALL_UNKNOWN, run, simulated, value, with_policy
from tests.judged import Judged
from tests.service import Service
from tests.web.test_security import routes

HOSTILE = "sh\u202eop\u200b \u05d0\u05d1 1 \u2067x"
#: As SQL writes it.
WRITTEN = "U&'sh\\202eop\\200b \\05d0\\05d1 1 \\2067x'"
#: All text of others that a page may show. What people write is refused such signs, but was taken before.
FOREIGN = {
    "accounts": "display_name = display_name || {0}",
    "clients": "name = name || {0}",
    "transactions": "attributes = coalesce((SELECT jsonb_object_agg(key || {0}, value || {0}) ||"
    " jsonb_object_agg(key, value || {0}) FROM jsonb_each_text(attributes)), '{{}}'),"
    " transaction_id = transaction_id || {0}",
    "verdicts": "note = coalesce(note, '') || {0}",
    "pending_verdicts": "note = coalesce(note, '') || {0}",
    "case_drafts": "note = note || {0}",
    "claim_ends": "reason = coalesce(reason, '') || {0}",
    "case_groups": "value = value || {0}",
    "labels": "source = source || {0}",
    "policies": "reason = reason || {0}",
    "policy_events": "details = CASE jsonb_typeof(details) WHEN 'object' THEN details ELSE '{{}}' END ||"
    " jsonb_build_object('reason', {0}, 'answers',"
    " jsonb_build_array(jsonb_build_object('sentence', {0}, 'answer', {0})))",
}
#: Where foreign text is sure to stand.
SHOWN_ON = (
    *(
        "/review",
        "/linked-cases",
        "/search",
        "/cases/",
        "/escalations",
        "/operations",
        "/operations/cases",
        "/quality",
    ),
    *(
        "/quality/cases",
        "/thresholds",
        "/thresholds/versions/",
        "/thresholds/history",
        "/linked-cases/card/",
    ),
)


class Reader(HTMLParser):
    """Reads a page as people do, and collects what they would be deceived by."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.marks = 0
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at what attributes say."""
        self._open.append(tag)
        for name, told in attrs:
            if name in {"href", "action", "src", "formaction"}:
                self.faults += [f"{tag} {name}={told!a}"] * (not (told or "").isascii())
            elif name not in EXACT:
                self._look(told or "", f"{tag} {name}", is_isolated=False)
        self.marks += ("class", "hidden-sign") in attrs

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Look at what stands between tags."""
        if self._open[-1:] != ["textarea"]:
            self._look(data, " ".join(self._open[-3:]), is_isolated="bdi" in self._open)

    def _look(self, told: str, where: str, *, is_isolated: bool) -> None:
        bare = re.sub("\u2068[^\u2068\u2069]*\u2069", "", told)
        if any(map(is_unseen, bare)) or (not is_isolated and re.search("[\u05d0-\u05ea]", bare)):
            self.faults.append(f"{where}: {told!a}")


async def a_hostile_house(service: Service, engine: AsyncEngine) -> None:
    """Fill the tables by their usual ways, then write hostile text wherever somebody's text is kept."""
    await with_policy(service, **ALL_UNKNOWN)
    await simulated(service, approve_at_most=-999.0)
    attributes = {"card": "8841", "merchant": "M-1", "device": "tablet", "ip": "9.9.9.9", "shop": "Kadomundo"}
    for amount in (50, 60, 70, 80, 90, 100):
        await service.post(service.body(attributes=attributes, amount=str(amount)))
    async with transaction(engine) as connection:
        judged = Judged(connection=connection)
        ada, bela = await judged.person("Ada"), await judged.person("Bela")
        for _ in range(3):
            case = await judged.judged(ada, at=utc_now())
            await judged.reported(case, "legit", at=utc_now())
        await judged.looked_twice((ada, "fraud"), (bela, "legit"))
    case_id = await value(engine, "SELECT min(id) FROM cases WHERE state = 'open'")
    await run(engine, "UPDATE cases SET state = 'escalated' WHERE id = :id", id=case_id)
    updates = "; ".join(f"UPDATE {table} SET {what.format(WRITTEN)}" for table, what in FOREIGN.items())
    unguarded = "PERFORM set_config('session_replication_role', 'replica', true)"
    await run(engine, f"DO $hostile$ BEGIN {unguarded}; {updates}; END $hostile$")


async def places(engine: AsyncEngine) -> list[str]:
    """Return every address of a page there is, once for each kind of thing it can be about."""
    app = create_app(Settings(), "postgresql+asyncpg:///nowhere")
    paths = {route.path for route in routes(app) if "GET" in (route.methods or ())}
    pages = {
        path
        for path in paths
        if not path.startswith(("/v1", "/healthz", "/readyz", "/login")) and not path.endswith("/events")
    }
    pages = {path for path in pages if not path.endswith(".csv")}
    cases = await value(engine, "SELECT array_agg(id) FROM cases")
    versions = await value(engine, "SELECT array_agg(id) FROM policies")
    group = address_of(GroupKey(basis=GroupBasis.CARD, value=f"8841{HOSTILE}"))
    found: list[str] = [f"/search?q={HOSTILE}", "/search?q=Kadomundo", "/queue?state=escalated"]
    for path in sorted(pages):
        if "{case_id}" in path:
            found += [path.replace("{case_id}", str(case)) for case in cases]
        elif "{policy_id}" in path:
            found += [path.replace("{policy_id}", str(version)) for version in versions]
        else:
            found.append(group if "{basis}" in path else path)
    return found


async def test_no_page_shows_hostile_text_unmarked(service: Service, engine: AsyncEngine) -> None:
    await a_hostile_house(service, engine)
    marked: set[str] = set()
    for role in (Role.MANAGER, Role.SENIOR, Role.ANALYST):
        person = await service.person(role)
        await run(
            engine,
            f"UPDATE accounts SET display_name = display_name || {WRITTEN} WHERE id = :id",
            id=person.id,
        )
        async with await service.browser(person) as browser:
            for place in await places(engine):
                marked |= await look(browser, place)
    assert [place for place in SHOWN_ON if not any(path.startswith(place) for path in marked)] == []


async def look(browser: httpx.AsyncClient, place: str) -> set[str]:
    """Read one page; return its address where it marks a sign besides those in its reader's own name."""
    answer = await browser.get(place, follow_redirects=True)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return set()
    assert answer.status_code < 500, place
    reader = Reader()
    reader.feed(answer.text)
    assert reader.faults == [], f"{place}: {reader.faults[:5]}"
    return {answer.url.path} if reader.marks > 3 and answer.status_code == 200 else set()


@pytest.mark.parametrize(
    "page",
    [
        "<p>sh\u202eop</p>",
        "<p>\u05d0\u05d1</p>",
        '<p title="sh\u200bop">x</p>',
        "<title>sh\u2067op</title>",
        '<a href="/search?q=\u202e">x</a>',
        "<p>\u2068sh\u202eop</p>",
    ],
    ids=ascii,
)
def test_the_reader_sees_what_is_not_marked(page: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert len(reader.faults) == 1
