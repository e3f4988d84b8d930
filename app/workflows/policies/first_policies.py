"""The policy a model is shipped with, drafted by a manager so that another can approve it."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.artifacts import Model
from app.database.policies import lifecycle, models, policies
from app.database.server.session import transaction
from app.review.access.people import Account
from app.triage.policies.document import digest_of
from app.workflows.models.serving import register
from app.workflows.policies.drafts import Draft, keep
from app.workflows.policies.lab.policy_lab import PolicyLab


class FirstPolicies:
    """Drafts what models are shipped with."""

    def __init__(self, engine: AsyncEngine, lab: PolicyLab, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._lab = lab
        self._clock = clock

    async def draft(self, author: Account, model: Model) -> int:
        """Keep a model's shipped policy as a version, with what it would have done; return its id.

        A version of the same policy that is not archived is not drafted again: its id is returned. What
        speaks against it is left for whoever approves it to answer: a model that has decided nothing
        here yet has no past to be judged by. Raises `ArtifactRefused` for a model that is not the one
        known here by its name.
        """
        async with transaction(self._engine) as connection:
            await policies.lock_bootstrap(connection)
            await register(connection, model, self._clock())
        simulation = await self._lab.simulate(
            model.policy, self._lab.usual_span(), certificate=model.certificate
        )
        draft = Draft(
            policy=model.policy,
            reason=model.policy_reason,
            parent_id=simulation.active.id,
            certificate=model.certificate,
            answers={},
        )
        async with transaction(self._engine) as connection:
            # Of two who press at once the second finds what the first one drafted.
            await lifecycle.lock_moves(connection)
            found = await _drafted(connection, model)
            if found is not None:
                return found
            return await keep(connection, author, draft, simulation, (), now=self._clock())


async def _drafted(connection: AsyncConnection, model: Model) -> int | None:
    """Return the newest version of a model's shipped policy that is not archived."""
    shipped = digest_of(model.policy)
    found = [
        each.id
        for each in await models.unretired(connection, model.version)
        if digest_of(each.policy) == shipped
    ]
    return found[-1] if found else None
