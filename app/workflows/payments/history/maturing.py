"""Tells the keys of a payment that it was a fraud once that is known; it is read when the delay is over."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.payments.history import frauds, states
from app.database.payments.history.keys import Fingerprints, fingerprints
from app.database.server.session import driver_statement
from app.workflows.models.serving import Serving
from app.workflows.payments.history.book import histories_in_force
from app.workflows.payments.history.telling import BATCH_PAYMENTS, tell_keys


class FraudMaturing:
    """Runs on every replica; what one has counted, the others find counted."""

    def __init__(self, statements: AsyncEngine, serving: Serving, *, clock: Callable[[], datetime]) -> None:
        self._statements = statements
        self._serving = serving
        self._clock = clock
        self._prints: Fingerprints | None = None

    async def tick(self) -> None:
        """Look once at what became known; raises `DatabaseUnavailable`."""
        kept = histories_in_force(self._serving.pair, self._serving.shadows)
        histories = [each for each in kept if each.delay_days is not None]
        if not histories:
            return
        async with driver_statement(self._statements) as connection:
            heard = await frauds.heard(connection)
            prints = self._prints = self._prints or await fingerprints(connection)
            for begin in range(0, len(heard.payments), BATCH_PAYMENTS):
                part = heard.payments[begin : begin + BATCH_PAYMENTS]
                tell = partial(tell_keys, connection, part, histories, prints, self._clock())
                await states.keys_locked(connection, tell)
            if heard.next_xact > heard.xact:
                await frauds.move(connection, heard.next_xact)
