"""What changes from one policy to another, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.triage.policies.order import Difference
from app.web.pages import formatting
from app.web.pages.policies.lab.fields import BY_PATH, FALLBACKS, WRONG_FEEDS

NO_LIMIT = "no limit"
MODEL = "Model"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRow:
    """One value that is not the same."""

    name: str
    before: str
    after: str


def diff_rows(differences: Sequence[Difference]) -> tuple[DiffRow, ...]:
    """Return differences in words, in their own order."""
    return tuple(
        DiffRow(
            name=_name(each.field),
            before=_value(each.field, each.before),
            after=_value(each.field, each.after),
        )
        for each in differences
    )


def _name(path: str) -> str:
    if path == "model_version":
        return MODEL
    if path == "deadline_fallback":
        return "An unknown past its deadline"
    if path == "wrong_feed":
        return "A payment while its client's feed is wrong"
    if path.startswith("bands."):
        start, _, name = path.removeprefix("bands.").rpartition(".")
        return f"From {start}: {BY_PATH[name].label.lower()}"
    field = BY_PATH[path]
    return f"{field.label} ({field.unit})" if field.unit else field.label


def _value(path: str, value: object) -> str:
    if isinstance(value, str):
        return dict((*FALLBACKS, *WRONG_FEEDS)).get(value, value)
    if not isinstance(value, int | float):
        return NO_LIMIT
    field = BY_PATH[path.rpartition(".")[2] if path.startswith("bands.") else path]
    return field.typed(value).replace("-", formatting.MINUS)
