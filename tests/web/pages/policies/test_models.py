"""Installed models in the browser: who may look, and from a first draft by a button to deciding."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from tests.builders import csrf_token, rows, run, value
from tests.conftest import a_service
from tests.models import MODELS, shipped_under
from tests.service import Service
from tests.web.pages.policies.test_activation import fields_of
from tests.web.pages.submitting import submitted

OLDER, NEWER = "2026-01-01a", "2026-01-02a"
POLICIES = """
SELECT p.model_version, p.state, a.name, p.certificate ->> 'frauds' AS frauds, p.reason, p.parent_id
FROM policies p JOIN accounts a ON a.id = p.author_id ORDER BY p.id
"""
#: What an approver answers who knows nothing of a model's past here.
UNKNOWN_PAST = {"answer.window_empty": "It is a test.", "answer.window_short": "It is a test."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped model under two names; the newer one decides on a new database, both have a report."""
    models = shipped_under(tmp_path, OLDER, NEWER)
    newest_report = max(MODELS.glob("*/report.html"))
    for version in (OLDER, NEWER):
        shutil.copy(newest_report, models / version / "report.html")
    return models


@pytest.fixture
async def service(database_url: str, folder: Path) -> AsyncIterator[Service]:
    async with a_service(database_url, models_dir=folder) as running:
        yield running


@pytest.fixture
async def people(service: Service) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """Everybody's browser, two managers' among them."""
    async with AsyncExitStack() as stack:
        names = {role.value: role for role in Role if role is not Role.SYSTEM} | {"second": Role.MANAGER}
        yield {
            name: await stack.enter_async_context(await service.browser(await service.person(role, name)))
            for name, role in names.items()
        }


async def pressed(service: Service, browser: httpx.AsyncClient, version: str) -> httpx.Response:
    """Press the button of a version."""
    token = await csrf_token(service, browser)
    return await browser.post(f"/models/{version}/draft", data={"csrf_token": token})


async def test_who_sees_policies_sees_models_and_only_managers_draft(
    service: Service, people: dict[str, httpx.AsyncClient], engine: AsyncEngine
) -> None:
    for name, browser in people.items():
        may_see = name in {"manager", "second", "auditor", "admin"}
        may_draft = name in {"manager", "second"}
        for address in ("/models", f"/models/{OLDER}/report"):
            answer = await browser.get(address)
            assert answer.status_code == (200 if may_see else 403), (name, address)
        page = (await browser.get("/models")).text
        assert (f'action="/models/{OLDER}/draft"' in page) is may_draft, name
        assert f'action="/models/{NEWER}/draft"' not in page
        if not may_draft:
            assert (await pressed(service, browser, OLDER)).status_code == 403
    assert await value(engine, "SELECT count(*) FROM policies") == 1


async def test_a_model_is_told_by_its_card_its_schema_and_its_standing(
    people: dict[str, httpx.AsyncClient],
) -> None:
    page = (await people["auditor"].get("/models")).text
    newer, older = page.index(f'id="model-{NEWER}"'), page.index(f'id="model-{OLDER}"')
    assert newer < older
    assert ">active<" in page[newer:older]
    assert 'href="/thresholds/versions/1"' in page[newer:older]
    assert ">not used<" in page[older:]
    for said in ("creditcard-sample.csv", "Average precision", "0.793 to 0.875", "V28", "numeric"):
        assert said in page[older:]
    assert "Of 100 frauds it approves at most 15, with 95\u202f% confidence" in page[older:]
    for address in ("/thresholds", "/thresholds/history"):
        assert 'href="/models"' in (await people["auditor"].get(address)).text


async def test_a_draft_by_the_button_is_approved_by_a_second_manager_and_decides(
    service: Service, people: dict[str, httpx.AsyncClient], engine: AsyncEngine
) -> None:
    grace, barbara = people["manager"], people["second"]
    done = await pressed(service, grace, OLDER)
    address = done.headers["Location"].partition("?")[0]
    assert (done.status_code, address) == (303, "/thresholds/versions/2")
    draft = (await rows(engine, POLICIES))[1]
    assert tuple(draft)[:4] == (OLDER, "simulated", "manager", "351")
    assert draft.reason.startswith("First policy of model")
    assert "its model is shipped with" in (await grace.get(done.headers["Location"])).text
    mine = await grace.get(address)
    assert "another manager must approve it" in mine.text
    lab = await grace.get("/thresholds?from=2")
    assert dict(submitted(lab.text))["model_version"] == OLDER
    await service.post(service.body())

    signed = await barbara.post(
        f"{address}/approve", data=fields_of(await barbara.get(address)) | UNKNOWN_PAST
    )
    assert signed.headers["Location"] == f"{address}?done=approved", signed.text
    asked = await barbara.get(f"{address}/activate")
    decides = await barbara.post(f"{address}/activate", data=fields_of(asked) | {"reason": "It is better."})
    assert decides.headers["Location"] == "/thresholds?activated=2", decides.text
    answer = (await service.post(service.body())).json()
    assert (answer["policy_version"], answer["model_version"]) == (2, OLDER)
    page = (await barbara.get("/models")).text
    assert ">active<" in page[page.index(f'id="model-{OLDER}"') :]
    assert ">retired<" in page[: page.index(f'id="model-{OLDER}"')]
    assert f'action="/models/{NEWER}/draft"' in page


async def test_a_first_draft_looks_on_from_the_shadow_of_the_active_model(
    service: Service, people: dict[str, httpx.AsyncClient], engine: AsyncEngine
) -> None:
    grace = people["manager"]
    await pressed(service, grace, OLDER)
    fields = fields_of(await grace.get("/thresholds/versions/2"))
    begun = await grace.post("/thresholds/versions/2/shadow", data=fields)
    assert begun.headers["Location"] == "/thresholds/versions/2?done=shadow", begun.text
    await service.post(service.body())
    said = "SELECT policy_id, s.model_version FROM shadow_decisions JOIN shadow_scores s ON s.id = score_id"
    assert await rows(engine, said) == [(2, OLDER)]
    page = (await grace.get("/models")).text
    assert ">in shadow<" in page[page.index(f'id="model-{OLDER}"') :]


async def test_a_button_pressed_again_leads_to_the_same_draft(
    service: Service, people: dict[str, httpx.AsyncClient], engine: AsyncEngine
) -> None:
    """Twice at once by two managers, and once more: there is one draft."""
    answers = await asyncio.gather(*(pressed(service, people[name], OLDER) for name in ("manager", "second")))
    answers.append(await pressed(service, people["manager"], OLDER))
    assert {answer.headers["Location"] for answer in answers} == {"/thresholds/versions/2?done=first"}
    assert await value(engine, "SELECT count(*) FROM policies") == 2
    assert f'action="/models/{OLDER}/draft"' not in (await people["manager"].get("/models")).text
    fields = fields_of(await people["manager"].get("/thresholds/versions/2"))
    await people["manager"].post("/thresholds/versions/2/retire", data=fields)
    again = await pressed(service, people["manager"], OLDER)
    assert again.headers["Location"] == "/thresholds/versions/3?done=first"


async def test_a_model_that_comes_while_the_service_runs_is_drafted_without_a_restart(
    service: Service, people: dict[str, httpx.AsyncClient], engine: AsyncEngine, folder: Path
) -> None:
    late = "2026-01-03a"
    shipped_under(folder, late)
    assert "Not registered here yet." in (await people["manager"].get("/models")).text
    assert (await pressed(service, people["manager"], late)).status_code == 303
    assert tuple((await rows(engine, POLICIES))[1])[:3] == (late, "simulated", "manager")
    assert "Not registered here yet." not in (await people["manager"].get("/models")).text


async def test_what_the_start_has_drafted_of_a_new_model_is_not_drafted_again(
    database_url: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    async with a_service(database_url, models_dir=shipped_under(tmp_path, OLDER)):
        pass
    shipped_under(tmp_path, NEWER)
    async with a_service(database_url, models_dir=tmp_path) as service:
        grace = await service.browser(await service.person(Role.MANAGER))
        page = (await grace.get("/models")).text
        assert ">waits for approval<" in page[: page.index(f'id="model-{OLDER}"')]
        assert f'action="/models/{NEWER}/draft"' not in page
        led = await pressed(service, grace, NEWER)
        assert led.headers["Location"] == "/thresholds/versions/2?done=first"
    assert [tuple(row)[:3] for row in await rows(engine, POLICIES)] == [
        (OLDER, "active", "system:train"),
        (NEWER, "draft", "system:train"),
    ]


async def test_a_model_under_the_name_of_another_is_refused(
    service: Service, people: dict[str, httpx.AsyncClient], engine: AsyncEngine, folder: Path
) -> None:
    known = "INSERT INTO models (version, sha256, card, registered_at) VALUES (:version, 'abc', '{}', now())"
    await run(engine, known, version="2026-01-03a")
    shipped_under(folder, "2026-01-03a")
    page = (await people["auditor"].get("/models")).text
    assert "Model 2026-01-03a is not the one this database knows by that name" in page
    refused = await pressed(service, people["manager"], "2026-01-03a")
    assert refused.status_code == 409
    assert "Nothing was drafted: Model 2026-01-03a is not the one" in refused.text
    assert await value(engine, "SELECT count(*) FROM policies") == 1


async def test_a_damaged_model_is_listed_with_why_and_never_drafted(
    service: Service, people: dict[str, httpx.AsyncClient], engine: AsyncEngine, folder: Path
) -> None:
    damaged = shipped_under(folder, "2026-01-03a") / "2026-01-03a"
    (damaged / "model.safetensors").write_bytes(b"nothing of the kind")
    (folder / "2026-01-04a").mkdir()
    (folder / "2026-01-04a" / "card.json").write_text("no card")
    page = (await people["manager"].get("/models")).text
    assert page.count(">damaged<") == 2
    assert "model.safetensors is not the file its card names" in page
    assert "Model 2026-01-04a is damaged or of another format" in page
    assert f'action="/models/{damaged.name}/draft"' not in page
    refused = await pressed(service, people["manager"], damaged.name)
    assert refused.status_code == 409
    assert "Nothing was drafted: model 2026-01-03a: model.safetensors is not the file" in refused.text
    assert await value(engine, "SELECT count(*) FROM policies") == 1


@pytest.mark.parametrize("version", ["2020-01-01a", "..", "%2e%2e", "..%2f..%2fetc", "a b", "\u05d0"])
async def test_no_name_but_those_in_the_folder_leads_anywhere(
    service: Service, people: dict[str, httpx.AsyncClient], version: str
) -> None:
    assert (await people["auditor"].get(f"/models/{version}/report")).status_code == 404
    assert (await pressed(service, people["manager"], version)).status_code == 404


async def test_a_report_is_served_as_it_is_and_nothing_of_it_runs(
    people: dict[str, httpx.AsyncClient], folder: Path
) -> None:
    answer = await people["auditor"].get(f"/models/{OLDER}/report")
    assert answer.content == (folder / OLDER / "report.html").read_bytes()
    assert answer.headers["Content-Type"].startswith("text/html")
    told = [part.strip() for part in answer.headers["Content-Security-Policy"].split(";")]
    assert {"default-src 'none'", "style-src 'unsafe-inline'", "sandbox", "frame-ancestors 'none'"} <= set(
        told
    )
    assert not any(part.startswith("script-src") for part in told)
    assert answer.headers.get_list("Content-Security-Policy") == [answer.headers["Content-Security-Policy"]]
    (folder / OLDER / "report.html").unlink()
    assert (await people["auditor"].get(f"/models/{OLDER}/report")).status_code == 404
    page = (await people["auditor"].get("/models")).text
    assert f"/models/{OLDER}/report" not in page
    assert f"/models/{NEWER}/report" in page
