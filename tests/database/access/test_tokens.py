"""A person's token opens the door until it is over, revoked, or its owner is gone."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.access import tokens as stored_tokens
from app.review.access.people import Account, Role
from tests.builders import NOON, register_account

LASTS = timedelta(days=90)


async def a_token(connection: AsyncConnection, owner: Account, *, name: str = "laptop") -> str:
    """Give a person a token; return its hash."""
    token_sha256 = f"{owner.name}-{name}"
    await stored_tokens.add(
        connection, token_sha256=token_sha256, account_id=owner.id, name=name, now=NOON, lasts=LASTS
    )
    return token_sha256


async def test_a_live_token_is_its_owner(connection: AsyncConnection) -> None:
    owner = await register_account(connection)
    token = await a_token(connection, owner)
    assert await stored_tokens.account(connection, token, NOON) == owner
    assert await stored_tokens.account(connection, token, NOON + LASTS - timedelta(seconds=1)) == owner


async def test_no_other_token_opens_anything(connection: AsyncConnection) -> None:
    owner = await register_account(connection)
    over, revoked, dismissed = [
        await a_token(connection, await register_account(connection)) for _ in range(3)
    ]
    gone = await a_token(connection, owner, name="desk")
    system = await a_token(connection, await register_account(connection, Role.SYSTEM))
    await connection.execute(
        text("UPDATE account_tokens SET revoked_at = now() WHERE token_sha256 = :token"), {"token": revoked}
    )
    for token in (dismissed, gone):
        await connection.execute(
            text(
                "UPDATE accounts SET is_active = false"
                " WHERE id = (SELECT account_id FROM account_tokens WHERE token_sha256 = :token)"
            ),
            {"token": token},
        )
    for token in (revoked, dismissed, gone, system, "never given"):
        assert await stored_tokens.account(connection, token, NOON) is None
    assert await stored_tokens.account(connection, over, NOON + LASTS) is None


async def test_a_revoked_token_stays_on_its_owners_list(connection: AsyncConnection) -> None:
    owner, other = await register_account(connection), await register_account(connection)
    for each in (owner, other):
        for name in ("laptop", "desk"):
            await a_token(connection, each, name=name)
    assert await stored_tokens.revoke(connection, owner.id, "laptop", NOON) == 1
    assert await stored_tokens.revoke(connection, owner.id, "laptop", NOON) == 0
    assert await stored_tokens.revoke(connection, owner.id, "never given", NOON) == 0
    tokens = await stored_tokens.of_account(connection, owner.id)
    assert {(token.name, token.revoked_at, token.is_live(NOON)) for token in tokens} == {
        ("laptop", NOON, False),
        ("desk", None, True),
    }
    assert {token.expires_at for token in tokens} == {NOON + LASTS}
    assert all(token.is_live(NOON) for token in await stored_tokens.of_account(connection, other.id))
