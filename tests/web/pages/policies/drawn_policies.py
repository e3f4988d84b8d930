"""Policies of every kind that a TOML file can hold, drawn; and numbers as three locales type them."""

import random
import tomllib
from decimal import Decimal
from typing import Any

from app.scoring.toml_values import toml_value
from app.triage.described import Described
from app.triage.policies.document import policy_of
from app.triage.policies.fields import FIELDS
from app.triage.policies.policy import MOST_BANDS, Policy

LARGEST = 1e12
#: Characters that pages, browsers or forms are known to change.
AWKWARD = "\r\n\t\0\x7f\x0b\x1f\x85\u2028\u202e\ufeff \"'<>&;+%\\=é名🙂"
LOCALES = ("1234.5", "1.234,5", "1 234,5")


def drawn_policy(chance: random.Random, model_version: str | None = None) -> Policy:
    """Return a policy as it is read from a file, each of its fields at a limit now and then."""
    document: dict[str, Any] = {"model_version": model_version or _name(chance)}
    for each in FIELDS:
        if each.name != "model_version" and (each.is_required or chance.random() < 0.6):
            part = document.setdefault(each.table, {}) if each.table else document
            part[each.name] = _value(chance, each)
    document["bands"] = _bands(chance)
    return policy_of(tomllib.loads(_as_toml(document)))


def as_typed(shown: str, locale: str) -> str:
    """Return a number as somebody of this locale would type it, thousands set apart."""
    exact = Decimal(shown)
    if abs(exact.adjusted()) > 40:
        return shown.replace(".", "," if "," in locale else ".")
    grouped = f"{exact:,f}"
    # Thousands alone may be read as decimals: nobody is understood who types only them.
    grouped = grouped if "." in grouped else f"{grouped}.0"
    point, group = (",", {"1.234,5": ".", "1 234,5": "\u202f"}[locale]) if "," in locale else (".", "")
    return grouped.replace(",", "g").replace(".", point).replace("g", group)


def _value(chance: random.Random, field: Described) -> Any:
    lowest, highest = field.meaning.lowest, field.meaning.highest
    if field.kind is int:
        return chance.choice([int(lowest), int(highest), chance.randint(int(lowest), int(highest))])
    return _number(chance, lowest, highest) if field.is_number else chance.choice(field.meaning.words)[0]


def _bands(chance: random.Random) -> list[dict[str, float]]:
    (count,) = chance.choices([0, 1, 2, 5, MOST_BANDS], [8, 4, 4, 3, 1])
    starts: set[float] = set()
    while len(starts) < count:
        starts.add(_number(chance, 5e-324, LARGEST))
    bands = []
    for start in sorted(starts):
        band = {"amount_from": start}
        for name in ("approve_at_most", "decline_at_least"):
            band[name] = _number(chance, -LARGEST, LARGEST)
        for name in ("approve_legit_at_least", "decline_legit_at_most"):
            if chance.random() < 0.3:
                band[name] = _number(chance, -LARGEST, LARGEST)
        bands.append(band)
    return bands


def _number(chance: random.Random, lowest: float, highest: float) -> float:
    """Return a number between limits: one of them, a tiny one, a round one, or any."""
    drawn = chance.choice(
        [
            lowest,
            highest,
            chance.uniform(lowest, highest),
            chance.uniform(-10, 10),
            round(chance.uniform(-1e5, 1e5), chance.randint(0, 4)),
            chance.choice([-0.0, 5e-324, 1e-300, 0.1, 1 / 3, 1.234, 1234.0, 1234.567, 999_999_999_999.9999]),
        ]
    )
    return min(max(drawn, lowest), highest)


def _name(chance: random.Random) -> str:
    letters = [chance.choice([*AWKWARD, *"model-2026"]) for _ in range(chance.randint(1, 12))]
    return chance.choice(["a-model", "".join(letters)])


def _as_toml(document: dict[str, Any]) -> str:
    plain = [
        f"{name} = {toml_value(value)}"
        for name, value in document.items()
        if not isinstance(value, (dict, list))
    ]
    tables = [
        "\n".join(
            [f"[{name}]", *(f"{field} = {toml_value(value)}" for field, value in document[name].items())]
        )
        for name in ("costs", "staffing")
    ]
    bands = [
        "\n".join(["[[bands]]", *(f"{field} = {toml_value(value)}" for field, value in band.items())])
        for band in document["bands"]
    ]
    return "\n".join([*plain, *tables, *bands])
