"""Where the model comes from and what it must not be used for, as its card says."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.learning.report.content import Section, Table
from app.learning.report.material import Material
from app.learning.report.words import number

#: Parts of the card a report tells, in this order.
TOLD = {
    "data": "The data",
    "parts": "The parts",
    "network": "The network",
    "training": "Training",
    "calibration": "Calibrator",
    "repeated": "Other splits",
    "far_off": "Far-off transactions",
    "libraries": "Libraries",
    "files": "Files (sha256)",
}
SENTENCES = ("source", "choices")


def origin(material: Material) -> Section:
    """Return what the card holds of data, training and limits; what is absent is left out."""
    card = material.card
    limits = tuple(f"Limit of use: {each}." for each in card.get("limits", ()))
    sentences = tuple(str(card[name]) for name in SENTENCES if name in card)
    tables = tuple(
        Table(
            caption=caption,
            heads=("", "Value"),
            rows=tuple(_lines(card[name])),
            words=frozenset({1}),
        )
        for name, caption in TOLD.items()
        if isinstance(card.get(name), Mapping)
    )
    return Section(
        anchor="origin",
        title="Where the model comes from",
        finding=f"Model {material.version}.",
        basis="As its card says.",
        tables=tables,
        notes=(*limits, *sentences),
    )


def _lines(told: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in told.items():
        path = f"{above} {name}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            yield from _lines(value, path)
        else:
            yield path, _cell(value)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return number(value, 4) if abs(value) >= 0.01 or value == 0 else f"{value:.3g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    return str(value)
