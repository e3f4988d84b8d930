"""The lab over HTTP as a browser without scripts uses it: what is kept is what was shown, or nothing is."""

import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import httpx
import pytest
import pytest_asyncio

from app.review.access.people import Role
from app.triage.policies.document import digest_of, document_of, policy_of
from app.triage.policies.policy import Policy
from app.triage.policies.toml import toml_of
from app.web.pages.policies.lab import inputs
from app.web.pages.policies.lab.form import LabForm
from app.web.pages.policies.lab.inputs import policy_in
from tests.service import Service
from tests.web.api.policies.policy_calls import Caller, Document, a_caller, active, document, refused, told
from tests.web.pages.policies.drawn_policies import LOCALES, as_typed, drawn_policy
from tests.web.pages.policies.two_managers import EMPTY
from tests.web.pages.submitting import Fields, controls, sent, submitted, typed_numbers

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWER = re.compile(r"answer\.[a-z_]+")


@dataclass(frozen=True, kw_only=True)
class LabVisit:
    """A manager's browser at the lab, and their program beside it."""

    browser: httpx.AsyncClient
    caller: Caller

    async def page(self, address: str = "/thresholds") -> str:
        answer = await self.browser.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def press(self, address: str, fields: Fields) -> httpx.Response:
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields)
        return await self.browser.post(address, content=body, headers=content)

    async def keep(self, page: str, **typed: str) -> httpx.Response:
        """Answer every warning the page shows, say why, and press the button that keeps."""
        answers = {each.name: "It is a test." for each in controls(page) if ANSWER.fullmatch(each.name)}
        return await self.press("/thresholds/drafts", submitted(page, **answers, reason="A trial.", **typed))

    async def kept(self, page: str) -> Policy:
        """Return the policy of the version that a page keeps."""
        answer = await self.keep(page)
        assert answer.status_code == 303, answer.text
        number = answer.headers["Location"].partition("?")[0].rpartition("/")[2]
        return policy_of(told(await self.caller.get(f"/{number}"))["document"])

    async def drafted(self, policy: Policy) -> Document:
        """Keep a policy by the API; return the version."""
        guards = ("bounds_out_of_order", "over_capacity", "promise_broken", "superseded")
        answers = EMPTY | dict.fromkeys(guards, "Yes.")
        body = {"document": document_of(policy), "reason": "A file.", "answers": answers}
        version: Document = told(await self.caller.post("", body), 201)
        return version


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(shared_service: Service) -> AsyncIterator[LabVisit]:
    caller = await a_caller(shared_service, Role.MANAGER, "grace")
    async with await shared_service.browser(caller.account) as browser:
        yield LabVisit(browser=browser, caller=caller)


@pytest.mark.parametrize("seed", range(30))
async def test_a_drawn_policy_is_drafted_tried_and_kept_as_it_was_shown(bench: LabVisit, seed: int) -> None:
    model = (await active(bench.caller))["document"]["model_version"]
    policy = drawn_policy(random.Random(seed), model)
    version = await bench.drafted(policy)
    assert version["digest"] == digest_of(policy)
    page = await bench.page(f"/thresholds?from={version['id']}")
    of = controls(page)
    typed = {name: as_typed(text, LOCALES[seed % 3]) for name, text in typed_numbers(of).items()}
    tried = await bench.press("/thresholds/simulate", sent(of, typed))
    assert tried.status_code == 200, tried.text
    assert dict(submitted(tried.text))["digest"] == digest_of(policy)
    kept = await bench.kept(tried.text)
    assert toml_of(kept).encode() == toml_of(policy).encode()


async def test_what_was_proposed_with_bands_is_kept_with_them(bench: LabVisit) -> None:
    page = await bench.page()
    proposed = await bench.press("/thresholds/propose", submitted(_choosing(page, "cost")))
    shown = dict(submitted(proposed.text))
    starts = [name for name, value in shown.items() if name.endswith(".amount_from") and value]
    assert len(starts) > 1
    kept = await bench.kept(proposed.text)
    assert len(kept.bands) == len(starts)
    assert digest_of(kept) == shown["digest"]


async def test_a_field_changed_since_the_figures_came_is_shown_before_it_is_kept(
    bench: LabVisit,
) -> None:
    known = told(await bench.caller.get())["policies"]
    page = await bench.page()
    answer = await bench.keep(page, approve_at_most="-9.5")
    assert answer.status_code == 409
    assert "not what you were shown" in answer.text
    assert told(await bench.caller.get())["policies"] == known
    kept = await bench.kept(answer.text)
    assert kept.approve_at_most == -9.5


async def test_a_warning_without_an_answer_is_pointed_at(bench: LabVisit) -> None:
    answer = await bench.press("/thresholds/drafts", submitted(await bench.page(), reason="A trial."))
    assert answer.status_code == 422
    assert answer.text.count("Answer this first") == 1
    (wrong,) = [each for each in controls(answer.text) if "aria-invalid" in each.attributes]
    assert wrong.name == "answer.window_empty"


@pytest.mark.parametrize("lost", ["digest", "setting"])
async def test_a_page_that_does_not_say_what_it_showed_keeps_nothing(bench: LabVisit, lost: str) -> None:
    page = await bench.page()
    answers = {each.name: "It is a test." for each in controls(page) if ANSWER.fullmatch(each.name)}
    fields = submitted(page, **answers, reason="A trial.")
    assert (
        await bench.press("/thresholds/drafts", [each for each in fields if each[0] != lost])
    ).status_code == 409


async def test_bands_come_back_from_the_list_of_what_changes(bench: LabVisit) -> None:
    bands = {"bands.0.amount_from": "500", "bands.0.approve_at_most": "-9", "bands.0.decline_at_least": "2.5"}
    tried = await bench.press("/thresholds/simulate", submitted(await bench.page(), **bands))
    listed = await bench.press("/thresholds/changes", submitted(tried.text))
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', listed.text)
    back = await bench.press("/thresholds/simulate", hidden)
    assert dict(submitted(back.text))["digest"] == dict(submitted(tried.text))["digest"]
    assert (await bench.kept(back.text)).bands[0].amount_from == 500


async def test_bands_are_added_and_removed_without_scripts(bench: LabVisit) -> None:
    page = await bench.page()
    more = await bench.press("/thresholds/simulate", [*submitted(page), ("rows", "add")])
    rows = [each.name for each in controls(more.text) if each.name.endswith(".amount_from")]
    assert rows == ["bands.0.amount_from", "bands.1.amount_from"]
    filled: dict[str, str] = {}
    for row, start in enumerate(("100", "500")):
        filled |= {f"bands.{row}.amount_from": start, f"bands.{row}.approve_at_most": "-9"}
        filled |= {f"bands.{row}.decline_at_least": "2,5"}
    both = await bench.press("/thresholds/simulate", submitted(more.text, **filled))
    less = await bench.press("/thresholds/simulate", [*submitted(both.text), ("rows", "remove.0")])
    kept = await bench.kept(less.text)
    assert [(band.amount_from, band.bounds.decline_at_least) for band in kept.bands] == [(500, 2.5)]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("bands.0.amount_from", "abc", "Amount band 1, amounts from: “abc” is not a number"),
        (
            "costs.detection_rate",
            "150",
            "Invalid value: Frauds an analyst finds must be from 0 to 100 (%), not 150.",
        ),
        ("costs.review", "1.000", "may mean 1000 or 1."),
        ("since", "yesterday", "The window&#39;s beginning: “yesterday” is not a moment"),
        ("until", "", "The window&#39;s end: It is missing"),
        ("urgency_tau_minutes", "\uff11\uff12", "“\uff11\uff12” is not a number"),
    ],
)
async def test_a_mistake_is_told_once_at_its_field_and_keeps_nothing(
    bench: LabVisit, name: str, text: str, says: str
) -> None:
    page = await bench.page()
    for address in ("/thresholds/simulate", "/thresholds/drafts", "/thresholds/propose"):
        answer = await bench.press(address, submitted(page, reason="A trial.", **{name: text}))
        assert answer.status_code == 422
        assert answer.text.count(says) == 1
        (wrong,) = [each for each in controls(answer.text) if "aria-invalid" in each.attributes]
        assert wrong.name == name
        assert "autofocus" in wrong.attributes


async def test_a_promise_that_cannot_be_kept_is_refused_once(bench: LabVisit) -> None:
    page = _choosing(await bench.page(), "promise")
    answer = await bench.press("/thresholds/propose", submitted(page, miss_rate="0.5"))
    assert answer.status_code == 422
    assert answer.text.count("598 known frauds are needed") == 1


async def test_a_step_is_taken_and_kept_as_it_was_shown(bench: LabVisit) -> None:
    page = await bench.page()
    assert "What a promise costs" in page
    rates = re.findall(r'name="step"\s+value="([0-9.]+)"', page)
    assert len(rates) > 2
    taken = await bench.press("/thresholds/step", [*submitted(page), ("step", rates[1])])
    assert taken.status_code == 200, taken.text
    shown = dict(submitted(taken.text))
    assert (shown["set_by"], shown["chosen_among"], shown["confidence"]) == ("promise", str(len(rates)), "95")
    assert taken.text.count(f"Chosen among {len(rates)} steps") == 1
    said = re.findall("Chosen among [0-9]+ bounds after looking", taken.text)
    # Beside the button, and in what is signed.
    assert len(said) == 2
    assert rates[1] not in re.findall(r'name="step"\s+value="([0-9.]+)"', taken.text)
    kept = await bench.keep(taken.text)
    assert kept.status_code == 303, kept.text
    number = kept.headers["Location"].partition("?")[0].rpartition("/")[2]
    version = told(await bench.caller.get(f"/{number}"))
    assert version["digest"] == shown["digest"]
    certificate = version["certificate"]
    assert f"Chosen among {certificate['chosen_among']} bounds after looking" == said[0]
    assert certificate["chosen_among"] % len(rates) == 0
    assert certificate["confidence"] == 0.95
    assert certificate["miss_rate_at_most"] == float(rates[1])
    looked = await bench.page(f"/thresholds/versions/{version['id']}")
    assert said[0] in looked


async def test_what_was_chosen_among_many_cannot_be_kept_as_chosen_among_one(bench: LabVisit) -> None:
    page = await bench.page()
    (rate, *_) = re.findall(r'name="step"\s+value="([0-9.]+)"', page)
    taken = await bench.press("/thresholds/step", [*submitted(page), ("step", rate)])
    assert (await bench.keep(taken.text, chosen_among="1")).status_code == 409


async def test_a_step_nobody_was_offered_is_refused(bench: LabVisit) -> None:
    answer = await bench.press("/thresholds/step", [*submitted(await bench.page()), ("step", "0.33")])
    assert answer.status_code == 422
    assert answer.text.count("This step is not offered any more.") == 1


async def test_an_offset_that_is_typed_is_kept(bench: LabVisit) -> None:
    moments = {"since": "2026-05-01T14:00:00+02:00", "until": "2026-05-02T14:00:00+02:00"}
    answer = await bench.press("/thresholds/simulate", submitted(await bench.page(), **moments))
    assert answer.status_code == 200
    shown = dict(submitted(answer.text))
    assert (shown["since"], shown["until"]) == ("2026-05-01T12:00:00", "2026-05-02T12:00:00")


async def test_a_reason_with_the_line_ends_of_browsers_is_as_long_as_it_was_typed(bench: LabVisit) -> None:
    page = await bench.page()
    answers = {each.name: "It is a test." for each in controls(page) if ANSWER.fullmatch(each.name)}
    whole = "\n".join(["a"] * 500) + "b"
    answer = await bench.press("/thresholds/drafts", submitted(page, **answers, reason=whole))
    assert answer.status_code == 303
    longer = await bench.press("/thresholds/drafts", submitted(page, **answers, reason=f"{whole}c"))
    assert longer.status_code == 422
    assert "At most 1000 characters, not 1001." in longer.text


async def test_the_api_keeps_only_the_policy_whose_digest_it_was_told(bench: LabVisit) -> None:
    found = await document(bench.caller, approve_at_most=-9.25)
    simulated = told(await bench.caller.post("/simulate", {"document": found}))
    body = {"document": found, "reason": "A trial.", "answers": EMPTY}
    other = body | {"document": found | {"approve_at_most": -9.0}, "digest": simulated["digest"]}
    refused(await bench.caller.post("", other), 409, "policy-not-as-shown")
    refused(await bench.caller.post("", body | {"digest": "f" * 63}), 422)
    kept = told(await bench.caller.post("", body | {"digest": simulated["digest"]}), 201)
    assert kept["digest"] == simulated["digest"]


@pytest.mark.parametrize("typed", ["1_0", "\uff11", "1e1", "+1", "0x1", " 1"])
async def test_a_number_in_an_address_is_digits_alone(bench: LabVisit, typed: str) -> None:
    for address, name in (("", "limit"), ("", "before"), ("/history", "policy_id")):
        assert refused(await bench.caller.get(address, **{name: typed}), 422)["errors"][0]["field"] == name
    for page in ("/thresholds?from=", "/quality?days=", "/quality/cases?before="):
        assert (await bench.browser.get(f"{page}{quote(typed)}")).status_code == 422


async def test_an_address_does_not_say_of_a_version_that_it_decides(bench: LabVisit) -> None:
    assert "Version 99 decides" not in await bench.page("/thresholds?activated=99")
    number = (await active(bench.caller))["id"]
    assert f"Version {number} decides every payment" in await bench.page(f"/thresholds?activated={number}")


async def test_a_schedule_without_a_moment_says_what_is_missing(bench: LabVisit) -> None:
    number = (await active(bench.caller))["id"]
    page = await bench.page(f"/thresholds/versions/{number}")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    for text, says in (("", "It is missing"), ("2026-05-01", "“2026-05-01” is not a moment")):
        fields = [("csrf_token", token[1]), ("from", str(number)), ("at", text)]
        answer = await bench.press(f"/thresholds/versions/{number}/schedule", fields)
        assert answer.status_code == 422
        assert answer.text.count(f"When it begins to decide: {says}") == 1


def _choosing(page: str, way: str) -> str:
    """Return the page with another way to set bounds chosen."""
    plain = re.sub(r"(name=\"set_by\"\s+value=\"\w+\"\s+)checked", r"\1", page)
    return re.sub(rf"(name=\"set_by\"\s+value=\"{way}\"\s+)", r"\1checked ", plain)


async def test_a_form_is_read_once_a_request_whether_it_is_kept_or_refused(
    bench: LabVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await bench.page()
    read: list[LabForm] = []

    def counted(form: LabForm) -> Policy:
        read.append(form)
        return policy_in(form)

    monkeypatch.setattr(inputs, "policy_in", counted)
    times = []
    for address, typed in (
        ("simulate", {}),
        ("drafts", {"approve_at_most": "-9.5"}),  # shown again
        ("drafts", {"approve_at_most": "no number"}),  # shown again, with its mistake
        ("changes", {}),
    ):
        read.clear()
        await bench.press(f"/thresholds/{address}", submitted(page, **typed))
        times.append(len(read))
    assert times == [1, 1, 1, 1]
