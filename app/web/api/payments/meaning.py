"""What a payment means, as a hash: a repeat of it is known by this, however it is spelled."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import orjson

from app.scoring.schema.feature import Value


def sha256_of_meaning(
    *,
    transaction_id: str,
    occurred_at: datetime,
    amount: Decimal,
    currency: str,
    features: Mapping[str, Value],
    attributes: Mapping[str, str],
    respond_by: datetime | None,
) -> bytes:
    """Hash the meaning, not the spelling: 1.0 is 1, the order of keys is nothing; moments are in UTC."""
    meaning = {
        "transaction_id": transaction_id,
        "occurred_at": occurred_at,
        # Adding zero makes -0 the 0 it means.
        "amount": format((amount + 0).normalize(), "f"),
        "currency": currency,
        "features": features
        if 0.0 not in features.values()
        else {name: value + 0.0 if type(value) is float else value for name, value in features.items()},
        "attributes": attributes,
        "respond_by": respond_by,
    }
    return hashlib.sha256(orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS)).digest()
