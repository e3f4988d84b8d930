"""Features as a payment holds them: numbers and texts in the order of a list of names that many share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import asyncpg

from app.scoring.schema.feature import Value

Names = tuple[str, ...]
_NUMBERS = frozenset({float, int})

ADD = "INSERT INTO feature_lists (names) VALUES ($1::text[]) ON CONFLICT (names) DO NOTHING"
NUMBER = "SELECT id FROM feature_lists WHERE names = $1::text[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureColumns:
    """The features of several payments, one behind the other; of each where they begin and end, from 1."""

    lists: list[int]
    begins: list[int]
    ends: list[int]
    #: None where a value is a text, or missing.
    numbers: list[float | None]
    #: None where a value is none; None for payments without any.
    texts: list[str | None] | None


class FeatureLists:
    """The lists this process has met, by the names as they came."""

    def __init__(self) -> None:
        self._met: dict[Names, tuple[int, Names]] = {}

    async def columns(
        self, connection: asyncpg.Connection, rows: Sequence[Mapping[str, Value]]
    ) -> FeatureColumns:
        """Return the features of payments as they are written; a list of new names is kept first.

        `connection` commits each statement.
        """
        given = [tuple(row) for row in rows]
        for names in set(given) - self._met.keys():
            await self._meet(connection, names)
        met = [self._met[names] for names in given]
        ends = list(accumulate(map(len, rows)))
        return FeatureColumns(
            lists=[number for number, _ in met],
            begins=[end - len(row) + 1 for end, row in zip(ends, rows, strict=True)],
            ends=ends,
            **_parted([row[name] for row, (_, names) in zip(rows, met, strict=True) for name in names]),
        )

    async def keep(self, connection: asyncpg.Connection, rows: Iterable[Iterable[str]]) -> None:
        """Keep the names of rows before a transaction begins: one that is rolled back must lose none.

        `connection` commits each statement.
        """
        for names in {tuple(row) for row in rows} - self._met.keys():
            await self._meet(connection, names)

    async def _meet(self, connection: asyncpg.Connection, given: Names) -> None:
        names = in_order(given)
        await connection.execute(ADD, list(names))
        self._met[given] = await connection.fetchval(NUMBER, list(names)), names


def _parted(values: list[Value]) -> dict[str, Any]:
    """Return values as numbers (of true and false 1 and 0) and, where there are any, texts."""
    if set(map(type, values)) <= _NUMBERS:
        return {"numbers": values, "texts": None}
    texts = [value if isinstance(value, str) else None for value in values]
    return {
        "numbers": [None if value is None or isinstance(value, str) else float(value) for value in values],
        "texts": texts if any(text is not None for text in texts) else None,
    }


def in_order(names: Names) -> Names:
    """Return names in the order in which PostgreSQL keeps the keys of an object: shorter ones first."""
    return tuple(sorted(names, key=lambda name: (len(name.encode()), name.encode())))
