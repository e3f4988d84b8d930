"""Exchange rates: held in memory, kept current, and used to rank the pending cases."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import blindness
from app.database.payments import exchange_rates
from app.database.server.session import transaction
from app.review.currency_rates import Rate, RateTable
from app.workflows.models.serving import Serving
from app.workflows.payments.opening import Opening


class ExchangeRates:
    """Holds the rates of this installation's base currency; `refresh` runs beside the requests."""

    def __init__(
        self, engine: AsyncEngine, *, base: str, unrated_loss: float, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._clock = clock
        #: What a loss counts as whose currency has no rate (base currency).
        self._unrated_loss = unrated_loss
        self._read_to = -1
        self.table = RateTable(base=base, rates={})

    async def refresh(self) -> None:
        """Take up rates that are new here, and rank anew what waits; at first, all that waits."""
        async with transaction(self._engine) as connection:
            newest = await exchange_rates.newest(connection)
            if newest == self._read_to:
                return
            table = await exchange_rates.current(connection, self.table.base)
        self.table = table
        moved = 1
        while moved:
            async with transaction(self._engine) as connection:
                moved = await exchange_rates.rank_anew(connection, table, unrated=self._unrated_loss)
        self._read_to = newest

    async def add(self, told: Sequence[Rate]) -> None:
        """Keep rates, and rank by them at once."""
        async with transaction(self._engine) as connection:
            await exchange_rates.add(connection, self.table.base, told, now=self._clock())
        await self.refresh()


async def draw_what_waits(engine: AsyncEngine, serving: Serving, opening: Opening, *, now: datetime) -> None:
    """Draw and rank what opened before cases were drawn as they open."""
    pair = serving.pair
    async with transaction(engine) as connection:
        waiting = await blindness.undrawn(connection)
        await blindness.draw_all(
            connection, waiting, share=opening.blind_share, draws=opening.blind_draws, now=now
        )
        await exchange_rates.rank_blind(
            connection,
            base_rate=pair.model.base_rate,
            overhead=pair.policy.costs.overhead,
            unrated=opening.unrated_loss,
        )
