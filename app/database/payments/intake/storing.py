"""A batch of payments with their scores, decisions, outcomes and cases: written in one statement."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.database.payments.history import states
from app.database.payments.history.states import MovedState
from app.database.payments.intake.feature_lists import FeatureColumns, FeatureLists
from app.database.payments.intake.shadow_rows import shadow_parameters
from app.database.payments.intake.statements import ROW_COLUMNS, SENT_AS_ARRAYS, STATE_PARAMETERS, STATEMENTS
from app.database.payments.transactions import SCORE_COLUMNS, Context, Decided, Stored
from app.database.server.faults import refuses_value
from app.database.server.session import RowRefused


class PolicyMovedOn(Exception):
    """Another policy became active, or the lists changed, while this batch was decided."""


async def store_batch(
    connection: asyncpg.Connection,
    rows: Sequence[Decided],
    context: Context,
    lists: FeatureLists,
    *,
    moved: Sequence[MovedState] = (),
) -> list[Stored]:
    """Write a batch whole, in one statement; identities in it must be distinct.

    `connection` commits each statement, unless its caller began a transaction: then the names that features
    and history bring must be kept already. A batch with features of new names first keeps those. `moved`:
    states of history that its caller has locked, and rolls back with all else.

    Raises `PolicyMovedOn` (nothing is written) when `context` is no longer the active pair, or the lists
    changed since the version it says, and `RowRefused` (nothing is written) when the database refuses a
    value.
    """
    parameters: dict[str, Any] = {
        "policy_id": context.policy_id,
        "model_version": context.model_version,
        "fallback": context.fallback.value,
        "device": context.device,
        "now": context.now,
        "lists_version": context.lists_version,
        **_list_prints(context),
    }
    features = await lists.columns(connection, [row.transaction.features for row in rows])
    columns = map(list, zip(*map(_input, rows), strict=True))
    arrays = dict(zip(ROW_COLUMNS, columns, strict=True)) | {
        "feature_list": features.lists,
        "features_from": features.begins,
        "features_to": features.ends,
    }
    parameters |= {
        name: array if name in SENT_AS_ARRAYS else _literal(array) for name, array in arrays.items()
    }
    parameters |= {"features": _literal(features.numbers), "feature_texts": features.texts}
    has_history, has_shadows = any(row.derived for row in rows), any(row.shadows for row in rows)
    if has_history:
        parameters |= _history_parameters(await lists.columns(connection, [row.derived for row in rows]))
    if has_lists := any(row.listed for row in rows):
        parameters |= _list_parameters(rows)
    if has_shadows:
        parameters.update(shadow_parameters(rows))
    if moved:
        parameters |= zip(STATE_PARAMETERS, states.columns_of(moved), strict=True)
    statement = STATEMENTS[has_history, has_lists, has_shadows, bool(moved)]
    try:
        stored = await connection.fetch(statement.sql, *statement.values(parameters))
    except (asyncpg.PostgresError, asyncpg.DataError) as error:
        if refuses_value(error, in_row=True):
            raise RowRefused from error
        raise
    if stored[0]["policy_id"] is None:
        raise PolicyMovedOn
    return [Stored(decision_id=row["decision_id"], case_id=row["case_id"]) for row in stored]


def _history_parameters(derived: FeatureColumns) -> dict[str, Any]:
    return {
        "derived_list": _literal(derived.lists),
        "derived_from": _literal(derived.begins),
        "derived_to": _literal(derived.ends),
        "derived": _literal(derived.numbers),
    }


def _list_prints(context: Context) -> dict[str, str | None]:
    """Return the values of a batch as the check of the lists takes them; null where all changes count."""
    if context.list_prints is None:
        return {"list_entities": None, "list_fingerprints": None}
    prints = list(context.list_prints)
    return {
        "list_entities": _literal([entity for entity, _ in prints]),
        "list_fingerprints": _literal([fingerprint for _, fingerprint in prints]),
    }


def _list_parameters(rows: Sequence[Decided]) -> dict[str, str]:
    return {
        "listed": _literal([row.listed and row.listed.effect.value for row in rows]),
        "list_entry_id": _literal([row.listed and row.listed.entry_id for row in rows]),
        "unlisted_reason": _literal([row.unlisted_reason and row.unlisted_reason.value for row in rows]),
    }


def _literal(values: Sequence[object]) -> str:
    """Return PostgreSQL's text of an array; floats are written so that they are read as the same ones.

    Of words that a caller chose JSON may escape a sign as PostgreSQL does not: those go another way.

    >>> _literal([0.1, None, True, "fraud"])
    '{0.1,null,true,"fraud"}'
    """
    return f"{{{orjson.dumps(values)[1:-1].decode()}}}"


def identity_of(client_id: int, transaction_id: str) -> UUID:
    """Return by what a repeat is known: the same as the database's `payment_identity`."""
    return UUID(hex=_identity(client_id, transaction_id))


def _identity(client_id: int, transaction_id: str) -> str:
    return sha256(f"{client_id}:{transaction_id}".encode()).hexdigest()[:32]


def _input(row: Decided) -> tuple[Any, ...]:
    transaction = row.transaction
    score = row.score or {}
    return (
        _identity(transaction.client_id, transaction.transaction_id),
        transaction.client_id,
        transaction.transaction_id,
        transaction.body_sha256,
        transaction.occurred_at,
        str(transaction.amount),
        transaction.currency,
        orjson.dumps(transaction.attributes).decode(),
        transaction.respond_by,
        *(score.get(name) for name in SCORE_COLUMNS),
        row.label.value,
        row.reason.value,
        row.label_propensity,
        row.case.value if row.case is not None else None,
        row.expected_loss,
        row.queue_loss,
        row.queue_rate,
        row.priority_key,
        row.blind.is_blind if row.blind is not None else None,
        row.blind.probability if row.blind is not None else None,
        row.awaits_model,
    )
