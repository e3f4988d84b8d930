"""A freshly trained model becomes a draft and enters shadow by itself: it decides nothing."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.access import accounts
from app.database.access.accounts import CHALLENGER
from app.database.policies import policies
from app.database.policies.lifecycle import PolicyMoveRefused
from app.database.server.session import transaction
from app.review.access.people import Account
from app.triage.policies.state import PolicyState
from app.workflows.models.serving import LoadedModels
from app.workflows.policies.first_policies import FirstPolicies
from app.workflows.policies.ground import Ground
from app.workflows.policies.lab.policy_lab import PolicyLab
from app.workflows.policies.lifecycle import MOST_SHADOWS, PolicyLifecycle
from app.workflows.policies.refusals import GroundChanged, ModelUnusable, TooManyShadows

NO_ROOM = "Three versions are in shadow already: end one of them, then train a challenger."


class Challengers:
    """Lets challengers in, by the system's own hand; promotion is a move of people."""

    def __init__(
        self,
        engine: AsyncEngine,
        shelf: LoadedModels,
        *,
        lab: PolicyLab,
        lifecycle: PolicyLifecycle,
        first: FirstPolicies,
    ) -> None:
        self._engine = engine
        self._shelf = shelf
        self._lab = lab
        self._lifecycle = lifecycle
        self._first = first

    async def refusal(self) -> str:
        """Return why none could enter shadow just now; empty where one could."""
        async with transaction(self._engine) as connection:
            return NO_ROOM if len(await policies.shadows(connection)) >= MOST_SHADOWS else ""

    async def is_one_in_shadow(self) -> bool:
        """Whether a challenger that entered by itself is in shadow."""
        async with transaction(self._engine) as connection:
            author = await accounts.system_account(connection, CHALLENGER)
            return any(each.author_id == author.id for each in await policies.shadows(connection))

    async def enter(self, version: str) -> str:
        """Draft what a model is shipped with, let it enter shadow, and return what became of it.

        A model that is there already is not drafted twice. Raises `ArtifactRefused`.
        """
        model = await asyncio.to_thread(self._shelf.model, version)
        async with transaction(self._engine) as connection:
            author = await accounts.system_account(connection, CHALLENGER)
        policy_id = await self._first.draft(author, model)
        promise = f"misses at most {model.certificate.miss_rate_at_most:.3g} of all frauds"
        try:
            await self._into_shadow(author, policy_id)
        except TooManyShadows:
            return f"Its version {policy_id} ({promise}) is drafted; three others are in shadow already."
        except (GroundChanged, ModelUnusable, PolicyMoveRefused):
            return f"Its version {policy_id} ({promise}) is drafted; it could not enter shadow: look at it."
        return f"Its version {policy_id} ({promise}) is in shadow."

    async def _into_shadow(self, author: Account, policy_id: int) -> None:
        async with transaction(self._engine) as connection:
            version = await policies.by_id(connection, policy_id)
            active_id = await policies.active_id(connection)
        if version.state is PolicyState.SHADOW or active_id is None:
            return
        if version.state is PolicyState.DRAFT:
            # Another process met the model first, and drafted it without looking.
            await self._lifecycle.simulate(author, policy_id, self._lab.usual_span())
        ground = Ground(active_id=active_id, state=PolicyState.SIMULATED)
        await self._lifecycle.start_shadow(author, policy_id, ground)
