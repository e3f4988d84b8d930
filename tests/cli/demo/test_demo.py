import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.cli.demo.command import quiet
from app.cli.demo.stream import FEWEST_CASES, Shop, post_history, stream_demo
from app.cli.demo.supplies import CardSupply
from app.cli.posting import Service, ServiceRefused
from app.datasets import load_generator, save_generator
from app.learning.generator import Generator, Mixture
from app.settings import Settings
from tests.cli.stand_in import KEY, StandIn, running
from tests.patience import PATIENCE_SECONDS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(("told", "level"), [(None, "warning"), ("", "warning"), ("info", "info")])
def test_the_demo_logs_warnings_alone_unless_a_level_is_set(
    monkeypatch: pytest.MonkeyPatch, told: str | None, level: str
) -> None:
    if told is None:
        monkeypatch.delenv("TERTIUM_LOG_LEVEL", raising=False)
    else:
        monkeypatch.setenv("TERTIUM_LOG_LEVEL", told)
    settings = quiet(Settings(port=0).model_copy(update={"host": "127.0.0.1"}))
    assert (settings.log_level, settings.port) == (level, 0)


def a_mixture(centre: float) -> Mixture:
    return Mixture(weights=np.ones(1), means=np.full((1, 3), centre), factors=0.2 * np.eye(3)[None])


def a_generator(*, fraud: float = -3.0) -> Generator:
    """Frauds lie where the stand-in opens cases, unless told otherwise."""
    return Generator(
        names=("V1", "V2"),
        legit=a_mixture(0.0),
        fraud=a_mixture(fraud),
        lowest=np.array([-10.0, -10.0, 0.0]),
        highest=np.full(3, 10.0),
    )


@pytest.fixture
def service() -> Iterator[StandIn]:
    with running(StandIn()) as stand_in:
        yield stand_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_generator(tmp_path / "demo", a_generator(), {"seed": 1})
    return tmp_path / "demo"


def nobody_hears(sentence: str) -> None:
    """Nobody hears it."""


async def run(
    service: StandIn,
    folder: Path,
    *,
    first: int,
    key: str = KEY,
    say: Callable[[str], None] = nobody_hears,
) -> None:
    """Run the demo for ever, or until it ends itself."""
    await stream_demo(
        service.url,
        key,
        first=first,
        per_second=50,
        seed=1,
        clock=lambda: NOW,
        say=say,
        supply=CardSupply(folder, seed=1),
    )


async def run_a_while(service: StandIn, folder: Path, *, first: int) -> list[str]:
    """Run the demo until payments came after the first ones; return what it said."""
    said: list[str] = []
    demo = asyncio.create_task(run(service, folder, first=first, say=said.append))
    await until_it_holds(service, first + 1)
    await ended(demo)
    return said


async def until_it_holds(stand_in: StandIn, bodies: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(stand_in.bodies) < bodies:  # noqa: ASYNC110  (the stand-in lives in a thread)
            await asyncio.sleep(0.02)


async def ended(demo: "asyncio.Task[None]") -> None:
    demo.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await demo


async def test_the_first_payments_fill_the_last_hours_and_the_rest_are_of_now(
    service: StandIn, folder: Path
) -> None:
    said = await run_a_while(service, folder, first=2000)
    assert "2,000 demo transactions posted" in said[0]
    moments = [datetime.fromisoformat(body["occurred_at"]) for body in service.bodies.values()]
    assert moments == sorted(moments)
    assert NOW - timedelta(hours=8) <= moments[0] < NOW - timedelta(hours=7)
    assert len(moments) > 2000
    assert set(moments[2000:]) == {NOW}


async def test_some_of_the_first_payments_are_looked_into_whatever_they_are(
    service: StandIn, folder: Path
) -> None:
    await run_a_while(service, folder, first=2000)
    first = set(list(service.bodies)[:2000])
    assert {each["transaction_id"] for each in service.labels} <= first
    assert len({each["transaction_id"] for each in service.labels}) == len(service.labels)
    assert 0.45 < len(service.labels) / 2000 < 0.55
    assert {(each["source"], each["propensity"]) for each in service.labels} == {("audit", 0.5)}
    assert {each["label"] for each in service.labels} == {"fraud", "legit"}


async def test_every_body_says_that_it_is_demo_data(service: StandIn, folder: Path) -> None:
    await run_a_while(service, folder, first=500)
    assert {body["attributes"]["demo"] for body in service.bodies.values()} == {"demo data"}
    assert {body["currency"] for body in service.bodies.values()} == {"EUR"}


async def test_payments_go_on_until_there_are_cases_enough(service: StandIn, folder: Path) -> None:
    shop = Shop(CardSupply(folder, seed=1), seed=1, run_id="x")
    async with Service(service.url, KEY, concurrency=2) as client:
        posted, cases = await post_history(client, shop, first=500, clock=lambda: NOW, say=nobody_hears)
    assert posted > 500
    assert cases >= FEWEST_CASES


async def test_a_policy_that_leaves_people_nothing_is_not_posted_to_for_ever(
    service: StandIn, tmp_path: Path
) -> None:
    save_generator(tmp_path, a_generator(fraud=5.0), {"seed": 1})
    shop = Shop(CardSupply(tmp_path, seed=1), seed=1, run_id="x")
    async with Service(service.url, KEY, concurrency=2) as client:
        posted, cases = await post_history(client, shop, first=500, clock=lambda: NOW, say=nobody_hears)
    assert posted == 2000
    assert cases < FEWEST_CASES


async def test_rows_a_busy_service_left_out_are_offered_again(service: StandIn, folder: Path) -> None:
    service.busy_rows = 3
    shop = Shop(CardSupply(folder, seed=1), seed=1, run_id="x")
    async with Service(service.url, KEY, concurrency=2) as client:
        posted, _ = await post_history(client, shop, first=1500, clock=lambda: NOW, say=nobody_hears)
    assert len(service.bodies) == posted


async def test_the_stream_survives_a_restart_of_the_service(folder: Path) -> None:
    stand_in = StandIn()
    with running(stand_in) as service:
        port = int(service.url.rsplit(":", 1)[1])
        demo = asyncio.create_task(run(service, folder, first=1500))
        await until_it_holds(stand_in, 1510)
    before = len(stand_in.bodies)
    await asyncio.sleep(0.5)
    with running(stand_in, port):
        await until_it_holds(stand_in, before + 10)
        demo.cancel()
        with pytest.raises(asyncio.CancelledError):
            await demo


async def test_two_runs_never_share_an_id(service: StandIn, folder: Path) -> None:
    for _ in range(2):
        before = len(service.bodies)
        demo = asyncio.create_task(run(service, folder, first=100))
        await until_it_holds(service, before + 100)
        await ended(demo)
    runs = {identity.rsplit("-", 1)[0] for identity in service.bodies}
    assert len(runs) == 2


async def test_a_wrong_key_or_other_features_end_the_demo_in_a_sentence(
    service: StandIn, folder: Path
) -> None:
    with pytest.raises(ServiceRefused, match="does not accept this key"):
        await run(service, folder, first=10, key="wrong")
    service.features = ("V1", "V9")
    with pytest.raises(ServiceRefused, match="other features"):
        await run(service, folder, first=10)
    assert service.requests == 0


def test_a_shop_of_the_same_seed_sells_the_same(folder: Path) -> None:
    moments = [NOW] * 5
    bodies = [Shop(CardSupply(folder, seed=3), seed=3, run_id="x").bodies(moments) for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert load_generator(folder).names == ("V1", "V2")
