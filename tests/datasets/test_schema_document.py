"""docs/schema.md tells every field with its default, and its example is a schema."""

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from app.scoring.schema.document import schema_from
from app.scoring.schema.feature import Feature, Kind, Missing
from app.scoring.schema.history import History
from app.scoring.schema.schema import FileFormat, LabelColumn, PaymentColumns

TEXT = (Path(__file__).parents[2] / "docs" / "schema.md").read_text()


def written(default: object) -> str:
    """Return a default as the tables write it."""
    if default is MISSING:
        return "needed"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, (int, float)):
        return f"`{default:g}`"
    if isinstance(default, tuple):
        return f"`{list(default)}`".replace("'", '"')
    return "none" if default is None else f'`"{default}"`'


@pytest.mark.parametrize("kind", [PaymentColumns, LabelColumn, FileFormat, Feature, History])
def test_every_field_is_told_with_its_default(kind: type[Any]) -> None:
    rows = [
        tuple(cell.strip() for cell in line.split("|")[1:4]) for line in TEXT.splitlines() if line[:1] == "|"
    ]
    told = {(name, default) for name, _, default in rows}
    assert {(f"`{each.name}`", written(each.default)) for each in fields(kind)} - told == set()


def test_the_example_is_a_schema() -> None:
    example, history = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    schema = schema_from(example + history.replace("terminal", "device"))
    assert schema.history == (History(entity="card", partners=("device",), fraud_share=True),)
    assert schema.label is not None
    assert {each.kind for each in schema.features} == {Kind.COUNT, Kind.CATEGORY, Kind.TIME, Kind.BOOLEAN}


def test_every_kind_is_told() -> None:
    assert [kind for kind in (*Kind, *Missing) if f"`{kind}`" not in TEXT] == []
