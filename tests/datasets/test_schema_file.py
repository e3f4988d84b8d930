"""A schema is read from its file, or refused with all that is wrong with it."""

from pathlib import Path

import pytest

from app.datasets import DatasetRefused
from app.datasets.payment_files.schema_file import read_schema
from app.scoring.schema.document import document_of
from app.scoring.schema.feature import Feature, Kind
from app.scoring.schema.schema import Schema

OUTLETS = Schema(name="outlets", features=(Feature(name="visits", kind=Kind.COUNT),))


def test_a_schema_that_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "schema.toml"
    path.write_text(document_of(OUTLETS, comments={"visits": "whole numbers"}), encoding="utf-8")

    assert read_schema(path) == OUTLETS


def test_every_fault_of_a_schema_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "schema.toml"
    path.write_text('format = 2\nname = "outlets"\ncolour = "red"\n[[features]]\nname = "visits"\n')

    with pytest.raises(DatasetRefused) as refused:
        read_schema(path)

    assert refused.value.faults == (
        "schema.toml: format must be 1, not 2",
        "schema.toml: nobody knows colour",
        "schema.toml: [[features]] number 1 (visits): kind is missing",
    )


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"a = ["])
def test_what_is_no_schema_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "schema.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DatasetRefused, match=r"schema\.toml"):
        read_schema(path)
    with pytest.raises(DatasetRefused):
        read_schema(tmp_path)
