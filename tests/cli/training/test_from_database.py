"""`tertium train --from-database`: payments posted and judged, a model learned from them, a draft of it."""

import asyncio
import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from app.artifacts import load_model
from app.cli.commands import tertium
from app.cli.server.place import utc_now
from app.cli.training.labelled_files import WHOLE, _own_payments
from app.database.server.session import connect, driver_statement
from app.datasets.payment_files.schema_file import read_schema
from app.review.access.people import Role
from app.review.case import Judgement, VerdictReason
from app.triage.labels import Label
from app.workflows.models.stored_training import Asked, StoredTraining, stored_training
from tests.builders import ALL_UNKNOWN, a_desk, rows, value, with_policy
from tests.conftest import a_service
from tests.databases import Databases
from tests.own_payments import HISTORY, SCHEMA, train_own_model
from tests.service import Service

ROWS, JUDGED, UNSTATED = 2_400, 12, 5
VIENNA = ZoneInfo("Europe/Vienna")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A folder with models, schema and file, and a database whose payments were posted and judged."""

    folder: Path
    url: str
    #: Frauds and legits of each source, counted as they were given.
    given: Counter[tuple[str, bool]]
    known_at: datetime


def recorded(folder: Path) -> list[dict[str, Any]]:
    """Return the first rows of the file as bodies, each with its truth."""
    with (folder / "orders.csv").open(encoding="utf-8") as file:
        cells = list(csv.DictReader(file, delimiter=";"))[:ROWS]
    return [
        {
            "body": {
                "transaction_id": each["Order"],
                "occurred_at": datetime.strptime(each["Paid at"], "%d.%m.%Y %H:%M")
                .replace(tzinfo=VIENNA)
                .isoformat(),
                "amount": each["Total"].replace(",", "."),
                "currency": "EUR",
                "features": {
                    "distance": None
                    if each["Distance (km)"] == "NA"
                    else float(each["Distance (km)"].replace(",", ".")),
                    "orders_before": int(each["Orders before"]),
                    "category": each["Category"],
                    "chip": each["Chip"] == "Y",
                },
                "attributes": {"card": each["Card"], "device": each["Device"]},
            },
            "is_fraud": each["Verdict"] == "fraudulent",
        }
        for each in cells
    ]


def a_label(each: dict[str, Any], source: str, propensity: float | None) -> dict[str, Any]:
    told = {
        "transaction_id": each["body"]["transaction_id"],
        "label": "fraud" if each["is_fraud"] else "legit",
        "source": source,
        "occurred_at": each["body"]["occurred_at"],
        "learned_at": (datetime.fromisoformat(each["body"]["occurred_at"]) + timedelta(days=2)).isoformat(),
    }
    return told if propensity is None else told | {"propensity": propensity}


async def posted(service: Service, payments: list[dict[str, Any]]) -> None:
    for begin in range(0, len(payments), 400):
        bodies = [each["body"] for each in payments[begin : begin + 400]]
        answer = await service.client.post("/v1/transactions/batch", json=bodies, headers=service.headers)
        assert answer.status_code == 200, answer.text


async def labelled(service: Service, labels: list[dict[str, Any]]) -> None:
    for begin in range(0, len(labels), 400):
        body = {"labels": labels[begin : begin + 400]}
        answer = await service.client.post("/v1/labels", json=body, headers=service.headers)
        assert answer.status_code < 300, answer.text


async def judged(service: Service, truth_of: dict[str, bool]) -> dict[str, str]:
    """Let an analyst judge some cases rightly; return of which payments, and as what each was a case."""
    desk, ada = a_desk(service, utc_now), await service.person(Role.ANALYST)
    told = {}
    for _ in range(JUDGED):
        file = await desk.claimed(ada)
        name = file.transaction_id
        judgement = Judgement.FRAUD if truth_of[name] else Judgement.LEGIT
        await desk.judged(ada, file, judgement, reason=VerdictReason.CUSTOMER_CONTACT)
        told[name] = "verdict" if file.label is Label.UNKNOWN else "audit"
    return told


async def filled(folder: Path, url: str) -> Shop:
    payments = recorded(folder)
    truth_of = {each["body"]["transaction_id"]: each["is_fraud"] for each in payments}
    async with a_service(url, models_dir=folder / "models") as service:
        await posted(service, payments[:-100])
        await with_policy(service, **ALL_UNKNOWN)
        await posted(service, payments[-100:])
        by_verdict = await judged(service, truth_of)
        others = [each for each in payments if each["body"]["transaction_id"] not in by_verdict]
        frauds = [each for each in others if each["is_fraud"]][:UNSTATED]
        unstated = {each["body"]["transaction_id"] for each in frauds}
        checked = [each for each in others if each["body"]["transaction_id"] not in unstated]
        await labelled(service, [a_label(each, "chargeback", None) for each in frauds])
        await labelled(service, [a_label(each, "checked", 0.5) for each in checked])
        engine = service.services.cases.claims.engine
        known_at = await value(engine, "SELECT clock_timestamp()")
        await labelled(service, [a_label(each | {"is_fraud": True}, "late", 1.0) for each in checked[:50]])
    given = Counter([("checked", bool(each["is_fraud"])) for each in checked])
    given.update((source, truth_of[name]) for name, source in by_verdict.items())
    return Shop(folder=folder, url=url, given=given, known_at=known_at)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("stored")
    train_own_model(folder)
    (folder / "schema.toml").write_text(SCHEMA + HISTORY, encoding="utf-8")
    with databases.lent() as url:
        yield asyncio.run(filled(folder, url))


async def read(shop: Shop, known_at: datetime) -> StoredTraining:
    engine = connect(shop.url, pool_size=1)
    try:
        async with driver_statement(engine) as driver:
            schema = read_schema(shop.folder / "schema.toml")
            return await stored_training(driver, schema, Asked(known_at=known_at))
    finally:
        await engine.dispose()


def test_each_source_is_counted_as_it_was_given_and_what_came_later_is_not_known(shop: Shop) -> None:
    told = asyncio.run(read(shop, shop.known_at))
    counted = {
        (name, bool(is_fraud)): count
        for name, counts in told.view.counts().items()
        for is_fraud, count in zip((1, 0), counts, strict=True)
        if count
    }
    assert counted == dict(shop.given)
    assert told.view.without_chance == UNSTATED
    later = asyncio.run(read(shop, utc_now() + timedelta(minutes=1)))
    assert later.view.counts()["late"] == (50, 0)


def test_stored_payments_read_what_the_same_file_reads(shop: Shop) -> None:
    """Features as they were sent, and history by the same fold: equal to those of the file, bit for bit."""
    schema = read_schema(shop.folder / "schema.toml")
    _, file = _own_payments(shop.folder / "orders.csv", schema, WHOLE)
    told = asyncio.run(read(shop, shop.known_at))
    places = np.searchsorted(file.seconds, told.payments.seconds)
    np.testing.assert_array_equal(file.seconds[places], told.payments.seconds)
    np.testing.assert_array_equal(file.amounts[places], told.payments.amounts)
    np.testing.assert_array_equal(file.is_fraud[places], told.payments.is_fraud)
    assert told.folded == told.view.payment_ids.size
    for name, column in told.payments.columns.items():
        if column.words:
            words = [column.words[code] for code in column.codes.tolist()]
            own = file.columns[name]
            assert words == [own.words[code] for code in own.codes[places].tolist()]
        else:
            np.testing.assert_array_equal(column.numbers, file.columns[name].numbers[places], err_msg=name)


def trained(shop: Shop, monkeypatch: pytest.MonkeyPatch, *options: str, version: str) -> Result:
    monkeypatch.setenv("TERTIUM_DATABASE_URL", shop.url)
    monkeypatch.setenv("TERTIUM_MODELS_DIR", str(shop.folder / "models"))
    words = ("--from-database", "--schema", str(shop.folder / "schema.toml"))
    recipe = ("--recipe", str(shop.folder / "small.toml"))
    place = ("--models-dir", str(shop.folder / "models"), "--version", version)
    return CliRunner().invoke(tertium, ["train", *words, *recipe, *place, *options])


def test_a_model_learned_from_the_database_comes_as_a_draft(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = trained(shop, monkeypatch, "--since", "2026-02-28", version="shop-7")
    assert told.exit_code == 0, told.output
    model = load_model(shop.folder / "models" / "shop-7", device="cpu")
    card = json.loads((shop.folder / "models" / "shop-7" / "card.json").read_text())
    assert card["data"]["file"] == "the database"
    stored = card["data"]["stored_payments"]
    assert stored["since"] == "2026-02-28T00:00:00+00:00"
    assert stored["sources"]["verdict"]["frauds"] == shop.given["verdict", True]
    assert stored["left_out"]["no_chance_stated"] == UNSTATED
    assert stored["weights"]["frauds"]["least"] == 1
    assert model.schema.described.history

    async def drafts() -> list[str]:
        async with a_service(shop.url, models_dir=shop.folder / "models") as service:
            engine = service.services.cases.claims.engine
            found = await rows(engine, "SELECT state FROM policies WHERE model_version = 'shop-7'")
            return [row.state for row in found]

    assert asyncio.run(drafts()) in (["draft"], ["simulated"])


def test_too_few_are_refused_with_a_sentence(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    told = trained(shop, monkeypatch, "--until", "2026-03-05", version="shop-8")
    assert told.exit_code == 1
    assert "the database holds too few frauds" in told.output
    assert not (shop.folder / "models" / "shop-8").exists()
    nothing = trained(shop, monkeypatch, "--until", "2026-01-01", version="shop-8")
    assert "the database knows of no frauds" in nothing.output


@pytest.mark.parametrize(
    "options",
    [("--source-share", "chargeback=2"), ("--source-share", "chargeback"), ("orders.csv",)],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    assert trained(shop, monkeypatch, *options, version="shop-8").exit_code == 2


def test_options_of_the_database_need_it() -> None:
    assert CliRunner().invoke(tertium, ["train", "--known-at", "2026-03-05"]).exit_code == 2
