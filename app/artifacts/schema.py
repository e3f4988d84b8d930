"""The schema of a model version: as its team wrote it, and what of it was fitted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.scoring.schema.document import document_of, schema_from
from app.scoring.schema.encoding import Encoding, encoding_from
from app.scoring.schema.schema import LabelColumn, numeric_schema


def schema_bytes(encoding: Encoding) -> bytes:
    """Return `schema.toml` of a version."""
    return document_of(encoding.schema).encode()


def encoding_of(card: Mapping[str, Any], schema: bytes | None) -> Encoding:
    """Return the encoding of a version from its card and its `schema.toml`.

    A version from before models kept their schema names plain numbers in its card. Whatever does not fit
    raises.
    """
    told = card["schema"]
    if schema is None:
        plain = numeric_schema(tuple(told["names"]), currencies=tuple(told["currencies"]))
        label = LabelColumn(
            column="Class",
            legit_weight=float(card.get("data", {}).get("legit_weight", 1.0)),
            base_rate=float(card["base_rate"]),
        )
        return Encoding(schema=replace(plain, label=label))
    encoding = encoding_from(schema_from(schema.decode()), told.get("encoding", {}))
    if list(encoding.schema.names) != told["names"]:
        raise ValueError("the card names other features than the schema")
    return encoding
