"""What the database tells its processes: a policy was activated, an outcome settled, somebody was told."""

import asyncio
from collections.abc import Callable, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.server.session import single_statement

POLICY_ACTIVATED = "policy_activated"
OUTCOME_SETTLED = "outcome_settled"
ACCESS_CHANGED = "access_changed"
MESSAGE_TOLD = "message_told"

# How often a silent connection is asked whether it still lives.
ALIVE_SECONDS = 5.0


async def listen(
    engine: AsyncEngine, handlers: Mapping[str, Callable[[str], None]], *, on_listening: Callable[[], None]
) -> None:
    """Hand each notification's payload to its channel's handler, until the connection is lost.

    `engine` is one of `connect_for_statements`. `on_listening` is called once news can no longer be
    missed. Raises `DatabaseUnavailable`.
    """
    async with single_statement(engine) as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        if raw is None:
            raise ConnectionError
        for channel, handler in handlers.items():
            await raw.add_listener(channel, _receiver(handler))
        on_listening()
        try:
            while True:
                await asyncio.sleep(ALIVE_SECONDS)
                await connection.execute(text("SELECT 1"))
        finally:
            # The pool must not hand out a connection that still listens.
            await connection.invalidate()


def _receiver(handler: Callable[[str], None]) -> Callable[[object, int, str, object], None]:
    def receive(_connection: object, _process_id: int, _channel: str, payload: object) -> None:
        handler(str(payload))

    return receive
