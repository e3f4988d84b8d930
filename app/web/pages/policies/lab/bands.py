"""The rows of the lab's amount bands as they were typed, and what they mean."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.triage.policies.policy import BOUND_NAMES, AmountBand
from app.triage.refusal import PolicyImpossible
from app.web.languages.sentences import in_sentence, worded
from app.web.pages.policies.lab.fields import BAND_FIELDS

_BAND = re.compile(r"bands\.(?P<row>[0-9]{1,4})\.(?P<name>[a-z_]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BandForm:
    """One row of the amount bands as typed, in the order of `BAND_FIELDS`."""

    row: int
    texts: tuple[str, ...] = ("",) * len(BAND_FIELDS)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not "".join(self.texts).strip()

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Its inputs, by name."""
        return tuple(
            (band_input(self.row, field.path), text)
            for field, text in zip(BAND_FIELDS, self.texts, strict=True)
        )


def band_input(row: int, path: str) -> str:
    """Return the name of an input of the bands' table."""
    return f"bands.{row}.{path}"


def rows_in(told: Mapping[str, str]) -> list[BandForm]:
    """Return all rows of the bands' table, empty ones too, in their order."""
    texts: dict[int, dict[str, str]] = {}
    for name, text in told.items():
        if match := _BAND.fullmatch(name):
            texts.setdefault(int(match["row"]), {})[match["name"]] = text.strip()
    # Columns that the page did not show are empty: nothing else can be in them.
    return [
        BandForm(row=row, texts=tuple(texts[row].get(field.path, "") for field in BAND_FIELDS))
        for row in sorted(texts)
    ]


def typed_band(row: int, band: AmountBand) -> BandForm:
    """Return a band as somebody would type it into a row."""
    values = (band.amount_from, *(getattr(band.bounds, name) for name in BOUND_NAMES))
    texts = (field.typed(value) for field, value in zip(BAND_FIELDS, values, strict=True))
    return BandForm(row=row, texts=tuple(texts))


def bands_meant(rows: Iterable[BandForm]) -> list[dict[str, float | int | None]]:
    """Return the bands as a document holds them; raises `PolicyImpossible` with the input and its row."""
    bands: list[dict[str, float | int | None]] = []
    before = 0.0
    for row in rows:
        band: dict[str, float | int | None] = {}
        for field, (name, text) in zip(BAND_FIELDS, row.named, strict=True):
            label = worded("Amount band %(row)s, %(label)s", row=row.row + 1, label=in_sentence(field.label))
            of_row = replace(field, label=label)
            band[field.path] = of_row.meant(text, name)
        start = band["amount_from"] or 0.0
        if start <= before:
            above = worded("above %(before)s", before=BAND_FIELDS[0].typed(before)) + (
                worded(", where the one before it begins") if bands else ""
            )
            raise PolicyImpossible(
                band_input(row.row, "amount_from"),
                worded(
                    "Amount band %(row)s must begin %(above)s, not at %(texts)s.",
                    row=row.row + 1,
                    above=above,
                    texts=row.texts[0],
                ),
            )
        before = start
        bands.append(band)
    return bands
