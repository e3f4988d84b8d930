"""`tertium demo`: the whole service on this machine, with invented payments and people to try it."""

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.access.accounts import connected, keys_of, people_of
from app.cli.demo.people import CLIENT, PEOPLE, add_people, fresh_links
from app.cli.server.place import DataDir, Place, database, fail, run_to_the_end, settings_with, utc_now
from app.cli.server.running import (
    address,
    is_taken,
    keep_alive,
    listen,
    make_server,
    prepare_database,
    reached_at,
    run_with,
    sentences_for_faults,
    together,
)
from app.observability.logs import configure
from app.settings import REPOSITORY, Settings

if TYPE_CHECKING:
    from app.cli.server.http_server import Server
    from app.web.services import Services

GENERATOR = REPOSITORY / "models" / "demo"


def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port (default 8000, or a free one when taken).")] = None,
    per_second: Annotated[float, typer.Option(min=0.1, max=200, help="Payments per second.")] = 5.0,
    data_dir: DataDir = None,
) -> None:
    """Start Tertium with a living queue of demo data, and print one-time login links."""
    began = time.monotonic()
    settings = quiet(settings_with(data_dir, host=host, port=port))
    if port is None and is_taken(settings.host, settings.port):
        typer.echo(f"Port {settings.port} is taken; taking a free one.")
        settings = settings.model_copy(update={"port": 0})
    typer.echo("Starting PostgreSQL and Tertium ...")
    with database(settings) as place, sentences_for_faults():
        run_to_the_end(_only_demo(settings, place, per_second=per_second, began=began))


def quiet(settings: Settings) -> Settings:
    """Return settings that log from warnings on, unless a level is set: login links have to stay in sight."""
    if "log_level" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"log_level": "warning"})


async def _only_demo(settings: Settings, place: Place, *, per_second: float, began: float) -> None:
    """Run the demo, unless another one fills this database: its key and links are left alone."""
    from app.database.server.presence import DemoElsewhere, only_demo

    await prepare_database(settings, place.url)
    try:
        async with only_demo(place.url):
            await _demo(settings, place, per_second=per_second, began=began)
    except DemoElsewhere as other:
        where = f"runs at {other.address}" if other.address else "is starting"
        fail(
            f"A demo {where} on this database already, and was left alone: `tertium user link ada` prints a"
            " fresh link for it; --data-dir with another folder starts a second one."
        )


async def _demo(settings: Settings, place: Place, *, per_second: float, began: float) -> None:
    from app.database.server.presence import DEMO, announce

    listening = listen(settings.host, settings.port)
    is_new = await write_past_once(settings, place.url)
    tokens = await _links(settings, place.url, is_new=is_new)
    async with keys_of(settings, place.url) as keys:
        key = await keys.add(CLIENT, utc_now(), replace=True)
    server = make_server(settings, place.url)
    site = reached_at(settings, listening)

    def greet() -> None:
        typer.echo(f"A living queue after {time.monotonic() - began:.1f} s: {site}")
        typer.echo("Each of these links logs in once (run `make demo` again for fresh ones):")
        for (name, display_name, role), token in zip(PEOPLE, tokens, strict=True):
            typer.echo(f"  {display_name + ', ' + role.value:<20} {site}/login/{token}   ({name})")
        typer.echo(f"{per_second:g} demo payments a second arrive. Stop with Ctrl-C.")

    shop = _shop(server, address(listening), key, per_second=per_second, is_new=is_new, greet=greet)

    async def beside() -> None:
        await together(shop, keep_alive(place), announce(place.url, site, kind=DEMO))

    await run_with(server, listening, beside())


async def write_past_once(settings: Settings, url: str) -> bool:
    """Write two weeks of demo data where nothing was ever decided; False: what is there stays as it is."""
    from app.cli.demo.past.writing import has_past, write_past
    from app.datasets import DatasetRefused

    began = time.monotonic()
    configure(log_format=settings.log_format, level=settings.log_level)
    async with connected(settings, url) as (engine, clock):
        if await has_past(engine):
            typer.echo("The past is from before.")
            return False
        ends_at = clock()
    try:
        written = await write_past(settings, url, ends_at, seed=time.time_ns(), generator=GENERATOR)
    except DatasetRefused as error:
        fail(f"The demo cannot make payments: {error}.")
    typer.echo(f"{written} written in {time.monotonic() - began:.1f} s.")
    return True


async def _links(settings: Settings, url: str, *, is_new: bool) -> list[str]:
    """Return a fresh link token for each person; who is not there yet is added, but where all just were."""
    async with people_of(settings, url) as people:
        if not is_new:
            await add_people(people)
        return await fresh_links(people)


async def _shop(
    server: "Server", site: str, key: str, *, per_second: float, is_new: bool, greet: Callable[[], None]
) -> None:
    """Post a morning's payments where too few cases wait, say who may log in, and go on posting."""
    from app.cli.demo.stream import FEWEST_CASES, FOR_EVER, Shop, post_for_ever, post_history
    from app.cli.posting import Service, ServiceRefused
    from app.datasets import DatasetRefused

    await server.is_up.wait()
    try:
        shop = Shop(GENERATOR, seed=time.time_ns(), run_id=secrets.token_hex(4))
        async with Service(site, key, concurrency=2, patience=FOR_EVER) as service:
            waiting = await _open_cases(server)
            if waiting >= FEWEST_CASES:
                typer.echo(f"{waiting:,} cases wait {'for a person' if is_new else 'from before'}.")
            else:
                posted, cases = await post_history(service, shop, first=3000, clock=utc_now, say=typer.echo)
                typer.echo(f"{posted:,} demo payments posted; {cases:,} of them wait for a person.")
            greet()
            await post_for_ever(service, shop, per_second=per_second, clock=utc_now, say=typer.echo)
    except (ServiceRefused, DatasetRefused) as error:
        fail(f"The demo cannot post payments: {error}.")


async def _open_cases(server: "Server") -> int:
    services: Services = server.config.app.state.services  # type: ignore[union-attr]
    return (await services.cases.claims.queue(None)).open
