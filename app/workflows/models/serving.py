"""The active model and policy of this process: registered, loaded, and kept current."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.artifacts import ArtifactRefused, Model, list_models, load_model
from app.database.access import accounts
from app.database.policies import lifecycle, policies
from app.database.policies.policies import PolicyVersion
from app.database.server.session import transaction
from app.observability.logs import logger_of
from app.triage.policies.policy import Policy
from app.triage.policies.state import PolicyState

logger = logger_of(__name__)

TRAINER = "system:train"
BOOTSTRAP = "system:bootstrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivePair:
    """The model and the policy that decide together."""

    policy_id: int
    policy: Policy
    model: Model


class LoadedModels:
    """The models of this machine, each loaded and verified when it is first wanted."""

    def __init__(self, folder: Path, *, device: str) -> None:
        self._folder = folder
        self._device = device
        self._loaded: dict[str, Model] = {}

    @property
    def folder(self) -> Path:
        """Where the models of this machine lie."""
        return self._folder

    def versions(self) -> list[str]:
        """Return the versions in the folder, oldest first."""
        return [folder.name for folder in list_models(self._folder)]

    async def check(self, version: str) -> None:
        """Load a model before anything is made to depend on it. Raises `ArtifactRefused`."""
        await asyncio.to_thread(self.model, version)

    def model(self, version: str) -> Model:
        """Return a verified model; raises `ArtifactRefused` when it is missing or not itself."""
        if version not in self._loaded:
            self._loaded[version] = load_model(self._folder / version, device=self._device)
        return self._loaded[version]


class Serving:
    """The pairs this process decides by, active and in shadow; `refresh` follows the database."""

    def __init__(self, engine: AsyncEngine, shelf: LoadedModels) -> None:
        self._engine = engine
        self._shelf = shelf
        self._pair: ActivePair | None = None
        self._shadows: tuple[ActivePair, ...] = ()
        self._shadow_ids: tuple[int, ...] = ()

    @property
    def pair(self) -> ActivePair:
        """The pair as last seen; raises ArtifactRefused before the first `refresh`."""
        if self._pair is None:
            raise ArtifactRefused("No model has been activated yet.")
        return self._pair

    @property
    def shelf(self) -> LoadedModels:
        """The models of this machine."""
        return self._shelf

    @property
    def shadows(self) -> tuple[ActivePair, ...]:
        """The pairs that decide beside the active one, without effect."""
        return self._shadows

    async def check_usable(self, version: PolicyVersion) -> None:
        """Raise `ArtifactRefused` where the model of a version cannot be loaded on this machine."""
        await self._shelf.check(version.policy.model_version)

    async def refresh(self) -> ActivePair:
        """Load the pairs that the database holds active and in shadow, and return the active one.

        Raises `ArtifactRefused` when the active one's model is not on this machine. A shadow whose
        model is not here casts none.
        """
        async with transaction(self._engine) as connection:
            active_id, shadow_ids = await policies.deciding_ids(connection)
            is_same = self._pair is not None and self._pair.policy_id == active_id
            version = None if is_same else await policies.active_pair(connection)
            in_shadow = [] if shadow_ids == self._shadow_ids else await policies.shadows(connection)
        if not is_same:
            if version is None:
                raise ArtifactRefused("No model has been activated yet.")
            self._pair = self._loaded(version)
        if shadow_ids != self._shadow_ids:
            await self._follow_shadows(in_shadow)
        return self.pair

    async def _follow_shadows(self, versions: Sequence[PolicyVersion]) -> None:
        """Take these for the shadows; payments go on while a model of theirs is loaded."""
        self._shadow_ids = tuple(version.id for version in versions)
        self._shadows = tuple(pair for pair in self._shadows if pair.policy_id in self._shadow_ids)
        found = [await asyncio.to_thread(self._shadow, version) for version in versions]
        if self._shadow_ids == tuple(version.id for version in versions):
            self._shadows = tuple(pair for pair in found if pair is not None)

    def _shadow(self, version: PolicyVersion) -> ActivePair | None:
        try:
            return self._loaded(version)
        except ArtifactRefused as refused:
            logger.warning("a version casts no shadow here", policy_version=version.id, detail=str(refused))
            return None

    def _loaded(self, version: PolicyVersion) -> ActivePair:
        model = self._shelf.model(version.policy.model_version)
        return ActivePair(policy_id=version.id, policy=version.policy, model=model)


async def bootstrap(engine: AsyncEngine, shelf: LoadedModels, clock: Callable[[], datetime]) -> None:
    """Register this machine's models; on a new database, activate the newest one's shipped policy.

    A model that is damaged, or is another one than is known by its name, is told and left out. Raises
    `ArtifactRefused` when it is the one that decides, or when there is no sound one.
    """
    versions = shelf.versions()
    if not versions:
        raise ArtifactRefused(f"No trained model was found in {shelf.folder}; `tertium train` makes one.")
    async with transaction(engine) as connection:
        await policies.lock_bootstrap(connection)
        now = clock()
        active = await policies.active_pair(connection)
        deciding = None if active is None else active.policy.model_version
        sound = [
            model
            for version in versions
            if (model := await _met(connection, shelf, version, now, deciding=deciding)) is not None
        ]
        if active is None:
            if not sound:
                raise ArtifactRefused(f"Of {len(versions)} models in {shelf.folder} none can be loaded.")
            await _activated(connection, sound[-1], now)


async def _met(
    connection: AsyncConnection, shelf: LoadedModels, version: str, now: datetime, *, deciding: str | None
) -> Model | None:
    """Return a model of the folder, registered; None where it cannot be used and does not decide."""
    try:
        model = await asyncio.to_thread(shelf.model, version)
        is_unknown = await register(connection, model, now)
    except ArtifactRefused as refused:
        if version == deciding:
            raise
        logger.warning("a model is left out", model_version=version, detail=str(refused))
        return None
    # A model that comes to a working installation is promoted by people, like any other change.
    if is_unknown and deciding is not None:
        await _drafted(connection, model, now)
    return model


async def register(connection: AsyncConnection, model: Model, now: datetime) -> bool:
    """Return whether a model was unknown here and is registered now; raises `ArtifactRefused`."""
    known = await policies.registered_sha256(connection, model.version)
    if known is None:
        await policies.register_model(
            connection, version=model.version, sha256=model.sha256, card=model.card, now=now
        )
    else:
        check_same(model, known)
    return known is None


def check_same(model: Model, known_sha256: str) -> None:
    """Raise `ArtifactRefused` for a model that is not the one known here by its name."""
    if known_sha256 != model.sha256:
        raise ArtifactRefused(
            f"Model {model.version} is not the one this database knows by that name"
            f" (sha256 {model.sha256[:12]}, registered {known_sha256[:12]})."
        )


async def _drafted(connection: AsyncConnection, model: Model, now: datetime) -> int:
    """Write a model's shipped policy as a draft and return its id."""
    return await policies.draft(
        connection,
        model.policy,
        author_id=await accounts.account_id_by_name(connection, TRAINER),
        reason=model.policy_reason,
        parent_id=None,
        certificate=model.certificate,
        now=now,
    )


async def _activated(connection: AsyncConnection, model: Model, now: datetime) -> None:
    """Let a model's shipped policy decide, approved by the system: the first of a new installation."""
    policy_id = await _drafted(connection, model, now)
    approver = await accounts.account_id_by_name(connection, BOOTSTRAP)
    for state in (PolicyState.SIMULATED, PolicyState.APPROVED):
        await lifecycle.move(connection, policy_id, state, account_id=approver, now=now)
    await lifecycle.activate(connection, policy_id, account_id=approver, now=now)
