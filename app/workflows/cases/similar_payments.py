"""The payments of known truth, held in memory and kept current, to find those most similar to a case."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from app.artifacts import Model
from app.database.cases.cases import CaseFile
from app.database.payments import labelled
from app.database.payments.labelled import START, LabelledRow, ReadPosition
from app.database.server.session import transaction
from app.review.neighbours import HourShare, Known, Labelled, Nearest
from app.scoring.arrays import Floats
from app.workflows.models.serving import Serving

# The newest so many are held: some 5 MB of features, searched in a few milliseconds.
MOST_ROWS = 20_000
# Parsed at once in a thread, so that nobody else waits for long.
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownPaymentsOfModel:
    """What is in memory, on one model version's scale."""

    model_version: str
    mark: ReadPosition
    labelled: Labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarPayments:
    """The payments of known truth most similar to a case."""

    nearest: Nearest
    #: None while too few legit payments are known to call an hour quiet.
    hour: HourShare | None


class KnownPayments:
    """Follows labels and verdicts; `refresh` runs beside the requests, `likeness` only reads memory."""

    def __init__(self, engine: AsyncEngine, serving: Serving, *, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._serving = serving
        self._clock = clock
        self._held: KnownPaymentsOfModel | None = None

    async def refresh(self) -> None:
        """Take up what was heard since the last time, everything for another model; let go what is none."""
        model, held = self._serving.pair.model, self._held
        if held is None or held.model_version != model.version:
            held = _nothing(model)
        async with transaction(self._engine) as connection:
            keys, mark = await labelled.heard_since(connection, held.mark, most=MOST_ROWS)
        parts: list[tuple[list[Known], Floats]] = []
        told: set[int] = set()
        for start in range(0, len(keys), ROWS_AT_ONCE):
            async with transaction(self._engine) as connection:
                rows = await labelled.known(connection, keys[start : start + ROWS_AT_ONCE])
            told.update(row.known.transaction_key for row in rows)
            parts.append(await asyncio.to_thread(_columns, model, rows))
        if withdrawn := [key for key in keys if key not in told]:
            held = replace(held, labelled=await asyncio.to_thread(held.labelled.without, withdrawn))
        if parts:
            held = replace(held, labelled=await asyncio.to_thread(_joined, held.labelled, parts))
        self._held = replace(held, mark=mark)

    async def likeness(
        self, model: Model, vector: Floats, file: CaseFile, *, reader_id: int | None = None
    ) -> SimilarPayments | None:
        """Return the known payments nearest to a case's standardised vector, shape (columns,).

        Only payments that occurred no later than the case's count, by what is known of them now, and none
        that the reader might be asked to check: its truth would be told before. None while nothing is
        held yet on this model's scale, and for an amount in another currency.
        """
        held = self._held
        if held is None or held.model_version != model.version:
            return None
        if not model.schema.knows_currency(file.currency):
            return None
        apart: set[int] = set()
        while True:
            nearest = await asyncio.to_thread(
                held.labelled.nearest,
                vector,
                transaction_key=file.case.transaction_key,
                apart=frozenset(apart),
                occurred_by=file.occurred_at,
                known_by=self._clock(),
            )
            found = [each.known.transaction_key for each in (*nearest.frauds, *nearest.legits)]
            async with transaction(self._engine) as connection:
                live = await labelled.live_among(connection, found, reader_id=reader_id)
            if not live:
                break
            apart |= live
        return SimilarPayments(nearest=nearest, hour=held.labelled.hour_share(file.occurred_at))


def _nothing(model: Model) -> KnownPaymentsOfModel:
    empty = Labelled.of([], np.empty((0, len(model.schema.columns))))
    return KnownPaymentsOfModel(model_version=model.version, mark=START, labelled=empty)


def _columns(model: Model, rows: Sequence[LabelledRow]) -> tuple[list[Known], Floats]:
    """Return the payments that the model can read, and their vectors on its scale."""
    parsed = [(row.known, orjson.loads(row.features_json)) for row in rows]
    fitting = [
        (known, features)
        for known, features in parsed
        if model.schema.knows_currency(known.currency) and not model.schema.problems_of_stored(features)
    ]
    vectors = model.schema.vectorize(
        [features for _, features in fitting],
        [float(known.amount) for known, _ in fitting],
        [known.occurred_at for known, _ in fitting],
    )
    return [known for known, _ in fitting], vectors


def _joined(held: Labelled, parts: Sequence[tuple[list[Known], Floats]]) -> Labelled:
    known = [each for part, _ in parts for each in part]
    newer = Labelled.of(known, np.vstack([vectors for _, vectors in parts]))
    return held.joined(newer, most=MOST_ROWS)
