"""Policies of every kind that a TOML file can hold, drawn; and numbers as three locales type them."""

import random
import tomllib
from decimal import Decimal
from typing import Any

from app.triage.policies.document import policy_of
from app.triage.policies.policy import MOST_BANDS, Policy
from app.triage.policies.toml import toml_value

LARGEST = 1e12
#: Characters that pages, browsers or forms are known to change.
AWKWARD = "\r\n\t\0\x7f\x0b\x1f\x85\u2028\u202e\ufeff \"'<>&;+%\\=é名🙂"
LOCALES = ("1234.5", "1.234,5", "1 234,5")


def drawn_policy(chance: random.Random, model_version: str | None = None) -> Policy:
    """Return a policy as it is read from a file, each of its fields at a limit now and then."""
    document: dict[str, Any] = {
        "model_version": model_version or _name(chance),
        "approve_at_most": _number(chance, -LARGEST, LARGEST),
        "decline_at_least": _number(chance, -LARGEST, LARGEST),
        "deadline_fallback": chance.choice(["wait", "approve", "decline"]),
        "wrong_feed": chance.choice(["review", "decide"]),
        "costs": {
            **{name: _number(chance, 0, LARGEST) for name in ("review", "overhead", "friction")},
            **{name: _number(chance, 0, 1) for name in ("detection_rate", "analyst_false_decline_rate")},
        },
        "staffing": {
            "analysts": chance.choice([0, 10_000, chance.randint(0, 10_000)]),
            "minutes_per_review": _number(chance, 1e-6, 1e6),
            "opens_hour": chance.randint(0, 24),
            "closes_hour": chance.randint(0, 24),
        },
        "bands": _bands(chance),
    }
    limits = {
        **dict.fromkeys(("approve_legit_at_least", "decline_legit_at_most"), (-LARGEST, LARGEST)),
        **dict.fromkeys(("spread_at_most", "mutual_information_at_most", "near_width"), (0, LARGEST)),
        **dict.fromkeys(("audit_share_approved", "audit_share_declined", "audit_share_near"), (0, 1)),
        "novelty_at_most": (0, 100),
        "expected_loss_at_most": (0, LARGEST),
        "patience_minutes": (1, LARGEST),
    }
    for name, (lowest, highest) in limits.items():
        if chance.random() < 0.6:
            document[name] = _number(chance, lowest, highest)
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
