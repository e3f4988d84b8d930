"""Stored payments made ready to learn from, and what the card says of them."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.server.place import database, run_to_the_end, settings_with
from app.cli.server.running import prepare_database, sentences_for_faults
from app.cli.training.labelled_files import LabelledFile
from app.cli.training.stored.asked import StoredPaymentsAsked
from app.cli.training.training_source import TrainingSource

if TYPE_CHECKING:
    from datetime import datetime

    from app.learning.preparation.labelled import Labelled
    from app.learning.splits import Split
    from app.review.truths.training_view import TrainingView
    from app.scoring.schema.schema import Schema
    from app.settings import Settings
    from app.workflows.models.stored_training import Asked, StoredTraining

NAME = "the database"
#: Reading all payments takes longer than a page may.
STATEMENT_TIMEOUT_MS = 600_000


def stored_source(
    asked: StoredPaymentsAsked, schema: Path | None, split: "Split | None", *, seed: int, holds_out: bool
) -> TrainingSource:
    """Read what the database knows, by the schema of a file or, without one, of the model in use.

    Raises `DatasetRefused`; ends the command with a sentence where the database cannot be read.
    """
    from app.datasets import DatasetRefused
    from app.datasets.payment_files.schema_file import read_schema
    from app.learning.data_report.leaks import leaks
    from app.learning.preparation.own_payments import labelled
    from app.learning.splits import Split

    described = None if schema is None else read_schema(schema)
    settings = settings_with(None)
    with database(settings) as place, sentences_for_faults():
        told, known_at = run_to_the_end(_read(settings, place.url, described, asked))
    payments = told.payments
    if not payments.is_fraud.any() or payments.is_fraud.all():
        raise DatasetRefused(f"{NAME} knows of no frauds, or of no legits, among these payments")
    data = labelled(payments, split or Split.TIME, seed=seed, holds_out=holds_out)
    return TrainingSource(
        file=_file(data, told),
        labelled=data,
        leaks=leaks(payments.schema, payments.columns, payments.amounts, payments.is_fraud),
        stored=facts_of(told, asked, known_at),
    )


async def _read(
    settings: "Settings", url: str, schema: "Schema | None", asked: StoredPaymentsAsked
) -> "tuple[StoredTraining, datetime]":
    from app.database.clock import DatabaseClock
    from app.database.server.session import connect, driver_statement, transaction
    from app.workflows.models.serving import LoadedModels, Serving
    from app.workflows.models.stored_training import stored_training

    await prepare_database(settings, url)
    engine = connect(url, pool_size=1, max_overflow=0, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    try:
        clock = DatabaseClock()
        async with transaction(engine) as connection:
            await clock.read(connection)
        if schema is None:
            pair = await Serving(engine, LoadedModels(settings.models_dir, device="cpu")).refresh()
            schema = pair.model.schema.described
        known_at = asked.known_at or clock()
        async with driver_statement(engine) as driver:
            return await stored_training(driver, schema, _asked(asked, known_at)), known_at
    finally:
        await engine.dispose()


def _asked(asked: StoredPaymentsAsked, known_at: "datetime") -> "Asked":
    from app.workflows.models.stored_training import Asked

    source, share = asked.source or (None, 1.0)
    window = asked.window
    return Asked(known_at=known_at, since=window.since, until=window.until, source=source, share=share)


def _file(data: "Labelled", told: "StoredTraining") -> LabelledFile:
    view = told.view
    digest = sha256()
    for column in (view.payment_ids, view.is_fraud, view.weights, data.features, data.amounts):
        digest.update(column.tobytes())
    left_out = told.other_features
    return LabelledFile(
        name=NAME,
        sha256=digest.hexdigest(),
        note=f"{left_out:,} known payments are of another schema, or archived" if left_out else "",
        features=data.features,
        amounts=data.amounts,
        is_fraud=data.is_fraud,
        origins=data.origins,
        weights=data.weights,
    )


def facts_of(told: "StoredTraining", asked: StoredPaymentsAsked, known_at: "datetime") -> dict[str, Any]:
    """Return what the card says: window, moment, counts by source, delays, weights, what was left out."""
    import numpy as np

    view, window = told.view, asked.window
    late = view.delays[np.isfinite(view.delays)] / 86_400
    return {
        "since": None if window.since is None else window.since.isoformat(),
        "until": None if window.until is None else window.until.isoformat(),
        "known_at": known_at.isoformat(),
        "stated_source": None if asked.source is None else f"{asked.source[0]} reports {asked.source[1]:g}",
        "sources": {
            name: {"frauds": frauds, "legits": legits} for name, (frauds, legits) in view.counts().items()
        },
        "weights": {
            "what": "1 / chance of becoming known, cut where one outweighs its stratum; a group counts once",
            "frauds": _spread(view, is_fraud=True),
            "legits": _spread(view, is_fraud=False),
        },
        "days_until_known": {"median": float(np.median(late)), "most": float(late.max())}
        if late.size
        else None,
        "left_out": {
            "no_chance_stated": view.without_chance,
            "people_disagree": view.disputed,
            "other_features": told.other_features,
        },
        "history_worked_out": told.folded,
    }


def _spread(view: "TrainingView", *, is_fraud: bool) -> dict[str, float]:
    weights = view.weights[view.is_fraud == is_fraud]
    return {"sum": float(weights.sum()), "least": float(weights.min()), "most": float(weights.max())}
