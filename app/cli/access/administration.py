"""`tertium user list | deactivate | role | ...`, `tertium key list | rotate | revoke`: who is shut out."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.cli.access.accounts import Site, connected, key, login_link, sentences_for_names, user
from app.cli.server.place import DataDir, database, fail, settings_with
from app.cli.server.running import sentences_for_faults
from app.review.access.administration import USUAL_OVERLAP, AccessEvent, Hand
from app.review.access.people import Role
from app.settings import Settings

if TYPE_CHECKING:
    from app.workflows.access.administration import Administration
    from app.workflows.access.api_keys import KeyAdministration

__all__ = ["key", "user"]

Result = TypeVar("Result")
Name = Annotated[str, typer.Argument(help="Login name.")]
KeyName = Annotated[str, typer.Argument(help="Name of the payment service.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]
NewRole = Annotated[
    Role, typer.Argument(help="analyst | senior | manager | auditor | admin", show_choices=False)
]
USUAL_HOURS = int(USUAL_OVERLAP / timedelta(hours=1))
#: Lines of a history.
SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    """What administrators do, over one database, by the hand of whoever runs the command."""

    #: The database's address.
    place: str
    by: Hand
    people: "Administration"
    keys: "KeyAdministration"


@user.command("list")
def list_people(data_dir: DataDir = None) -> None:
    """List all people: login, role, whether they may log in, and what is open now."""

    async def listed(office: _Office) -> list[str]:
        return [
            f"{each.account.name}: {each.account.role.value},"
            f" {'active' if each.is_active else 'deactivated'}, {each.sessions} sessions,"
            f" {each.tokens} tokens, {each.cases} cases"
            for each in await office.people.everybody()
        ]

    for line in _done(settings_with(data_dir), listed):
        typer.echo(line)


@user.command("deactivate")
def deactivate(name: Name, reason: Why, data_dir: DataDir = None) -> None:
    """Shut somebody out at once: sessions, links and tokens end, cases go back with their drafts."""

    async def shut_out(office: _Office) -> None:
        await office.people.deactivate(office.by, await office.people.id_of(name), reason=reason)

    _done(settings_with(data_dir), shut_out)
    typer.echo(f"{name} is shut out, everywhere.")


@user.command("activate")
def activate(name: Name, reason: Why, data_dir: DataDir = None) -> None:
    """Let somebody in again; what they had before stays ended."""

    async def let_in(office: _Office) -> None:
        await office.people.activate(office.by, await office.people.id_of(name), reason=reason)

    _done(settings_with(data_dir), let_in)
    typer.echo(f"{name} may log in again; `tertium user link {name}` makes a link.")


@user.command("role")
def change_role(name: Name, role: NewRole, reason: Why, data_dir: DataDir = None) -> None:
    """Give somebody another role, from their next request on."""

    async def changed(office: _Office) -> None:
        await office.people.change_role(office.by, await office.people.id_of(name), role, reason=reason)

    _done(settings_with(data_dir), changed)
    typer.echo(f"{name} is {role.value} now.")


@user.command("reset")
def reset(
    name: Name,
    reason: Why,
    ask_password: Annotated[
        bool, typer.Option("--password", help="Ask for a new password; without one only links log in.")
    ] = False,
    url: Site = None,
    data_dir: DataDir = None,
) -> None:
    """Take somebody's password away, end their sessions, and print a one-time link."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else None
    settings = settings_with(data_dir)

    async def made_new(office: _Office) -> str:
        account_id = await office.people.id_of(name)
        token = await office.people.reset(office.by, account_id, reason=reason, password=password)
        return await login_link(settings, office.place, url, token)

    link = _done(settings, made_new)
    typer.echo(f"{name} may log in once by this link, within a day:")
    typer.echo(link)


@user.command("sign-out")
def sign_out(
    name: Name,
    reason: Why,
    tokens: Annotated[bool, typer.Option("--tokens", help="Revoke their access tokens, too.")] = False,
    data_dir: DataDir = None,
) -> None:
    """End all of somebody's sessions and unused links; they may log in again."""

    async def signed_out(office: _Office) -> int:
        account_id = await office.people.id_of(name)
        return await office.people.sign_out(office.by, account_id, reason=reason, tokens=tokens)

    typer.echo(f"{_done(settings_with(data_dir), signed_out)} sessions of {name} ended.")


@user.command("history")
def history(
    name: Annotated[
        str | None, typer.Argument(help="Login name; without one, of everybody and all keys.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print what was done to somebody's access: when, by whom, from where, and why."""

    async def found(office: _Office) -> list[AccessEvent]:
        account_id = None if name is None else await office.people.id_of(name)
        return await office.people.history(account_id=account_id, limit=SHOWN)

    for event in _done(settings_with(data_dir), found):
        typer.echo(_told(event))


@key.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """List all keys: whose, whether they work, when made and when used last."""

    async def listed(office: _Office) -> list[str]:
        lines = []
        for each in await office.keys.keys():
            state = "works" if each.revoked_at is None else f"revoked {_moment(each.revoked_at)}"
            if each.earlier_until is not None:
                state += f", the one before until {_moment(each.earlier_until)}"
            used = "never" if each.last_used_at is None else _moment(each.last_used_at)
            lines.append(f"{each.name}: {state}, made {_moment(each.made_at)}, last used {used}")
        return lines

    for line in _done(settings_with(data_dir), listed):
        typer.echo(line)


@key.command("rotate")
def rotate(
    name: KeyName,
    reason: Why,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=2160, help="How long the key before goes on working.")
    ] = USUAL_HOURS,
    data_dir: DataDir = None,
) -> None:
    """Make a new key for a payment service; the one before goes on working for a while, then ends.

    The new key is printed once, alone on the last line, and stored only as a hash.
    """
    overlap = timedelta(hours=overlap_hours)

    async def rotated(office: _Office) -> str:
        client_id = await office.keys.id_of(name)
        return await office.keys.rotate(office.by, client_id, reason=reason, overlap=overlap)

    secret = _done(settings_with(data_dir), rotated)
    typer.echo(f"The key before works for {overlap_hours} more hours.", err=True)
    typer.echo(secret)


@key.command("revoke")
def revoke(name: KeyName, reason: Why, data_dir: DataDir = None) -> None:
    """Let no key of a payment service work any more, at once and everywhere."""

    async def revoked(office: _Office) -> None:
        await office.keys.revoke(office.by, await office.keys.id_of(name), reason=reason)

    _done(settings_with(data_dir), revoked)
    typer.echo(f"Every key of {name} is refused from now on.")


def _done(settings: Settings, work: Callable[[_Office], Awaitable[Result]]) -> Result:
    """Do the work; end the command with a sentence when it is refused."""
    from app.database.access.accounts import AccountNotFound
    from app.review.access import administration

    refusals = (
        administration.LastAdmin, administration.AccessUnchanged, administration.WhyMissing,
        administration.RoleImpossible, administration.KeyRevoked, administration.KeyNotFound,
        administration.OverlapImpossible, AccountNotFound,
    )  # fmt: skip

    async def run(url: str) -> Result:
        async with _office(settings, url) as office:
            return await work(office)

    with database(settings) as place, sentences_for_faults(), sentences_for_names():
        try:
            return asyncio.run(run(place.url))
        except refusals as refusal:
            fail(str(refusal.__doc__))


@asynccontextmanager
async def _office(settings: Settings, url: str) -> AsyncIterator[_Office]:
    from app.workflows.access.accounts import Accounts
    from app.workflows.access.administration import Administration
    from app.workflows.access.api_keys import KeyAdministration

    async with connected(settings, url) as (engine, clock):
        people = Accounts(engine, clock=clock, session_lasts=timedelta(hours=settings.session_hours))
        yield _Office(
            place=url,
            by=Hand(account_id=None, source=f"command line, {_user_name()}"),
            people=Administration(engine=engine, clock=clock, people=people),
            keys=KeyAdministration(engine=engine, clock=clock),
        )


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unnamed user"


def _told(event: AccessEvent) -> str:
    who = f"{event.actor} from {event.source}" if event.actor is not None else event.source
    details = ", ".join(f"{name} {value}" for name, value in event.details.items())
    what = f"{event.action.value.replace('_', ' ')}{f' ({details})' if details else ''}"
    why = f": {event.reason}" if event.reason else ""
    return f"{_moment(event.happened_at)} {event.subject}: {what}, by {who}{why}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
