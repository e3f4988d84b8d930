"""What changes from one policy to another, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.triage.policies.order import Difference
from app.web.languages.sentences import in_sentence, marked, worded
from app.web.pages import formatting
from app.web.pages.policies.lab.fields import CHOICES, field_at

NO_LIMIT = marked("no limit")


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
    field = field_at(path)
    if path.startswith("bands."):
        start = path.removeprefix("bands.").rpartition(".")[0]
        return worded("From %(start)s: %(label)s", start=start, label=in_sentence(field.label))
    return f"{field.label} ({field.unit})" if field.unit else field.label


def _value(path: str, value: object) -> str:
    if isinstance(value, str):
        words = {choice.path: dict(choice.meaning.words) for choice in CHOICES}
        return worded(words.get(path, {}).get(value, value))
    if not isinstance(value, int | float):
        return NO_LIMIT
    return field_at(path).typed(value).replace("-", formatting.MINUS)
