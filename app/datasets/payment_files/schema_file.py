"""The schema that a file of the team holds; all that is wrong with it at once."""

from importlib.resources import files
from pathlib import Path

from app.datasets.refusal import DatasetRefused, shown, shown_line
from app.scoring.schema.document import schema_from
from app.scoring.schema.refusal import SchemaRefused
from app.scoring.schema.schema import Schema


def card_data_schema() -> Schema:
    """Return the schema of the public credit card data, which Tertium's own model learned from."""
    return schema_from((files("app.datasets") / "card_data.toml").read_text(encoding="utf-8"))


def read_schema(path: Path) -> Schema:
    """Return the schema of a `schema.toml`.

    Raises `DatasetRefused` when there is no such file, when it is no text, or with every fault in it.
    """
    name = shown(path.name)
    try:
        return schema_from(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as missing:
        raise DatasetRefused(f"there is no schema file {shown_line(str(path))}") from missing
    except OSError as failed:
        raise DatasetRefused(f"{name} cannot be read: {failed.strerror}") from failed
    except UnicodeDecodeError as strange:
        raise DatasetRefused(f"{name} is not UTF-8: a schema is a text of TOML") from strange
    except SchemaRefused as refused:
        raise DatasetRefused(*(f"{name}: {shown_line(fault)}" for fault in refused.faults)) from refused
