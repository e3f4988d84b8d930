"""The payments of an installation as something to learn from: what is known of them, and what they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import numpy as np
import orjson

from app.database.payments.history.keys import fingerprints
from app.database.payments.known.evidence import at_work, heard_by, silent_by
from app.database.payments.known.rows import StoredPayment, stored_payments
from app.learning.preparation.own_payments import OwnPayments
from app.learning.preparation.stored_payments import fits, stored_columns
from app.review.truths.training_view import TrainingView, training_view
from app.scoring.schema.columns import Column
from app.scoring.schema.schema import Schema
from app.workflows.models.stored_history import HistoryRead, read_of_history


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which payments, and what was known of them when."""

    known_at: datetime
    #: When they occurred; None: no end on this side. The end itself is outside.
    since: datetime | None = None
    until: datetime | None = None
    #: A source that reports a stated share of the frauds among approved payments, above 0 and at most 1.
    source: str | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredTraining:
    """Stored payments that are known, in the order of time."""

    payments: OwnPayments
    #: Of the same payments.
    view: TrainingView
    #: Known payments that are not of the schema, or whose month was detached.
    other_features: int
    #: Payments whose history was worked out anew, because they had not read this one.
    folded: int


async def stored_training(connection: asyncpg.Connection, schema: Schema, asked: Asked) -> StoredTraining:
    """Return the known payments of a schema; raises what the connection raises."""
    view = await known_view(connection, asked, delay_days=schema.label.delay_days if schema.label else 0.0)
    places, rows, payloads = (
        list[int](),
        list[StoredPayment](),
        list[Mapping[str, float | str | bool | None]](),
    )
    place_of = {payment_id: place for place, payment_id in enumerate(view.payment_ids.tolist())}
    async for row in stored_payments(connection, view.payment_ids.tolist()):
        features = orjson.loads(row.features_json)
        if fits(schema, features, row.currency):
            places.append(place_of[row.id])
            rows.append(row)
            payloads.append(features)
    known = view.taken(np.array(places, dtype=np.intp))
    read = await _history(connection, schema, rows, asked)
    payments = OwnPayments(
        schema=schema,
        columns={**stored_columns(schema, payloads), **read.columns},
        seconds=np.array([row.seconds for row in rows]),
        amounts=np.array([row.amount if schema.reads_amount else 0.0 for row in rows]),
        is_fraud=known.is_fraud,
        weights=known.weights,
    )
    return StoredTraining(
        payments=payments,
        view=known,
        other_features=view.payment_ids.size - len(rows),
        folded=read.folded,
    )


async def known_view(connection: asyncpg.Connection, asked: Asked, *, delay_days: float) -> TrainingView:
    """Return what was known, whatever the payments' features.

    `delay_days`: so long the stated source may take.
    """
    evidence = await heard_by(connection, asked.known_at, since=asked.since, until=asked.until)
    if asked.source is None:
        return training_view(evidence)
    source = await at_work(
        connection, asked.source, share=asked.share, delay_days=delay_days, known_at=asked.known_at
    )
    if source is None:
        return training_view(evidence)
    silence = await silent_by(connection, source, asked.known_at, since=asked.since, until=asked.until)
    return training_view(evidence, silence, (source,))


async def _history(
    connection: asyncpg.Connection, schema: Schema, rows: Sequence[StoredPayment], asked: Asked
) -> HistoryRead:
    """Return what the payments read of each history of a schema."""
    columns: dict[str, Column] = {}
    folded: set[int] = set()
    if schema.kept:
        prints = await fingerprints(connection)
        for history in schema.kept:
            read = await read_of_history(connection, history, prints, rows, known_at=asked.known_at)
            columns |= read.columns
            folded |= read.payments
    return HistoryRead(columns=columns, payments=frozenset(folded))
