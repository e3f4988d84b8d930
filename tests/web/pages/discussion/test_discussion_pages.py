"""Comments and files over HTTP, without scripts: written, read, kept by a download, and kept back."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Account, Role
from app.review.discussion.attachments import LARGEST_FILE, Media
from app.web.pages.discussion.attachments import disposition
from tests.builders import ALL_UNKNOWN, a_case, csrf_token, until, value, with_policy
from tests.review.discussion.test_attachments import FILES
from tests.service import Service
from tests.workflows.cases.discussion.talk import drawn

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "I know this gang"


@pytest.fixture
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture
def engine(shared_engine: AsyncEngine) -> AsyncEngine:
    return shared_engine


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody at a browser without scripts."""

    account: Account
    browser: httpx.AsyncClient
    token: str

    async def say(self, case_id: int, words: str, **more: str) -> httpx.Response:
        fields = {"csrf_token": self.token, "form": str(uuid4()), "words": words, "back": "case", **more}
        return await self.browser.post(f"/cases/{case_id}/comments", data=fields)

    async def attach(
        self, case_id: int, *, file: tuple[str, bytes] | None = None, address: str = ""
    ) -> httpx.Response:
        fields = {"csrf_token": self.token, "form": str(uuid4()), "address": address}
        # A browser sends the field of a file also where none is chosen.
        files = {"file": file or ("", b"")}
        return await self.browser.post(f"/cases/{case_id}/attachments", data=fields, files=files)

    async def page(self, address: str) -> str:
        answer = await self.browser.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text


async def a_visitor(service: Service, role: Role, name: str | None = None) -> Visitor:
    account = await service.person(role, name)
    browser = await service.browser(account)
    return Visitor(account=account, browser=browser, token=await csrf_token(service, browser))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(shared_service: Service) -> AsyncIterator[Visitor]:
    await with_policy(shared_service, **ALL_UNKNOWN)
    yield await a_visitor(shared_service, Role.ANALYST, "ada")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grace(shared_service: Service, ada: Visitor) -> Visitor:
    del ada  # whose policy makes cases
    return await a_visitor(shared_service, Role.SENIOR, "grace")


@pytest_asyncio.fixture(loop_scope="module")
async def case_id(service: Service, engine: AsyncEngine, ada: Visitor) -> int:
    del ada
    found = (await a_case(service, attributes={"card": uuid4().hex})).case.id
    await drawn(engine, found, is_blind=False)
    return found


async def test_a_mention_is_counted_in_every_header_and_opened_without_scripts(
    engine: AsyncEngine, case_id: int, ada: Visitor, grace: Visitor
) -> None:
    answer = await ada.say(case_id, "@grace do you <b>know</b> it?")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case_id}#comments")
    assert '<span id="unread">1</span>' in await grace.page("/queue")
    inbox = await grace.page("/my/messages")
    assert f"You were mentioned on case {case_id}" in inbox
    assert "@grace do you &lt;b&gt;know&lt;/b&gt; it?" in inbox
    (address,) = re.findall(r'action="(/my/messages/[0-9a-f-]+/open)"', inbox)
    opened = await grace.browser.post(address, data={"csrf_token": grace.token})
    assert (opened.status_code, opened.headers["location"]) == (303, f"/cases/{case_id}#comments")
    assert '<span id="unread">0</span>' in await grace.page("/queue")
    record = await grace.page(f"/cases/{case_id}")
    assert "1 new" in record
    assert "Comment by Ada" in record, "it is a part of the history"
    assert "1 new" not in await grace.page(f"/cases/{case_id}"), "once looked at, it is not new"
    key = await value(engine, "SELECT transaction_id FROM cases WHERE id = :id", id=case_id)
    assert "@grace do you" in await grace.page(f"/payments/{key}")


async def test_a_name_nobody_has_is_said_and_what_is_refused_is_not_lost(case_id: int, ada: Visitor) -> None:
    answer = await ada.say(case_id, "@grcae look")
    assert answer.status_code == 303
    told = await ada.page(answer.headers["location"])
    assert "Nobody here has this name, and nobody was told: grcae" in told
    refused = await ada.say(case_id, "They paid with 4111 1111 1111 1111, I think.")
    assert refused.status_code == 422
    assert "Card numbers may not be written here" in refused.text
    assert "1111, I think." in refused.text
    assert "4111 1111 1111 1111" not in refused.text
    assert (await ada.say(case_id, " ")).status_code == 422
    assert (await ada.say(case_id, "x" * 2001)).status_code == 422
    assert (await ada.say(2**40, "x")).status_code == 404
    assert (await ada.browser.post(f"/cases/{case_id}/comments", data={"words": "x"})).status_code == 403


async def test_who_judges_nothing_reads_and_does_not_write(
    service: Service, case_id: int, ada: Visitor
) -> None:
    await ada.say(case_id, SECRET)
    auditor = await a_visitor(service, Role.AUDITOR)
    record = await auditor.page(f"/cases/{case_id}")
    assert SECRET in record
    assert 'id="comment-form"' not in record
    assert (await auditor.say(case_id, "x")).status_code == 403
    assert (await auditor.attach(case_id, address="https://a.example")).status_code == 403


async def test_a_blind_reader_is_shown_the_same_whether_or_not_somebody_wrote(
    service: Service, engine: AsyncEngine, ada: Visitor, grace: Visitor
) -> None:
    pages = []
    for speaks in (False, True):
        case = (await a_case(service, attributes={"card": uuid4().hex})).case
        await drawn(engine, case.id, is_blind=True)
        if speaks:
            await ada.say(case.id, f"{SECRET} @grace")
            await ada.attach(case.id, file=("a.pdf", FILES[Media.PDF]))
        shown = [
            await grace.page(address)
            for address in (
                f"/cases/{case.id}",
                f"/cases/{case.id}/comments",
                "/my/messages",
                "/my/messages/state",
            )
        ]
        plain = re.sub(rf'(/cases/|data-case-id="){case.id}\b', r"\1CASE", " ".join(shown))
        pages.append(_comments(plain))
        assert SECRET not in plain
        assert "What colleagues say is shown once you have said what you think." in plain
    assert pages[0] == pages[1]


def _comments(page: str) -> list[str]:
    return [
        re.sub(r'name="form" value="[^"]*"', "FORM", part)
        for part in re.findall(r'<details class="discussion".*?</details>', page, re.DOTALL)
    ]


@pytest.mark.parametrize("media", Media)
async def test_a_file_comes_back_as_it_was_and_is_only_ever_kept(
    case_id: int, ada: Visitor, grace: Visitor, media: Media
) -> None:
    name = {Media.PNG: "ä b.png", Media.JPEG: "b.jpg", Media.PDF: "c;x'%.pdf", Media.TEXT: "d.csv"}[media]
    assert (await ada.attach(case_id, file=(name, FILES[media]))).status_code == 303
    (address,) = re.findall(
        rf'href="(/cases/{case_id}/attachments/[0-9a-f-]+)"', await grace.page(f"/cases/{case_id}")
    )
    file = await grace.browser.get(address)
    assert file.content == FILES[media]
    assert file.headers["content-disposition"] == disposition(name)
    assert file.headers["content-disposition"].startswith("attachment; ")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert "html" not in file.headers["content-type"]
    assert (await grace.browser.get(address.replace(str(case_id), str(case_id + 1), 1))).status_code == 404


async def test_what_cannot_be_attached_is_refused_by_a_sentence(case_id: int, ada: Visitor) -> None:
    for file, sentence in (
        (("a.pdf", b""), "This file is empty."),
        (("a.exe", b"MZ"), "Only PDF, PNG, JPEG"),
        (("a.pdf", FILES[Media.PNG]), "not what its name says"),
        (("../a.pdf", FILES[Media.PDF]), "names a folder"),
        (("a.txt", b"x" * (LARGEST_FILE + 1)), "larger than 1 MiB"),
        (("a.txt", b"4111 1111 1111 1111"), "Card numbers may not be written"),
        (None, "either an address or a file"),
    ):
        answer = await ada.attach(case_id, file=file)
        assert answer.status_code == 422, (file, answer.text)
        assert sentence in answer.text
    both = await ada.attach(case_id, file=("a.pdf", FILES[Media.PDF]), address="https://a.example")
    assert (both.status_code, "either an address or a file" in both.text) == (422, True)
    assert (await ada.attach(case_id, address="javascript:alert(1)")).status_code == 422


async def test_an_address_is_text_that_says_nothing_of_where_one_comes_from(
    case_id: int, ada: Visitor
) -> None:
    await ada.attach(case_id, address="https://tickets.example/7?a=1&b=<i>")
    record = await ada.page(f"/cases/{case_id}")
    assert 'rel="noreferrer noopener">https://tickets.example/7?a=1&amp;b=&lt;i&gt;</a>' in record


async def test_a_body_without_an_end_is_refused_while_it_is_read(case_id: int, ada: Visitor) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        while sent < 64 * 1024 * 1024:
            sent += 65_536
            yield b"a" * 65_536

    answer = await ada.browser.post(
        f"/cases/{case_id}/attachments",
        content=endless(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 413
    assert sent < 4 * LARGEST_FILE
    small = await ada.say(case_id, "x" * 100_000)
    assert small.status_code == 413


async def test_what_a_browser_shows_is_what_somebody_asked_for(
    case_id: int, ada: Visitor, grace: Visitor
) -> None:
    async def wish(**fields: object) -> httpx.Response:
        return await grace.browser.post("/my/messages/wishes", data={"csrf_token": grace.token, **fields})

    async def notified() -> list[str]:
        found = (await grace.browser.get("/my/messages/state")).json()["notified"]
        return [each["sentence"] for each in found]

    await ada.say(case_id, f"@grace {SECRET}")
    assert await notified() == [], "off, until it is switched on"
    assert (await wish(kinds=["mention", "breach"], time_zone="Europe/Berlin")).status_code == 303
    assert f"You were mentioned on case {case_id}" in await notified()
    assert SECRET not in (await grace.browser.get("/my/messages/state")).text
    page = await grace.page("/my/messages")
    assert len(re.findall(r"<input[^>]*\schecked", page)) == 2
    assert 'value="Europe/Berlin"' in page
    assert (await wish(kinds="mention", quiet_from="00:00", quiet_to="00:00")).status_code == 303
    assert await notified() == [], "quiet all day"
    for mistake in (
        {"quiet_from": "22:00"},
        {"time_zone": "Europe/Nowhere"},
        {"quiet_from": "x", "quiet_to": "y"},
    ):
        assert (await wish(**mistake)).status_code == 422
    assert (await wish(kinds="everything")).status_code == 422


async def test_a_stream_tells_at_once_and_ends_with_the_service(
    service: Service, case_id: int, ada: Visitor, grace: Visitor
) -> None:
    messages = service.services.cases.messages
    with messages.news.awake(grace.account.id) as news:
        heard = messages.followed(grace.account, news)
        before = await anext(heard)
        assert before is not None
        await ada.say(case_id, "@grace again")

        async def is_told() -> bool:
            return news.is_set()

        await until(is_told)
        after = await anext(heard)
        assert after is not None
        assert after.unread == before.unread + 1
        assert messages.news.streams == 1
        await heard.aclose()
    assert messages.news.streams == 0


async def test_nobody_opens_a_message_of_somebody_else(case_id: int, ada: Visitor, grace: Visitor) -> None:
    await ada.say(case_id, "@grace once more")
    (address, *_) = re.findall(r'action="(/my/messages/[0-9a-f-]+/open)"', await grace.page("/my/messages"))
    assert (await ada.browser.post(address, data={"csrf_token": ada.token})).status_code == 404
    handles = re.findall(r'name="handles" value="([0-9a-f-]+)"', await grace.page("/my/messages"))
    await ada.browser.post("/my/messages/read", data={"csrf_token": ada.token, "handles": handles})
    assert '<span id="unread">0</span>' not in await grace.page("/queue")
    await grace.browser.post("/my/messages/read", data={"csrf_token": grace.token, "handles": handles})
    assert '<span id="unread">0</span>' in await grace.page("/queue")


@pytest.mark.parametrize("name", ["a.pdf", 'a"b\\c.pdf', "Quittung ü.pdf", "a%41.pdf", "a\u202eb.pdf"])
async def test_a_name_in_a_header_is_one_name(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    plain, _, encoded = header.partition("; filename*=UTF-8''")
    assert re.fullmatch(r'attachment; filename="[^"\\%]*"', plain)
    assert httpx.URL(f"https://x/?a={encoded}").params["a"] == name
