"""Whether the payments that arrive here hold what a model reads: those that do not all go to people."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import ArtifactRefused, Model
from app.database.payments.recent_features import recent_features
from app.database.server.session import transaction
from app.scoring.templated_text import Templated
from app.triage.written_numbers import count
from app.workflows.models.serving import LoadedModels

#: The last payments that are looked at.
LOOKED_AT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFit:
    """How many of the last payments do not fit a model's schema."""

    model_version: str
    payments: int
    unfit: int
    #: What is wrong with the newest of those; empty where there is none.
    example: str = ""

    @property
    def warning(self) -> str:
        """What that means, in one or two sentences; empty where all fit."""
        if not self.unfit:
            return ""
        return Templated(
            "%(unfit)s of the last %(payments)s payments do not fit the schema of model %(version)s, and such"
            " payments all go to people. The newest of them: %(example)s",
            unfit=count(self.unfit),
            payments=count(self.payments),
            version=self.model_version,
            example=self.example,
        )


def schema_fit(model: Model, payments: Sequence[Mapping[str, Any]]) -> SchemaFit:
    """Return how payments, the newest first, fit a model's schema."""
    problems = [found for each in payments if (found := model.schema.problems(each))]
    return SchemaFit(
        model_version=model.version,
        payments=len(payments),
        unfit=len(problems),
        example=problems[0][0][1] if problems else "",
    )


async def fit_of_recent_payments(
    engine: AsyncEngine, shelf: LoadedModels, versions: Sequence[str]
) -> Mapping[str, SchemaFit]:
    """Return how the last payments fit each of these models that can be loaded."""
    async with transaction(engine) as connection:
        payments = await recent_features(connection, most=LOOKED_AT)
    return await asyncio.to_thread(_fits, shelf, versions, payments)


def _fits(
    shelf: LoadedModels, versions: Sequence[str], payments: Sequence[Mapping[str, Any]]
) -> Mapping[str, SchemaFit]:
    found: dict[str, SchemaFit] = {}
    for version in versions:
        try:
            found[version] = schema_fit(shelf.model(version), payments)
        except ArtifactRefused:
            continue  # told where the model is listed, and when something is to depend on it
    return found
