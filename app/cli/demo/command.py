"""`tertium demo`: the whole service on this machine, with invented payments and people to try it."""

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.access.accounts import connected, keys_of, people_of
from app.cli.demo.people import CLIENT, PEOPLE, add_people, fresh_links
from app.cli.demo.schemas import DemoSchema, settings_of
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
from app.settings import Settings

if TYPE_CHECKING:
    from app.cli.demo.supplies import Supply
    from app.cli.server.http_server import Server
    from app.web.services import Services


def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port (default 8000, or a free one when taken).")] = None,
    per_second: Annotated[float, typer.Option(min=0.1, max=200, help="Payments per second.")] = 5.0,
    schema: Annotated[
        DemoSchema, typer.Option(help="What the payments hold: V1..V28 of the card data, or named columns.")
    ] = DemoSchema.CARD,
    data_dir: DataDir = None,
) -> None:
    """Start Tertium with a living queue of demo data, and print one-time login links.

    A demo of `payments` has a data folder of its own, .tertium-payments, unless one is named.
    """
    began = time.monotonic()
    settings = settings_of(schema, quiet(settings_with(data_dir, host=host, port=port)))
    if port is None and is_taken(settings.host, settings.port):
        typer.echo(f"Port {settings.port} is taken; taking a free one.")
        settings = settings.model_copy(update={"port": 0})
    typer.echo("Starting PostgreSQL and Tertium ...")
    with database(settings) as place, sentences_for_faults():
        run_to_the_end(_only_demo(settings, place, schema, per_second=per_second, began=began))


def quiet(settings: Settings) -> Settings:
    """Return settings that log from warnings on, unless a level is set: login links have to stay in sight."""
    if "log_level" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"log_level": "warning"})


async def _only_demo(
    settings: Settings, place: Place, schema: DemoSchema, *, per_second: float, began: float
) -> None:
    """Run the demo, unless another one fills this database: its key and links are left alone."""
    from app.database.server.presence import DemoElsewhere, only_demo

    await prepare_database(settings, place.url)
    try:
        async with only_demo(place.url):
            await _demo(settings, place, schema, per_second=per_second, began=began)
    except DemoElsewhere as other:
        where = f"runs at {other.address}" if other.address else "is starting"
        fail(
            f"A demo {where} on this database already, and was left alone: `tertium user link ada` prints a"
            " fresh link for it; --data-dir with another folder starts a second one."
        )


async def _demo(
    settings: Settings, place: Place, schema: DemoSchema, *, per_second: float, began: float
) -> None:
    from app.database.server.presence import DEMO, announce

    listening = listen(settings.host, settings.port)
    supply = _supply(schema)
    is_new = await write_past_once(settings, place.url, supply)
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

    shop = _shop(server, address(listening), key, supply, per_second=per_second, is_new=is_new, greet=greet)

    async def beside() -> None:
        await together(shop, keep_alive(place), announce(place.url, site, kind=DEMO))

    await run_with(server, listening, beside())


def _supply(schema: DemoSchema) -> "Supply":
    from app.cli.demo.supplies import supply_of
    from app.datasets import DatasetRefused

    try:
        return supply_of(schema, seed=time.time_ns())
    except DatasetRefused as error:
        fail(f"The demo cannot make payments: {error}.")


async def write_past_once(settings: Settings, url: str, supply: "Supply") -> bool:
    """Write two weeks of demo data where nothing was ever decided; False: what is there stays as it is.

    Ends the command where what is there decides on other payments.
    """
    from app.cli.demo.past.writing import features_here, has_past, write_past
    from app.datasets import DatasetRefused

    began = time.monotonic()
    configure(log_format=settings.log_format, level=settings.log_level)
    async with connected(settings, url) as (engine, clock):
        if await has_past(engine):
            if set(await features_here(engine)) != set(supply.names):
                fail(
                    "The model that decides here reads other payments than this demo makes: nothing was done."
                    " --data-dir with another folder starts this demo beside it."
                )
            typer.echo("The past is from before.")
            return False
        ends_at = clock()
    try:
        written = await write_past(settings, url, ends_at, seed=time.time_ns(), supply=supply)
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


async def _shop(  # what is made, for whom, how fast, and what is said first
    server: "Server",
    site: str,
    key: str,
    supply: "Supply",
    *,
    per_second: float,
    is_new: bool,
    greet: Callable[[], None],
) -> None:
    """Post a morning's payments where too few cases wait, say who may log in, and go on posting."""
    from app.cli.demo.stream import FEWEST_CASES, FOR_EVER, Shop, post_for_ever, post_history
    from app.cli.posting import Service, ServiceRefused

    await server.is_up.wait()
    try:
        shop = Shop(supply, seed=time.time_ns(), run_id=secrets.token_hex(4))
        async with Service(site, key, concurrency=2, patience=FOR_EVER) as service:
            waiting = await _open_cases(server)
            if waiting >= FEWEST_CASES:
                typer.echo(f"{waiting:,} cases wait {'for a person' if is_new else 'from before'}.")
            else:
                posted, cases = await post_history(service, shop, first=3000, clock=utc_now, say=typer.echo)
                typer.echo(f"{posted:,} demo payments posted; {cases:,} of them wait for a person.")
            greet()
            await post_for_ever(service, shop, per_second=per_second, clock=utc_now, say=typer.echo)
    except ServiceRefused as error:
        fail(f"The demo cannot post payments: {error}.")


async def _open_cases(server: "Server") -> int:
    services: Services = server.config.app.state.services  # type: ignore[union-attr]
    return (await services.cases.claims.queue(None)).open
