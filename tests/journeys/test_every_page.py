"""Every page there is, in both lights and on both screens: nobody is kept out, nothing sticks out.

The addresses come from the service's own routes, so that a new page is looked at without being named here.
"""

import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.main import create_app
from app.settings import Settings
from tests.journeys.browsing import MARKS, a_visitor
from tests.journeys.data_folders import migrated
from tests.journeys.live import Live, drawn_blind, live_service, wait_until
from tests.journeys.review import a_case, press, press_and_go, rested, shows_nothing, some_known
from tests.journeys.test_operations import logged_in
from tests.models import MODELS
from tests.own_payments import write_own_payments
from tests.patience import PATIENCE_SECONDS
from tests.web.test_security import routes

pytestmark = MARKS

SIZES = ((1366, 768), (390, 844))
#: Either light and either size is examined; what differs is the colours by the one, the layout by the other.
EXAMINED = {(1366, "light"), (390, "dark")}
GRAVE = {"serious", "critical"}
#: Graver for those who go by landmarks than axe has it.
GRAVE_TOO = {"landmark-unique"}
# A card, as the address of its campaign names it.
CARD = urlsafe_b64encode("•••• 8841".encode()).decode().rstrip("=")
#: What stands for a part of an address; a new kind of part needs an example here.
FORM = str(uuid4())
EXAMPLES = {"policy_id": "1", "token": "spent-already", "basis": "card", "value": CARD, "proposal_id": "1"}
EXAMPLES |= {
    "job_id": "1",
    "entry_id": "1",
    "account_id": "3",
    "client_id": "1",
    "act": "role",
    "form": FORM,
    # The newest that has a report.
    "version": max(MODELS.glob("*/report.html")).parent.name,
}
#: What only administrators see; a manager is refused.
FOR_ADMINS = ("/people", "/keys")
#: Where a page shows more when it is asked for something.
ASKED = ("/search?q=M-20417", "/queue?amount_from=100", "/models/train?file=orders.csv", "/jobs/2")
#: One that failed, with what its check said, and one that goes on.
JOBS = """
INSERT INTO jobs (kind, subject, arguments, form, asked_by, asked_at, state, run, heartbeat_at, progress,
    saying, ended_at, outcome)
SELECT 'training', subject, '{}', gen_random_uuid(), id, now(), state, run, now() + interval '1 day', 0.4,
    'fit 2 of 5, group 1, loss 0.03', ended_at, outcome
FROM accounts, (VALUES ('orders.csv', 'failed', NULL, now(), 'The check found faults.'),
    ('received/0a1b/sales.csv', 'running', gen_random_uuid(), NULL, '')) AS
    job (subject, state, run, ended_at, outcome)
WHERE accounts.name = 'grace'
"""
#: One that is in force.
LISTED = """
INSERT INTO list_entries (entity, fingerprint, shown, effect, state, reason, made_by, made_at, expires_at,
    changed_in)
SELECT 2, 4711, '•••• ff02', 'block', 'live', 'three chargebacks this week', id, now(),
    now() + interval '1 day', 0
FROM accounts WHERE name = 'grace'
"""
STEPS = """
INSERT INTO job_steps (job_id, happened_at, kind, text)
SELECT 1, now(), kind, text FROM (VALUES ('said', 'Begun, attempt 1 of 3.'), ('report', repeat('wide ', 200)),
    ('fault', 'LEAK refunded: its values (AUROC 1.0000, above 0.999).')) AS step (kind, text)
"""
#: What Joan said of a case, what Grace put to it, and what Grace was told.
TALK = """
WITH person AS (SELECT (SELECT id FROM accounts WHERE name = 'joan') AS joan,
    (SELECT id FROM accounts WHERE name = 'grace') AS grace),
comment AS (INSERT INTO comments (case_id, account_id, form, said_at, place, words)
    SELECT CAST(:case_id AS bigint), who, gen_random_uuid(), now(), place, repeat(words, 20)
    FROM person, LATERAL (
        VALUES (1, joan, '@grace do you know it? '), (2, grace, 'https://a.example/without/an/end')
    ) AS told (place, who, words)
    RETURNING id, case_id, account_id),
file AS (INSERT INTO attachments (case_id, account_id, form, added_at, place, name, media, content)
    SELECT CAST(:case_id AS bigint), grace, CAST(:form AS uuid), now(), 1, repeat('receipt', 20) || '.txt',
        'text', 'x' FROM person)
INSERT INTO messages (account_id, kind, case_id, by_id, comment_id, words, told_at)
SELECT grace, kind, case_id, joan, CASE WHEN kind = 'mention' THEN comment.id END, 'You know this shop.',
    now()
FROM person, comment, (VALUES ('mention'), ('assigned'), ('returned'), ('breach')) AS told (kind)
WHERE comment.account_id = joan
"""
OFFER = "UPDATE cases SET offered_to = (SELECT id FROM accounts WHERE name = :name),"
OFFER += " offered_until = now() + interval '1 hour' WHERE id = :case_id"
BLIND_SHARE = 0.5


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service where many cases are reviewed blind, and looked at again."""
    looks = {"TERTIUM_BLIND_SHARE": f"{BLIND_SHARE}", "TERTIUM_SECOND_LOOK_SHARE": "0.5"}
    looks["TERTIUM_SECOND_PERSON_FROM_CASES"] = "2"
    training = tmp_path_factory.mktemp("training")
    write_own_payments(training, rows=200, frauds=20)
    looks |= {"TERTIUM_TRAINING_FILES_DIR": str(training), "TERTIUM_TRAINING_UPLOAD_MB": "10"}
    folder = migrated(tmp_path_factory.mktemp("pages") / "data")
    with live_service(folder, TERTIUM_UNDO_SECONDS="1", **looks) as live:
        yield live


def addresses(session: httpx.Client, examples: dict[str, str]) -> list[str]:
    """Return where the service answers with a whole page."""
    app = create_app(Settings(), "postgresql+asyncpg:///nowhere")
    asked = {
        route.path for route in routes(app) if "GET" in (route.methods or ()) and route.path[:4] != "/v1/"
    }
    filled = [re.sub(r"\{(\w+)\}", lambda part: examples[part[1]], path) for path in sorted(asked)]
    return [path for path in filled if is_page(session, path)] + list(ASKED)


def is_page(session: httpx.Client, path: str) -> bool:
    """Whether an address answers with a page of its own: neither a file, nor a fragment, nor a stream."""
    with session.stream("GET", path) as answer:
        assert not answer.is_redirect or path == "/", f"{path} leads elsewhere: it needs another example"
        if path.startswith(FOR_ADMINS) and answer.status_code in {403, 422}:
            return False
        if answer.is_redirect or not answer.headers.get("content-type", "").startswith("text/html"):
            return False
        # A rollback that leads nowhere says so on a page of its own.
        assert answer.status_code in {200, 401, 409}, f"{path}: {answer.status_code}"
        return "<!DOCTYPE html>" in answer.read().decode()


class Look:
    """Looks at pages, keeps their pictures, and collects what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._axe = Axe()
        self.faults: list[str] = []

    def at(self, page: Page, name: str) -> None:
        """Look at what a page shows now, once its case can be judged."""
        rested(page)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for light in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if light == "dark" else "light")
                place = f"{name}-{width}-{light}"
                page.screenshot(path=self._folder / f"{place}.png", full_page=True)
                if (width, light) in EXAMINED:
                    self.faults += [f"{place}: {fault}" for fault in self._grave(page)]
            sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if sideways > 0:
                self.faults.append(f"{name} scrolls sideways by {sideways} px at {width}")

    def grave_faults(self) -> list[str]:
        """Return what is wrong with the pages, but for what is meant to be missing."""
        return [fault for fault in self.faults if "the server responded with a status of 40" not in fault]

    def _grave(self, page: Page) -> list[str]:
        found = self._axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [
            f"{each['id']} ({each['impact']}) at {node['target']}: {node['failureSummary']}"
            for each in found
            if each["impact"] in GRAVE or each["id"] in GRAVE_TOO
            for node in each["nodes"]
        ]


def some_history(live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client) -> None:
    """Let an analyst judge six cases, so that pages about work have something to say."""
    some_known(client)
    for amount in range(3000, 600, -400):
        a_case(client, amount)
    page = a_visitor(browser, contexts, live.link("ada", "analyst"))
    for key in ("f", "l", "e") * 2:
        expect(page.locator("#case")).to_be_visible()
        if key != "e" and page.locator("#verdict-form[data-first]").count():
            press(page, key)
            expect(page.locator("#first-said")).to_be_visible()
        press_and_go(page, key)
    wait_until(lambda: live.asked("SELECT count(*) AS n FROM verdicts")[0]["n"] == 6)
    page.context.close()
    contexts.remove(page.context)


def seen_and_blind(live: Live, client: httpx.Client) -> tuple[int, int]:
    """Post payments until there are a case with the machine's opinion and one without."""
    made: dict[bool, int] = {}
    for amount in range(400, 4000, 100):
        case_id = int(a_case(client, amount)["case_id"])
        made.setdefault(drawn_blind(live, case_id), case_id)
        if len(made) == 2:
            break
    # Some more on the same card, so that there is a campaign.
    for amount in range(100, 20, -10):
        a_case(client, amount)
    return made[False], made[True]


def a_group(live: Live, client: httpx.Client, *, several: int = 3) -> None:
    """Post payments until so many with the machine's opinion wait on one device."""
    for _ in range(60):
        several -= not drawn_blind(live, int(a_case(client, 90)["case_id"]))
        if not several:
            break


def a_proposal(live: Live) -> None:
    """Let an analyst, who has no case on their desk, say of a whole group what a second person confirms."""
    address = f"/linked-cases/{EXAMPLES['basis']}/{EXAMPLES['value']}"
    with logged_in(live, "hedy", "analyst") as session:
        page = session.get(f"{address}?all=true").text
        cases = re.findall(r'name="chosen"\s+value="([^"]*)"\s+checked', page)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        said = {"reason": "merchant_risk", "confirmed": "true", "judgement": "fraud"}
        session.post(address, data=hidden | said | {"chosen": cases})
    wait_until(lambda: live.asked("SELECT count(*) AS n FROM group_proposals")[0]["n"] == 1)


def some_jobs(live: Live) -> None:
    """Let there be a job that failed, and one that goes on."""
    live.asked(JOBS)
    live.asked(STEPS)
    live.asked(LISTED)


def test_every_page_is_open_to_everybody_and_fits_its_screen(
    live: Live, browser: Browser, contexts: list[BrowserContext], client: httpx.Client, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("TERTIUM_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    look = Look(folder)

    def visitor(name: str, role: str) -> Page:
        page = a_visitor(browser, contexts, live.link(name, role), reduced_motion="reduce")
        page.on("console", lambda message: look.faults.append(f"{page.url} says {message.text}"))
        page.on("pageerror", lambda error: look.faults.append(f"{page.url} breaks: {error}"))
        return page

    analyst, manager = visitor("joan", "analyst"), visitor("grace", "manager")
    shows_nothing(analyst)
    look.at(analyst, "desk-nothing")
    # An empty desk would take the first case that comes.
    analyst.goto(f"{live.url}/queue")
    some_history(live, browser, contexts, client)
    a_group(live, client)
    a_proposal(live)
    a_group(live, client)
    seen, blind = seen_and_blind(live, client)
    for colleague, case in (("joan", blind), ("grace", seen)):
        live.asked(OFFER, name=colleague, case_id=case)
    some_jobs(live)
    for case, form in ((blind, FORM), (seen, str(uuid4()))):
        live.asked(TALK, case_id=case, form=form)
    analyst.goto(f"{live.url}/review")
    expect(analyst.locator("#verdict-form[data-first]")).to_be_visible()
    look.at(analyst, "desk-blind")
    look_everywhere(live, manager, look, case_id=blind)
    look_at_access(live, visitor("margaret", "admin"), look)
    # The browser itself reports what is not there.
    assert not look.grave_faults(), "\n".join(look.grave_faults())


def look_at_access(live: Live, admin: Page, look: Look) -> None:
    """Look at what only an administrator sees: people, keys, and what is asked before a move."""
    for place in ("people", "people/3", "people/3/role", "people/3/deactivate", "keys", "keys/1/rotate"):
        admin.goto(f"{live.url}/{place}")
        look.at(admin, place.replace("/", "-"))


def look_everywhere(live: Live, page: Page, look: Look, *, case_id: int) -> None:
    """Look at all addresses that answer with a page, where a form leads, and where nothing is."""
    with httpx.Client(base_url=live.url, cookies=cookies_of(page), timeout=PATIENCE_SECONDS) as session:
        (case,) = live.asked("SELECT transaction_id FROM cases WHERE id = :case_id", case_id=case_id)
        own = {"case_id": str(case_id), "payment_key": str(case["transaction_id"]), "kind": "card"}
        places = addresses(session, EXAMPLES | own)
    group = f"/linked-cases/{EXAMPLES['basis']}/{EXAMPLES['value']}"
    assert {"/review", "/queue", "/help", "/login", "/thresholds", group, f"/cases/{case_id}"} <= set(places)
    for place in [*places, "/nowhere"]:
        page.goto(f"{live.url}{place}")
        look.at(page, re.sub(r"\W+", "-", place).strip("-"))
    page.goto(f"{live.url}/thresholds")
    bound = page.locator("#bound-approve")
    bound.fill(f"{float(bound.input_value()) - 3}")
    page.locator(".moves .link").first.click()
    expect(page.locator("h1")).to_contain_text("Payments")
    look.at(page, "thresholds-changes")


def cookies_of(page: Page) -> dict[str, str]:
    """Return a browser's cookies, for a client that needs no eyes."""
    return {
        each["name"]: each["value"] for each in page.context.cookies() if "name" in each and "value" in each
    }
