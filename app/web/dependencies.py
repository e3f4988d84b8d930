"""Dependencies of requests: the services, and who calls."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Form, Header, Path, Request
from pydantic import BeforeValidator

from app.database.server.session import shared
from app.review.access.administration import Hand, SessionEnd
from app.review.access.login_limits import source_of
from app.review.access.people import Ability, Account
from app.web.languages.reader import prefer, zones
from app.web.problems import FieldProblem, NamedRefusal
from app.web.public_addresses import is_origin, same_host
from app.web.request_log import record_of
from app.web.services import services_of
from app.workflows.access.accounts import TokenUnknown
from app.workflows.access.api_keys import KeyUnknown

#: By it a page says for which account it was made, where it sends no form; an address says `page_of`.
PAGE_OF = "X-Page-Of"
SAFE_METHODS = frozenset({"GET", "HEAD"})

#: A page's script sends the first, and reads in the other why it can do no more.
IS_FRAGMENT, LOGGED_OUT_BECAUSE = "X-Fragment", "X-Logged-Out-Because"
#: What somebody is told whose session an administrator ended.
WHY_ENDED = {
    SessionEnd.DEACTIVATED: "An administrator has closed your access. A case you held is back in the queue,"
    " with what was saved of your note.",
    SessionEnd.SIGNED_OUT: "An administrator has signed you out. Log in again to go on.",
    SessionEnd.RESET: "An administrator has reset your login. Ask for your new one-time link.",
}

# A key of ours in an address: PostgreSQL's bigint ends here.
LARGEST_KEY = 2**63 - 1


def _in_digits(value: object) -> object:
    # Python reads 1_0 as ten, and digits of other scripts as numbers.
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        raise ValueError("must be written in digits alone, such as 100")
    return value


#: Numbers of an address are digits, with a point before decimals.
DIGITS = BeforeValidator(_in_digits)
RowKey = Annotated[int, DIGITS, Path(ge=1, le=LARGEST_KEY)]


class NotLoggedIn(Exception):
    """Please log in first."""


class ShutOut(NotLoggedIn):
    """An administrator has ended your login."""

    def __init__(self, because: SessionEnd) -> None:
        super().__init__()
        self.sentence = WHY_ENDED[because]


class NotAllowed(Exception):
    """Your role does not include this."""


class OtherAccount(Exception):
    """Another account has logged in in this browser since this page was loaded; nothing was done."""


class FormForged(Exception):
    """This form did not come from your own page; load the page again."""


class OriginUnknown(NamedRefusal):
    """This form came from another address than the one that this service has, as far as it knows."""

    def __init__(self, origin: str, host: str) -> None:
        detail = (
            f"This form came from {origin}, and this service takes its own address for {host[:100]!r}. If"
            f" {origin} is where you meant to log in, ask the operator to set TERTIUM_PUBLIC_URL={origin},"
            " or to let the proxy pass on the Host header (nginx: proxy_set_header Host $host)."
        )
        super().__init__([FieldProblem(field="Origin", detail=detail)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What every page of a person tells."""

    #: What everybody must know now, one sentence each.
    sentences: tuple[str, ...] = ()
    #: How many messages they have not read.
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A logged-in person, and the token that proves their forms are theirs."""

    account: Account
    csrf_token: str
    notices: Notices = field(default_factory=Notices)


KEY_HEADER = "X-API-Key"


async def client_id(request: Request) -> int:
    """Return which client calls; raises `KeyUnknown`."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        raise KeyUnknown
    found = await services_of(request).access.api_keys.client_id(key)
    record_of(request.scope).client_id = found
    return found


ClientId = Annotated[int, Depends(client_id)]


def cookie_name(installation: str, *, is_secure: bool) -> str:
    """Return the session cookie's name; over TLS no other host or path can set it (`__Host-`)."""
    return f"{'__Host-' if is_secure else ''}tertium_session_{installation}"


def session_cookie(request: Request) -> str:
    """Return the name of the cookie that holds this request's session."""
    return cookie_name(services_of(request).installation, is_secure=request.url.scheme == "https")


async def visitor(request: Request) -> Visitor:
    """Return who is logged in; raises `NotLoggedIn`, and `OtherAccount` for a page made for another one."""
    token, messages = request.cookies.get(session_cookie(request)), services_of(request).cases.messages
    async with shared(messages.engine):
        found = await services_of(request).access.accounts.visitor(token) if token else None
        unread = await messages.unread(found[0]) if found is not None else 0
    if found is None:
        because = await why_ended(request)
        raise NotLoggedIn if because is None else ShutOut(because)
    account, csrf_token = found
    record_of(request.scope).account_id = account.id
    prefer(language=account.preferences.language, zone=_zone_there_is(account.preferences.zone))
    page_of = request.headers.get(PAGE_OF) or request.query_params.get("page_of")
    if page_of and page_of != str(account.id):
        raise OtherAccount
    notices = Notices(sentences=services_of(request).notices(), unread=unread)
    return Visitor(account=account, csrf_token=csrf_token, notices=notices)


def _zone_there_is(name: str | None) -> str | None:
    # A system may know fewer zones than the one on which it was chosen.
    return name if name in zones() else None


async def why_ended(request: Request) -> SessionEnd | None:
    """Return why an administrator ended this browser's session; None where none did."""
    token = request.cookies.get(session_cookie(request))
    return await services_of(request).access.accounts.session_end(token) if token else None


def hand_of(request: Request, account: Account) -> Hand:
    """Return by whose hand a request does something, and from where."""
    return Hand(account_id=account.id, source=caller_source(request))


def caller_source(request: Request) -> str:
    """Return where a request comes from, as far as the server knows."""
    return source_of(request.client.host if request.client is not None else None)


CurrentVisitor = Annotated[Visitor, Depends(visitor)]


def require(ability: Ability) -> Callable[[Visitor], Awaitable[Visitor]]:
    """Return a dependency that lets only roles with this ability in; raises `NotAllowed`."""

    async def allowed(visitor: CurrentVisitor) -> Visitor:
        if not visitor.account.may(ability):
            raise NotAllowed
        return visitor

    return allowed


async def current_account(request: Request) -> Account:
    """Return who calls: by an access token, or by a browser's session that proves its writes its own.

    Raises `TokenUnknown` and `FormForged`.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise TokenUnknown
        account = await services_of(request).access.accounts.token_account(token.strip())
        record_of(request.scope).account_id = account.id
        return account
    try:
        in_browser = await visitor(request)
    except NotLoggedIn as nobody:
        raise TokenUnknown from nobody
    if request.method not in SAFE_METHODS:
        await verify_csrf(in_browser, x_csrf_token=request.headers.get("x-csrf-token"))
    return in_browser.account


def able(ability: Ability) -> Callable[[Account], Awaitable[Account]]:
    """Return a dependency that gives the caller where its role has this ability; raises `NotAllowed`."""

    async def allowed(account: Annotated[Account, Depends(current_account)]) -> Account:
        if not account.may(ability):
            raise NotAllowed
        return account

    return allowed


async def verify_csrf(
    visitor: CurrentVisitor,
    csrf_token: Annotated[str | None, Form()] = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> None:
    """Refuse a form that does not carry its session's token; raises `FormForged` and `OtherAccount`."""
    given = csrf_token or x_csrf_token or ""
    if secrets.compare_digest(given.encode(), visitor.csrf_token.encode()):
        return
    made_for, dot, _ = given.partition(".")
    if dot and made_for.isdecimal() and made_for != str(visitor.account.id):
        raise OtherAccount
    raise FormForged


#: What every form of a page needs: the token of the session that it was made for.
CHECKED = [Depends(verify_csrf)]


async def same_origin(request: Request) -> None:
    """Refuse a form sent from another site, where there is no session yet.

    Raises `FormForged`, and `OriginUnknown` where a proxy may have changed the host.
    """
    told = request.headers.get("sec-fetch-site")
    if told in {"same-origin", "none"}:  # no page can set this header: it is the browser's own word
        return
    if told is not None:
        raise FormForged
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is None or same_host(origin, host):
        return
    if not is_origin(origin):
        raise FormForged
    raise OriginUnknown(origin, host)
