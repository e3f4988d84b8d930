"""`tertium user add | link | token | tokens | revoke`, `tertium key add`: who may come in."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.cli.server.place import DataDir, database, fail, settings_with, utc_now
from app.cli.server.running import prepare_database, sentences_for_faults
from app.review.access.people import NameImpossible, PasswordImpossible, Role, clean_name
from app.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from app.database.access.tokens import AccountToken
    from app.database.clock import DatabaseClock
    from app.workflows.access.accounts import Accounts
    from app.workflows.access.api_keys import ApiKeys

Result = TypeVar("Result")
Site = Annotated[
    str | None,
    typer.Option("--url", envvar="TERTIUM_URL", help="Where people reach the service, for the link."),
]

# What a token is for where nobody says otherwise.
USUAL_PURPOSE = "command line"
TokenName = Annotated[str, typer.Option("--for", help="What the token is for; it is revoked by this name.")]

user = typer.Typer(help="People who log in.", no_args_is_help=True)
key = typer.Typer(help="Keys of payment services.", no_args_is_help=True)

PersonRole = Annotated[
    Role,
    typer.Option(help="analyst | senior | manager | auditor | admin", show_choices=False),
]


@user.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="Login name.")],
    role: PersonRole = Role.ANALYST,
    display_name: Annotated[str | None, typer.Option(help="As colleagues see it.")] = None,
    ask_password: Annotated[
        bool, typer.Option("--password", help="Ask for a password; without one only links log in.")
    ] = False,
    url: Site = None,
    data_dir: DataDir = None,
) -> None:
    """Add a person, and print a one-time login link."""
    from app.database.access.accounts import NameTaken

    if role is Role.SYSTEM:
        fail("The role `system` is the machine's own; choose another.")
    with sentences_for_names():
        name, display_name = clean_name(name), clean_name(name if display_name is None else display_name)
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else None
    settings = settings_with(data_dir)

    async def add(place: str) -> str:
        async with people_of(settings, place) as people:
            await people.add(name=name, display_name=display_name, role=role, password=password)
            return await login_link(settings, place, url, await people.new_link_token(name))

    with database(settings) as place, sentences_for_faults(), sentences_for_names():
        try:
            link = asyncio.run(add(place.url))
        except NameTaken:
            fail(f"There is a person named {name} already; `tertium user link {name}` lets them in.")
    typer.echo(f"{name} may log in once by this link, within a day:")
    typer.echo(link)


@user.command("link")
def link_user(
    name: Annotated[str, typer.Argument(help="Login name.")], url: Site = None, data_dir: DataDir = None
) -> None:
    """Print a fresh one-time login link for a person."""
    settings = settings_with(data_dir)

    async def new_link(place: str) -> str:
        async with people_of(settings, place) as people:
            return await login_link(settings, place, url, await people.new_link_token(name))

    typer.echo(_on_database(settings, name, new_link))


@user.command("token")
def add_token(
    name: Annotated[str, typer.Argument(help="Login name.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it opens the door.")] = 90,
    token_name: TokenName = USUAL_PURPOSE,
    data_dir: DataDir = None,
) -> None:
    """Make an access token, by which `tertium policy` acts in a person's name.

    It is printed once, alone on the last line, and stored only as a hash. Put it into TERTIUM_TOKEN.
    """

    async def make(people: "Accounts") -> str:
        return await people.new_access_token(name, token_name=token_name, lasts=timedelta(days=days))

    token = _about_person(settings_with(data_dir), name, make)
    typer.echo(f"Whoever holds this acts as {name}, for {days} days:", err=True)
    typer.echo(token)


@user.command("tokens")
def list_tokens(name: Annotated[str, typer.Argument(help="Login name.")], data_dir: DataDir = None) -> None:
    """List a person's access tokens: what each is for, and until when it lives."""

    async def found(people: "Accounts") -> "list[AccountToken]":
        return await people.access_tokens(name)

    for token in _about_person(settings_with(data_dir), name, found):
        if token.revoked_at is not None:
            ends = f"revoked on {token.revoked_at:%Y-%m-%d}"
        else:
            ends = f"{'lives' if token.is_live(utc_now()) else 'lived'} until {token.expires_at:%Y-%m-%d}"
        typer.echo(f"{token.name}: made on {token.created_at:%Y-%m-%d}, {ends}")


@user.command("revoke")
def revoke_tokens(
    name: Annotated[str, typer.Argument(help="Login name.")],
    token_name: TokenName = USUAL_PURPOSE,
    data_dir: DataDir = None,
) -> None:
    """Let a person's access tokens of one name open nothing any more, at once."""

    async def revoke(people: "Accounts") -> int:
        return await people.revoke_access_tokens(name, token_name)

    revoked = _about_person(settings_with(data_dir), name, revoke)
    if not revoked:
        fail(f"{name} has no token named {token_name!r} to revoke; `tertium user tokens {name}` lists them.")
    typer.echo(f"{revoked} of {name}'s tokens revoked.")


def _about_person(settings: Settings, name: str, work: "Callable[[Accounts], Awaitable[Result]]") -> Result:
    """Return what there is to say of a person; end the command when there is none of this name."""

    async def run(url: str) -> Result:
        async with people_of(settings, url) as people:
            return await work(people)

    return _on_database(settings, name, run)


def _on_database(
    settings: Settings, name: str, work: "Callable[[str], Coroutine[Any, Any, Result]]"
) -> Result:
    """Return what the work on the database's address does about a person; end the command without one."""
    from app.database.access.accounts import AccountNotFound

    with database(settings) as place, sentences_for_faults(), sentences_for_names():
        try:
            return asyncio.run(work(place.url))
        except AccountNotFound:
            fail(f"There is no person named {name}.")


@key.command("add")
def add_key(
    name: Annotated[str, typer.Argument(help="Name of the payment service.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Give a known service a new key; its old one stops working.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Make an API key; it is printed once, alone on the last line, and stored only as a hash."""
    from app.database.access.accounts import NameTaken

    settings = settings_with(data_dir)

    async def add(url: str) -> str:
        async with keys_of(settings, url) as keys:
            return await keys.add(name, utc_now(), replace=replace)

    with database(settings) as place, sentences_for_faults(), sentences_for_names():
        try:
            secret = asyncio.run(add(place.url))
        except NameTaken:
            fail(f"There is a key named {name} already; --replace gives it a new one.")
    typer.echo(secret)


@contextmanager
def sentences_for_names() -> Iterator[None]:
    """Turn a name or a password that cannot be one into a sentence."""
    try:
        yield
    except (NameImpossible, PasswordImpossible) as error:
        fail(str(error.__doc__))


async def login_link(settings: Settings, place: str, url: str | None, token: str) -> str:
    """Return the address that logs in once, where the service is reached: as told, as set, or as it runs."""
    from app.database.server.presence import running_at

    site = url or settings.public_url or await running_at(place)
    if site is None:
        typer.echo("No service runs on this database now; start it with `tertium serve`.", err=True)
        site = f"http://{settings.host}:{settings.port}"
    return f"{site.rstrip('/')}/login/{token}"


@asynccontextmanager
async def people_of(settings: Settings, url: str) -> AsyncIterator["Accounts"]:
    """Give the logins of a database, migrated first when it is embedded."""
    from app.workflows.access.accounts import Accounts

    async with connected(settings, url) as (engine, clock):
        yield Accounts(engine, clock=clock, session_lasts=timedelta(hours=settings.session_hours))


@asynccontextmanager
async def keys_of(settings: Settings, url: str) -> AsyncIterator["ApiKeys"]:
    """Give the API keys of a database, migrated first when it is embedded."""
    from app.workflows.access.api_keys import ApiKeys

    async with connected(settings, url) as (engine, _):
        yield ApiKeys(engine, monotonic=time.monotonic)


@asynccontextmanager
async def connected(settings: Settings, url: str) -> AsyncIterator[tuple["AsyncEngine", "DatabaseClock"]]:
    """Give connections to a database, migrated first when it is embedded, and its clock, read once."""
    from app.database.clock import DatabaseClock
    from app.database.server.session import connect, transaction

    await prepare_database(settings, url)
    engine = connect(url)
    try:
        clock = DatabaseClock()
        async with transaction(engine) as connection:
            await clock.read(connection)
        yield engine, clock
    finally:
        await engine.dispose()
