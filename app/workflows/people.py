"""Who is at the door: passwords, one-time links, sessions, access tokens, API keys."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from pwdlib import PasswordHash
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import account_tokens, people
from app.database.account_tokens import AccountToken
from app.database.session import transaction
from app.review.people import (
    LONGEST_PASSWORD,
    Account,
    Role,
    checked_password,
    clean_name,
    same_password,
)
from app.review.text import name_key

LINK_LASTS = timedelta(hours=24)
# Ten wrong passwords in a quarter of an hour are no typing errors.
ATTEMPTS_ALLOWED = 10
ATTEMPTS_WINDOW = timedelta(minutes=15)
# A revoked or replaced key stops working within this many seconds.
KEY_CACHE_SECONDS = 30.0


class LoginRefused(Exception):
    """Name and password do not fit, or this link is spent or too old."""


class TooManyAttempts(Exception):
    """Too many failed logins under this name; wait a quarter of an hour or use a one-time link."""


class KeyUnknown(Exception):
    """The API key is missing or unknown."""


class TokenUnknown(Exception):
    """The personal access token is missing, unknown, expired or revoked."""


def sha256_of(secret: str) -> str:
    """Return what is stored of a secret that is long and random by itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


class People:
    """Logins and sessions of people."""

    def __init__(
        self, engine: AsyncEngine, *, clock: Callable[[], datetime], session_lasts: timedelta
    ) -> None:
        self._engine = engine
        self._clock = clock
        self.session_lasts = session_lasts
        self._passwords = PasswordHash.recommended()
        # Verified against when the name is unknown, so that the answer takes as long.
        self._nobody = self._passwords.hash(secrets.token_urlsafe())

    async def add(self, *, name: str, display_name: str, role: Role, password: str | None) -> int:
        """Return the key of a new account; raises `NameTaken`, `NameImpossible` and `PasswordImpossible`."""
        name, display_name = clean_name(name), clean_name(display_name)
        password_hash = None
        if password is not None:
            password_hash = await asyncio.to_thread(self._passwords.hash, checked_password(password))
        async with transaction(self._engine) as connection:
            return await people.add_account(
                connection,
                name=name,
                display_name=display_name,
                role=role,
                password_hash=password_hash,
                now=self._clock(),
            )

    async def login(self, name: str, password: str) -> str:
        """Return a session token; raises `LoginRefused` and `TooManyAttempts`."""
        now, key = self._clock(), name_key(name)
        async with transaction(self._engine) as connection:
            await people.lock_login_name(connection, key)
            if await people.failed_logins_since(connection, key, now - ATTEMPTS_WINDOW) >= ATTEMPTS_ALLOWED:
                raise TooManyAttempts
            # Counted as failed until it proves right: many guesses at once are many guesses.
            attempt_id = await people.record_failed_login(connection, key, now)
            found = await people.password_login(connection, name)
        stored = found[1] if found is not None else self._nobody
        # Nobody could set a longer one, and hashing it would be work for nothing.
        told = same_password(password)[: LONGEST_PASSWORD + 1]
        is_right = await asyncio.to_thread(self._passwords.verify, told, stored)
        if found is None or not is_right:
            raise LoginRefused
        async with transaction(self._engine) as connection:
            await people.forget_failed_login(connection, attempt_id)
        return await self._open_session(found[0].id)

    async def new_link_token(self, name: str) -> str:
        """Return the token of a fresh one-time login link, now the only one; raises `AccountNotFound`."""
        token = secrets.token_urlsafe(24)
        async with transaction(self._engine) as connection:
            account_id = await people.person_id_by_name(connection, name)
            await people.add_login_link(
                connection,
                token_sha256=sha256_of(token),
                account_id=account_id,
                now=self._clock(),
                lasts=LINK_LASTS,
            )
        return token

    async def is_link_open(self, token: str) -> bool:
        """Whether a one-time link can still be spent; looking spends nothing."""
        async with transaction(self._engine) as connection:
            return await people.is_link_open(connection, sha256_of(token), self._clock())

    async def login_by_link(self, token: str) -> str:
        """Spend a one-time link and return a session token; raises `LoginRefused`."""
        async with transaction(self._engine) as connection:
            account_id = await people.use_login_link(connection, sha256_of(token), self._clock())
        if account_id is None:
            raise LoginRefused
        return await self._open_session(account_id)

    async def visitor(self, session_token: str) -> tuple[Account, str] | None:
        """Return whose live session this is, with its CSRF token."""
        async with transaction(self._engine) as connection:
            return await people.session_account(connection, sha256_of(session_token), self._clock())

    async def logout(self, session_token: str) -> None:
        """End a session."""
        async with transaction(self._engine) as connection:
            await people.close_session(connection, sha256_of(session_token))

    async def new_access_token(self, name: str, *, token_name: str, lasts: timedelta) -> str:
        """Return a token by which a program acts in a person's name.

        Raises `AccountNotFound` and `NameImpossible`.
        """
        # The beginning says whose door a leaked token opens, to people and to scanners of repositories.
        token = f"tertium_pat_{secrets.token_urlsafe(32)}"
        async with transaction(self._engine) as connection:
            await account_tokens.add(
                connection,
                token_sha256=sha256_of(token),
                account_id=await people.person_id_by_name(connection, name),
                name=clean_name(token_name),
                now=self._clock(),
                lasts=lasts,
            )
        return token

    async def token_account(self, token: str) -> Account:
        """Return whose access token this is; raises `TokenUnknown`."""
        async with transaction(self._engine) as connection:
            account = await account_tokens.account(connection, sha256_of(token), self._clock())
        if account is None:
            raise TokenUnknown
        return account

    async def access_tokens(self, name: str) -> list[AccountToken]:
        """Return what is known of a person's access tokens, newest first; raises `AccountNotFound`."""
        async with transaction(self._engine) as connection:
            return await account_tokens.of_account(
                connection, await people.account_id_by_name(connection, name)
            )

    async def revoke_access_tokens(self, name: str, token_name: str) -> int:
        """Revoke a person's access tokens of this name; return how many. Raises `AccountNotFound`."""
        async with transaction(self._engine) as connection:
            account_id = await people.account_id_by_name(connection, name)
            return await account_tokens.revoke(connection, account_id, token_name, self._clock())

    async def accounts(self) -> list[Account]:
        """Return all people, by name."""
        async with transaction(self._engine) as connection:
            return await people.accounts(connection)

    async def account_id(self, name: str) -> int | None:
        """Return the key of the account of this name, or None."""
        async with transaction(self._engine) as connection:
            try:
                return await people.account_id_by_name(connection, name)
            except people.AccountNotFound:
                return None

    async def _open_session(self, account_id: int) -> str:
        token = secrets.token_urlsafe(32)
        async with transaction(self._engine) as connection:
            await people.open_session(
                connection,
                token_sha256=sha256_of(token),
                account_id=account_id,
                # Begins with its account's key: a page carries whom it was made for.
                csrf_token=f"{account_id}.{secrets.token_urlsafe(24)}",
                now=self._clock(),
                lasts=self.session_lasts,
            )
        return token


class ApiKeys:
    """Which client a key belongs to, looked up once and then remembered for a while."""

    def __init__(self, engine: AsyncEngine, *, monotonic: Callable[[], float]) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._known: dict[str, tuple[int, float]] = {}

    async def client_id(self, key: str) -> int:
        """Return the client behind a key; raises `KeyUnknown`."""
        # The dictionary holds keys that proved right, so its size is bounded by the clients there are.
        found = self._known.get(key)
        if found is not None and found[1] > self._monotonic():
            return found[0]
        async with transaction(self._engine) as connection:
            client_id = await people.client_by_key(connection, sha256_of(key))
        if client_id is None:
            self._known.pop(key, None)
            raise KeyUnknown
        self._known[key] = (client_id, self._monotonic() + KEY_CACHE_SECONDS)
        return client_id

    async def add(self, name: str, now: datetime, *, replace: bool = False) -> str:
        """Return a new key for a new client, or a fresh one that replaces a known client's.

        Raises `NameTaken` when the client exists and is not to be replaced, and `NameImpossible`.
        """
        name = clean_name(name)
        key = f"tertium_{secrets.token_urlsafe(32)}"
        async with transaction(self._engine) as connection:
            try:
                await people.add_client(connection, name=name, key_sha256=sha256_of(key), now=now)
            except people.NameTaken:
                if not replace:
                    raise
                await people.replace_client_key(connection, name=name, key_sha256=sha256_of(key))
        return key
