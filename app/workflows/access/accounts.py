"""Authentication of people: passwords, one-time links, sessions, access tokens."""

import asyncio
import hashlib
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from pwdlib import PasswordHash
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.access import accounts as stored_accounts
from app.database.access import events, login_attempts, preferences, tokens
from app.database.access.tokens import AccountToken
from app.database.server.session import transaction
from app.review.access.administration import COMMAND_LINE, AccessAction, Hand, SessionEnd
from app.review.access.login_limits import LOCAL, LONGEST_DELAY, MOST_DELAYED, Failures, delay_of, waits_until
from app.review.access.people import (
    LONGEST_PASSWORD,
    Account,
    Role,
    checked_password,
    clean_name,
    same_password,
)
from app.review.access.preferences import Preferences
from app.review.text import name_key

LINK_LASTS = timedelta(hours=24)


class LoginRefused(Exception):
    """The name or the password is wrong, or this link was used already or has expired."""


class TooManyAttempts(Exception):
    """Too many failed logins from here under this name; wait a while, or use a one-time link."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        #: How long until a password is looked at again.
        self.wait = wait


class TokenUnknown(Exception):
    """The personal access token is missing, unknown, expired or revoked."""


def sha256_of(secret: str) -> str:
    """Return what is stored of a secret that is long and random by itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Accounts:
    """Logins and sessions of people."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        clock: Callable[[], datetime],
        session_lasts: timedelta,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._pause = pause
        self._delayed: Counter[str] = Counter()
        self.session_lasts = session_lasts
        self._passwords = PasswordHash.recommended()
        # Verified against when the name is unknown, so that the answer takes as long.
        self._nobody = self._passwords.hash(secrets.token_urlsafe())

    async def add(
        self,
        *,
        name: str,
        display_name: str,
        role: Role,
        password: str | None,
        by: Hand = COMMAND_LINE,
    ) -> int:
        """Return the key of a new account; raises `NameTaken`, `NameImpossible` and `PasswordImpossible`."""
        name, display_name = clean_name(name), clean_name(display_name)
        password_hash = None if password is None else await self.hashed(password)
        async with transaction(self._engine) as connection:
            now = self._clock()
            account_id = await stored_accounts.add_account(
                connection,
                name=name,
                display_name=display_name,
                role=role,
                password_hash=password_hash,
                now=now,
            )
            await events.add(
                connection, by, AccessAction.ADDED, now=now, reason="", account_id=account_id, role=role.value
            )
            return account_id

    async def hashed(self, password: str) -> str:
        """Return what is kept of a new password; raises `PasswordImpossible`."""
        return await asyncio.to_thread(self._passwords.hash, checked_password(password))

    async def login(self, name: str, password: str, *, source: str = LOCAL) -> str:
        """Return a session token; raises `LoginRefused` and `TooManyAttempts`.

        `source` is where the caller comes from, as `app.review.access.login_limits.source_of` names it.
        """
        now, key = self._clock(), name_key(name)
        async with transaction(self._engine) as connection:
            failures = await login_attempts.failures(connection, key, source, now)
            delay = delay_of(failures)
            self._refuse_waiting(failures, delay, source, now)
            # Counted as failed until it proves right: many guesses at once are many guesses.
            await login_attempts.add(connection, key, source, now)
            found = await stored_accounts.password_login(connection, name)
        await self._delay(delay, source)
        stored = found[1] if found is not None else self._nobody
        # Nobody could set a longer one, and hashing it would be work for nothing.
        told = same_password(password)[: LONGEST_PASSWORD + 1]
        is_right = await asyncio.to_thread(self._passwords.verify, told, stored)
        if found is None or not is_right:
            raise LoginRefused
        async with transaction(self._engine) as connection:
            await login_attempts.forget(connection, key, source)
        return await self._open_session(found[0].id)

    def _refuse_waiting(self, failures: Failures, delay: timedelta, source: str, now: datetime) -> None:
        until = waits_until(failures)
        if until is not None and until > now:
            raise TooManyAttempts(until - now)
        if delay and self._delayed[source] >= MOST_DELAYED:
            raise TooManyAttempts(LONGEST_DELAY)

    async def _delay(self, delay: timedelta, source: str) -> None:
        if not delay:
            return
        self._delayed[source] += 1
        try:
            await self._pause(delay.total_seconds())
        finally:
            self._delayed[source] -= 1
            self._delayed += Counter()  # drops who waits no more

    async def forget_attempts(self) -> None:
        """Delete failed logins that count no more."""
        async with transaction(self._engine) as connection:
            await login_attempts.prune(connection, self._clock())

    async def new_link_token(self, name: str) -> str:
        """Return the token of a fresh one-time login link, now the only one; raises `AccountNotFound`."""
        token = secrets.token_urlsafe(24)
        async with transaction(self._engine) as connection:
            account_id = await stored_accounts.person_id_by_name(connection, name)
            now = self._clock()
            await stored_accounts.add_login_link(
                connection,
                token_sha256=sha256_of(token),
                account_id=account_id,
                now=now,
                lasts=LINK_LASTS,
            )
            await events.add(
                connection, COMMAND_LINE, AccessAction.LINK_MADE, now=now, reason="", account_id=account_id
            )
        return token

    async def is_link_open(self, token: str) -> bool:
        """Whether a one-time link can still be spent; looking spends nothing."""
        async with transaction(self._engine) as connection:
            return await stored_accounts.is_link_open(connection, sha256_of(token), self._clock())

    async def login_by_link(self, token: str) -> str:
        """Spend a one-time link and return a session token; raises `LoginRefused`."""
        async with transaction(self._engine) as connection:
            account_id = await stored_accounts.use_login_link(connection, sha256_of(token), self._clock())
        if account_id is None:
            raise LoginRefused
        return await self._open_session(account_id)

    async def visitor(self, session_token: str) -> tuple[Account, str] | None:
        """Return whose live session this is, with its CSRF token."""
        async with transaction(self._engine) as connection:
            return await stored_accounts.session_account(connection, sha256_of(session_token), self._clock())

    async def prefer(self, account: Account, chosen: Preferences) -> None:
        """Keep how a person wants the pages to be."""
        async with transaction(self._engine) as connection:
            await preferences.keep(connection, account.id, chosen, now=self._clock())

    async def session_end(self, session_token: str) -> SessionEnd | None:
        """Return why an administrator ended this session; None where none did."""
        async with transaction(self._engine) as connection:
            return await stored_accounts.session_end(connection, sha256_of(session_token))

    async def logout(self, session_token: str) -> None:
        """End a session."""
        async with transaction(self._engine) as connection:
            await stored_accounts.close_session(connection, sha256_of(session_token))

    async def new_access_token(self, name: str, *, token_name: str, lasts: timedelta) -> str:
        """Return a token by which a program acts in a person's name.

        Raises `AccountNotFound` and `NameImpossible`.
        """
        # The beginning says whose door a leaked token opens, to people and to scanners of repositories.
        token, token_name = f"tertium_pat_{secrets.token_urlsafe(32)}", clean_name(token_name)
        async with transaction(self._engine) as connection:
            now, account_id = self._clock(), await stored_accounts.person_id_by_name(connection, name)
            await tokens.add(
                connection,
                token_sha256=sha256_of(token),
                account_id=account_id,
                name=token_name,
                now=now,
                lasts=lasts,
            )
            await events.add(
                connection, COMMAND_LINE, AccessAction.TOKEN_MADE, now=now, reason="", account_id=account_id,
                token=token_name, days=lasts.days,
            )  # fmt: skip
        return token

    async def token_account(self, token: str) -> Account:
        """Return whose access token this is; raises `TokenUnknown`."""
        async with transaction(self._engine) as connection:
            account = await tokens.account(connection, sha256_of(token), self._clock())
        if account is None:
            raise TokenUnknown
        return account

    async def access_tokens(self, name: str) -> list[AccountToken]:
        """Return what is known of a person's access tokens, newest first; raises `AccountNotFound`."""
        async with transaction(self._engine) as connection:
            return await tokens.of_account(
                connection, await stored_accounts.account_id_by_name(connection, name)
            )

    async def revoke_access_tokens(self, name: str, token_name: str) -> int:
        """Revoke a person's access tokens of this name; return how many. Raises `AccountNotFound`."""
        async with transaction(self._engine) as connection:
            account_id = await stored_accounts.account_id_by_name(connection, name)
            now = self._clock()
            revoked = await tokens.revoke(connection, account_id, token_name, now)
            if revoked:
                await events.add(
                    connection, COMMAND_LINE, AccessAction.TOKENS_REVOKED,
                    now=now, reason="", account_id=account_id, token=token_name, tokens=revoked,
                )  # fmt: skip
            return revoked

    async def accounts(self) -> list[Account]:
        """Return all people, by name."""
        async with transaction(self._engine) as connection:
            return await stored_accounts.accounts(connection)

    async def account_id(self, name: str) -> int | None:
        """Return the key of the account of this name, or None."""
        async with transaction(self._engine) as connection:
            try:
                return await stored_accounts.account_id_by_name(connection, name)
            except stored_accounts.AccountNotFound:
                return None

    async def _open_session(self, account_id: int) -> str:
        token = secrets.token_urlsafe(32)
        async with transaction(self._engine) as connection:
            await stored_accounts.open_session(
                connection,
                token_sha256=sha256_of(token),
                account_id=account_id,
                # Begins with its account's key: a page carries whom it was made for.
                csrf_token=f"{account_id}.{secrets.token_urlsafe(24)}",
                now=self._clock(),
                lasts=self.session_lasts,
            )
        return token
