"""Which model and policy decide here and now: registered, loaded, followed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import ArtifactRefused, Model, list_models, load_model
from app.database import people, policies
from app.database.session import transaction
from app.triage.policy import Policy
from app.triage.policy_state import PolicyState

TRAINER = "system:train"
BOOTSTRAP = "system:bootstrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivePair:
    """The model and the policy that decide together."""

    policy_id: int
    policy: Policy
    model: Model


class ModelShelf:
    """The models of this machine, each loaded and verified when it is first wanted."""

    def __init__(self, folder: Path, *, device: str) -> None:
        self._folder = folder
        self._device = device
        self._loaded: dict[str, Model] = {}

    def versions(self) -> list[str]:
        """Return the versions in the folder, oldest first."""
        return [folder.name for folder in list_models(self._folder)]

    def model(self, version: str) -> Model:
        """Return a verified model; raises `ArtifactRefused` when it is missing or not itself."""
        if version not in self._loaded:
            self._loaded[version] = load_model(self._folder / version, device=self._device)
        return self._loaded[version]


class Serving:
    """The pair this process decides by; `refresh` follows the database."""

    def __init__(self, engine: AsyncEngine, shelf: ModelShelf) -> None:
        self._engine = engine
        self._shelf = shelf
        self._pair: ActivePair | None = None

    @property
    def pair(self) -> ActivePair:
        """The pair as last seen; raises ArtifactRefused before the first `refresh`."""
        if self._pair is None:
            raise ArtifactRefused("No model has been activated yet.")
        return self._pair

    async def refresh(self) -> ActivePair:
        """Load the pair that the database holds active, and return it.

        Raises `ArtifactRefused` when its model is not on this machine.
        """
        async with transaction(self._engine) as connection:
            active_id = await policies.active_id(connection)
            if self._pair is not None and self._pair.policy_id == active_id:
                return self._pair
            version = await policies.active_pair(connection)
        if version is None:
            raise ArtifactRefused("No model has been activated yet.")
        model = self._shelf.model(version.policy.model_version)
        self._pair = ActivePair(policy_id=version.id, policy=version.policy, model=model)
        return self._pair


async def bootstrap(engine: AsyncEngine, shelf: ModelShelf, clock: Callable[[], datetime]) -> None:
    """Register this machine's models; on a new database, activate the newest one's shipped policy.

    Raises `ArtifactRefused` when there is no model, or one changed since it was registered.
    """
    versions = shelf.versions()
    if not versions:
        raise ArtifactRefused("No trained model was found; `tertium train` makes one.")
    async with transaction(engine) as connection:
        await policies.lock_bootstrap(connection)
        now = clock()
        for version in versions:
            model = shelf.model(version)
            known = await policies.registered_sha256(connection, version)
            if known is None:
                await policies.register_model(
                    connection, version=version, sha256=model.sha256, card=model.card, now=now
                )
            elif known != model.sha256:
                raise ArtifactRefused(
                    f"Model {version} is not the one this database knows by that name"
                    f" (sha256 {model.sha256[:12]}, registered {known[:12]})."
                )
        if await policies.active_id(connection) is not None:
            return
        newest = shelf.model(versions[-1])
        trainer = await people.account_id_by_name(connection, TRAINER)
        approver = await people.account_id_by_name(connection, BOOTSTRAP)
        policy_id = await policies.draft(
            connection,
            newest.policy,
            author_id=trainer,
            reason=newest.policy_reason,
            parent_id=None,
            certificate=asdict(newest.certificate),
            simulation=None,
            now=now,
        )
        for state in (PolicyState.SIMULATED, PolicyState.APPROVED):
            await policies.move(connection, policy_id, state, account_id=approver, now=now)
        await policies.activate(connection, policy_id, account_id=approver, now=now)
