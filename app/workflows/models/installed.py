"""The models in this machine's folder: loaded or refused, what is known of them here, their reports."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import REPORT, ArtifactRefused, Model
from app.database.policies import models
from app.database.policies.models import RegisteredModel
from app.database.server.session import transaction
from app.workflows.models.schema_fit import SchemaFit, fit_of_recent_payments
from app.workflows.models.serving import LoadedModels, check_same


class ModelNotFound(Exception):
    """There is no such model in the models folder."""


class ReportNotFound(Exception):
    """This model has no report: `tertium compare` writes one beside the model it trains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """One version in the models folder."""

    version: str
    #: None where it cannot be loaded, or is another one than is known here by its name.
    model: Model | None
    #: Why not, in one sentence; empty where it can.
    refusal: str
    #: None while no start of the service has met it.
    known: RegisteredModel | None
    has_report: bool
    #: How the last payments fit it; None where it cannot be loaded.
    fit: SchemaFit | None


class InstalledModels:
    """Reads the models folder; nothing in it is ever changed."""

    def __init__(self, engine: AsyncEngine, shelf: LoadedModels) -> None:
        self._engine = engine
        self._shelf = shelf

    async def every(self) -> list[InstalledModel]:
        """Return every version in the folder, the newest first."""
        async with transaction(self._engine) as connection:
            known = await models.registered(connection)
        versions = await asyncio.to_thread(self._shelf.versions)
        fits = await fit_of_recent_payments(self._engine, self._shelf, versions)
        return [
            await asyncio.to_thread(self._installed, version, known.get(version), fits.get(version))
            for version in reversed(versions)
        ]

    async def model(self, version: str) -> Model:
        """Return a verified model; raises `ModelNotFound` and `ArtifactRefused`."""
        await self._check_there(version)
        return await asyncio.to_thread(self._shelf.model, version)

    async def report(self, version: str) -> bytes:
        """Return a version's report as HTML; raises `ModelNotFound` and `ReportNotFound`."""
        await self._check_there(version)
        try:
            return await asyncio.to_thread((self._shelf.folder / version / REPORT).read_bytes)
        except OSError as why:
            raise ReportNotFound from why

    async def _check_there(self, version: str) -> None:
        """Refuse any name but those in the folder: no other path is ever read."""
        if version not in await asyncio.to_thread(self._shelf.versions):
            raise ModelNotFound

    def _installed(
        self, version: str, known: RegisteredModel | None, fit: SchemaFit | None
    ) -> InstalledModel:
        model, refusal = None, ""
        try:
            model = self._shelf.model(version)
            if known is not None:
                check_same(model, known.sha256)
        except ArtifactRefused as refused:
            model, refusal = None, str(refused)
        return InstalledModel(
            version=version,
            model=model,
            refusal=refusal,
            known=known,
            has_report=(self._shelf.folder / version / REPORT).is_file(),
            fit=None if model is None else fit,
        )
