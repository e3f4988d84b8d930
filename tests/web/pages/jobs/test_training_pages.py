"""Training from the browser: a file is chosen, its schema looked at, a real training runs, and is told."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.review.access.people import Role
from app.review.jobs import JobKind, JobState
from tests.builders import csrf_token, rows, value
from tests.conftest import a_service
from tests.models import shipped_under
from tests.own_payments import RECIPE, SCHEMA, write_own_payments
from tests.service import Service
from tests.web.pages.submitting import submitted
from tests.workflows.jobs.runners import until_state

#: In the made-up file distance alone tells nearly all, and the shop does know it before.
KNOWN = SCHEMA.replace("digits = 1", "digits = 1\nknown_before = true")
#: A check and a training, each with a start of the command, on a busy machine.
TRAINED_SECONDS = 180
CARD = "4111111111111111"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A training folder with one file, its schema beside it."""
    folder = tmp_path / "training"
    folder.mkdir()
    write_own_payments(folder, rows=1500, frauds=200)
    (folder / "schema.toml").write_text(KNOWN, encoding="utf-8")
    return folder


@pytest.fixture
async def service(database_url: str, folder: Path, tmp_path: Path) -> AsyncIterator[Service]:
    recipe = tmp_path / "small.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    models = shipped_under(tmp_path / "models", "2026-01-01a")
    async with a_service(
        database_url,
        models_dir=models,
        training_files_dir=folder,
        training_upload_mb=1,
        training_recipe=recipe,
    ) as running:
        yield running


@pytest.fixture
async def grace(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with await service.browser(await service.person(Role.MANAGER, "grace")) as browser:
        yield browser


async def looked_at(browser: httpx.AsyncClient, file: str = "orders.csv", **said: str) -> str:
    answer = await browser.get("/models/train", params={"file": file, **said})
    assert answer.status_code == 200, answer.text
    return answer.text


async def started(browser: httpx.AsyncClient, page: str, **typed: str) -> httpx.Response:
    fields = dict(submitted(page, "start-form", **typed))
    return await browser.post("/models/train/start", data=fields)


def job_of(answer: httpx.Response) -> int:
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].removeprefix("/jobs/"))


async def test_from_a_file_to_an_installed_model(
    service: Service, grace: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    assert "orders.csv" in (await grace.get("/models/train")).text
    page = await looked_at(grace)
    answer = await started(grace, page)
    # The form sent twice, and a second person's at the same time, ask for the same.
    assert job_of(await started(grace, page)) == job_of(answer)
    async with await service.browser(await service.person(Role.ADMIN)) as admin:
        assert job_of(await started(admin, await looked_at(admin))) == job_of(answer)
    job = await until_state(
        service.services.jobs.jobs, job_of(answer), JobState.SUCCEEDED, seconds=TRAINED_SECONDS
    )
    assert await value(engine, "SELECT count(*) FROM jobs") == 1
    told = (await grace.get(f"/jobs/{job.id}")).text
    assert "1,500 payments, 4 features" in told
    assert f'href="/models#model-{job.produced}"' in told
    assert "succeeded" in (await grace.get("/jobs")).text
    models = (await grace.get("/models")).text
    assert f'id="model-{job.produced}"' in models
    assert f'action="/models/{job.produced}/draft"' in models
    token = await csrf_token(service, grace)
    drafted = await grace.post(f"/models/{job.produced}/draft", data={"csrf_token": token})
    assert drafted.headers["Location"].startswith("/thresholds/versions/")


async def test_a_training_that_fails_says_why_and_shows_all_faults_of_the_check(
    service: Service, grace: httpx.AsyncClient, folder: Path
) -> None:
    lines = (folder / "orders.csv").read_text().splitlines()
    leak = [f"{line};{line.rpartition(';')[2] == 'fraudulent':d}" for line in lines[1:]]
    (folder / "orders.csv").write_text("\n".join([f"{lines[0]};Refunded", *leak]) + "\n")
    column = '\n[[features]]\nname = "refunded"\ncolumn = "Refunded"\nkind = "numeric"\n'
    (folder / "schema.toml").write_text(KNOWN + column)
    job_id = job_of(await started(grace, await looked_at(grace)))
    job = await until_state(service.services.jobs.jobs, job_id, JobState.FAILED, seconds=TRAINED_SECONDS)
    assert job.outcome == "The check found faults, which are told below; nothing was trained."
    told = (await grace.get(f"/jobs/{job_id}")).text
    assert "LEAK refunded" in told
    assert "Traceback" not in told


async def test_a_file_that_vanishes_or_changes_is_never_trained_on(
    service: Service, grace: httpx.AsyncClient, folder: Path
) -> None:
    page = await looked_at(grace)
    (folder / "orders.csv").write_text("another one")
    changed = await started(grace, page)
    assert (changed.status_code, "has changed since this page was made" in changed.text) == (409, True)
    page = await looked_at(grace)
    await service.services.pulse.stop()
    job_id = job_of(await started(grace, page))
    (folder / "orders.csv").unlink()
    assert (await started(grace, page)).status_code == 404
    await service.services.jobs.runner.run(JobKind.TRAINING, job_id)
    job = await until_state(service.services.jobs.jobs, job_id, JobState.FAILED, seconds=TRAINED_SECONDS)
    assert job.outcome == "The file orders.csv is not in the training folder any more."


async def test_a_schema_is_guessed_and_its_questions_answered_before_anything_starts(
    grace: httpx.AsyncClient, folder: Path, engine: AsyncEngine
) -> None:
    (folder / "schema.toml").unlink()
    text = (folder / "orders.csv").read_text()
    (folder / "orders.csv").write_text(re.sub("fraudulent|genuine", lambda word: word[0][0], text))
    page = await looked_at(grace)
    assert "Open questions" in page
    refused = await started(grace, page)
    assert (refused.status_code, "leaves questions open" in refused.text) == (422, True)
    assert await value(engine, "SELECT count(*) FROM jobs") == 0
    answered = await looked_at(grace, label="Verdict", dates="day-first")
    assert 'column = "Verdict"' in answered.replace("&#34;", '"')


async def test_what_cannot_be_a_schema_is_refused_at_the_form_with_its_faults(
    grace: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    page = await looked_at(grace)
    for typed, told in (
        (SCHEMA.replace('kind = "count"', 'kind = "colour"'), "colour"),
        ("not = [toml", "cannot be used as it stands"),
        (f"# {CARD}\n{SCHEMA}", "must not hold a card number"),
    ):
        answer = await started(grace, page, schema_text=typed)
        assert (answer.status_code, told in answer.text) == (422, True), told
    assert await value(engine, "SELECT count(*) FROM jobs") == 0


async def test_a_sent_file_is_kept_until_its_job_has_ended(
    service: Service, grace: httpx.AsyncClient, folder: Path
) -> None:
    content = (folder / "orders.csv").read_bytes()
    token = await csrf_token(service, grace)

    async def sent(body: bytes, name: str = "mine.csv", **headers: str) -> httpx.Response:
        return await grace.put(f"/models/train/files/{name}", content=body, headers=headers)

    assert (await sent(content)).status_code == 403
    assert (await sent(b"x" * 1_000_001, **{"X-CSRF-Token": token})).status_code == 413
    assert (await sent(content, "mine.exe", **{"X-CSRF-Token": token})).status_code == 422
    kept = await sent(content, **{"X-CSRF-Token": token})
    assert kept.status_code == 201
    page = await looked_at(grace, kept.text)
    assert "deleted when its job has ended" in page
    await service.services.pulse.stop()
    job_id = job_of(await started(grace, page, schema_text=SCHEMA))
    received = service.services.jobs.received
    await received.forget()
    assert (folder / kept.text).exists()
    assert (await grace.post(f"/jobs/{job_id}/cancel", data={"csrf_token": token})).status_code == 303
    await received.forget()
    assert not (folder / kept.text).exists()


async def test_only_managers_and_administrators_see_jobs_and_ask_for_them(service: Service) -> None:
    for role in Role:
        if role is Role.SYSTEM:
            continue
        may = role in {Role.MANAGER, Role.ADMIN}
        async with await service.browser(await service.person(role)) as browser:
            for address in ("/jobs", "/models/train", "/v1/jobs"):
                assert (await browser.get(address)).status_code == (200 if may else 403), (role, address)
            token = await csrf_token(service, browser)
            answer = await browser.put(
                "/models/train/files/a.csv", content=b"1", headers={"X-CSRF-Token": token}
            )
            assert answer.status_code == (201 if may else 403)


async def test_programs_read_the_same(
    service: Service, grace: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await service.services.pulse.stop()
    job_id = job_of(await started(grace, await looked_at(grace)))
    listed: dict[str, Any] = (await grace.get("/v1/jobs")).json()
    assert [(each["id"], each["state"], each["subject"]) for each in listed["jobs"]] == [
        (job_id, "queued", "orders.csv")
    ]
    assert listed["next_before"] is None
    one = (await grace.get(f"/v1/jobs/{job_id}")).json()
    assert (one["asked_by"], one["steps"], "arguments" in one) == ("Grace", [], False)
    assert (await grace.get("/v1/jobs/99")).status_code == 404
    assert len(await rows(engine, "SELECT id FROM jobs")) == 1
