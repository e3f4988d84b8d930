"""Writes the demo's past through the service's own work, where nothing was ever decided before."""

from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.demo.past.calendar import begins_at
from app.cli.demo.past.clock import PastClock
from app.cli.demo.past.colleagues import hire, let_go
from app.cli.demo.past.story import Written, story_of
from app.cli.demo.people import add_people
from app.cli.demo.stream import Shop
from app.cli.demo.supplies import Supply
from app.database.policies import models, policies
from app.database.server.session import transaction
from app.datasets import DatasetRefused
from app.main import on_clock
from app.settings import Settings

#: More is drawn for a look than in a service of its own, so that two weeks show how people judge; verdicts
#: leave the house at once, and a look that takes long keeps its case.
OF_THE_PAST: dict[str, object] = {
    "undo_seconds": 0.0,
    "lease_seconds": 3600,
    "second_look_share": 0.5,
    "gold_share": 0.3,
    "blind_share": 0.3,
    "scoring_timeout_ms": 60_000,
}


async def has_past(engine: AsyncEngine) -> bool:
    """Whether anything could be decided here before: payments lie in the order in which they came."""
    async with transaction(engine) as connection:
        return await policies.active_id(connection) is not None


async def features_here(engine: AsyncEngine) -> tuple[str, ...]:
    """Return what the model reads that decides here; for a database of which `has_past` is true."""
    async with transaction(engine) as connection:
        return await models.active_features(connection)


async def write_past(
    settings: Settings, url: str, ends_at: datetime, *, seed: int, supply: Supply
) -> Written:
    """Write two weeks up to a moment; the same for the same moment and seed, but for keys and tokens.

    For a migrated database of which `has_past` is false. Raises `DatasetRefused` when the model of the
    settings does not read what the supply makes, `ArtifactRefused` and `DatabaseUnavailable`.
    """
    clock, shop = PastClock(begins_at(ends_at)), Shop(supply, seed=seed, run_id="past")
    of_the_past = settings.model_copy(update={**OF_THE_PAST, "seed": seed})
    async with on_clock(of_the_past, url, clock) as services:
        model = services.models.serving.pair.model
        if set(model.schema.names) != set(supply.names):
            raise DatasetRefused(f"model {model.version} reads other features than they have")
        await add_people(services.access.accounts)
        colleagues = await hire(services.access)
        rng = np.random.default_rng(seed)
        story = await story_of(services, clock, colleagues, shop, ends_at=ends_at, rng=rng)
        written = await story.tell()
        await let_go(services.access, colleagues)
    return written
