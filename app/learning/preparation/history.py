"""What the payments of a file read of history, by the same function as payments that arrive."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.scoring.history.folding import Step, fold
from app.scoring.history.state import Occurrence
from app.scoring.schema.columns import Column
from app.scoring.schema.history import KeptHistory
from app.scoring.schema.history_features import history_features
from app.scoring.schema.schema import Schema


def history_columns(
    schema: Schema, entities: Mapping[str, Column], seconds: Floats, amounts: Floats, is_fraud: Flags
) -> dict[str, Column]:
    """Return what a model reads of history before each payment, by the feature's name.

    The payments in the order of time; none of them is told anything of a later one. All arrays (payments,).
    """
    found: dict[str, Column] = {}
    for history in schema.kept:
        steps = list(_steps(history, entities, seconds, amounts, is_fraud))
        read = fold(history, steps)
        names = (each.name for each in history_features(history))
        found |= {
            name: Column(numbers=np.ascontiguousarray(read[:, place])) for place, name in enumerate(names)
        }
    return found


def _steps(
    history: KeptHistory, entities: Mapping[str, Column], seconds: Floats, amounts: Floats, is_fraud: Flags
) -> Iterator[Step]:
    keys = _texts(entities[history.entity])
    partners = [_fingerprints(entities[name]) for name in history.partners]
    rows = zip(seconds.tolist(), amounts.tolist(), is_fraud.tolist(), strict=True)
    for row, (moment, amount, fraud) in enumerate(rows):
        met = tuple(each[row] for each in partners)
        payment = Occurrence(seconds=moment, amount=amount, partners=met)
        yield Step(key=keys[row], payment=payment, is_fraud=fraud)


def _texts(column: Column) -> list[str | None]:
    words = (*column.words, None)
    return [words[code] for code in column.codes.tolist()]


def _fingerprints(column: Column) -> list[int | None]:
    """Return 64 bits of each value: two that fall together count as one partner."""
    prints = [int.from_bytes(blake2b(word.encode(), digest_size=8).digest()) for word in column.words]
    return [None if code < 0 else prints[code] for code in column.codes.tolist()]
