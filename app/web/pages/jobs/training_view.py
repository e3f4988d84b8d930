"""The page on which a training is asked for: which file, what its columns are, and what is still open."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from urllib.parse import urlencode

from app.web.languages.sentences import marked, worded
from app.web.pages import formatting
from app.web.pages.frame import Frame
from app.workflows.jobs.inference import COLUMNS, WRITINGS
from app.workflows.jobs.training_files import TrainingFile

KILOBYTE, MEGABYTE = 1000, 1_000_000
#: What is asked of a file, as the fields are labelled.
ASKED = {
    "label": marked("Column that says fraud or not"),
    "amount": marked("Column of the amount"),
    "time": marked("Column of the payment's moment"),
    "id": marked("Column of the payment's id"),
}
READ_AS = {
    "day-first": marked("day first (03/04 is 3 April)"),
    "month-first": marked("month first (03/04 is 4 March)"),
    "decimal-comma": marked("decimal comma (1,5)"),
    "decimal-point": marked("decimal point (1.5)"),
}
WRITTEN = {"dates": marked("Dates are written"), "decimals": marked("Numbers are written")}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file that can be trained on."""

    name: str
    address: str
    size: str
    changed: str
    came: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnField:
    """A column that can be named."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way in which something may be written."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingField:
    """How something is written, where the file does not tell."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenFile:
    """The file that is looked at, and its schema as it stands."""

    name: str
    shown: str
    size: str
    stamp: str
    is_received: bool
    schema: str
    questions: tuple[str, ...]
    faults: tuple[str, ...]
    columns: tuple[ColumnField, ...]
    writings: tuple[WritingField, ...]
    #: Of this page's form: sent twice, it asks once.
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPage:
    """All files, or one of them."""

    frame: Frame
    is_open: bool
    rows: tuple[FileRow, ...]
    chosen: ChosenFile | None
    #: Megabytes that a browser may send; 0: it may send nothing.
    upload_mb: int
    problem: str


def file_row(file: TrainingFile) -> FileRow:
    """Return one file in words."""
    return FileRow(
        name=shown_name(file),
        address=f"/models/train?{urlencode({'file': file.name})}",
        size=_size(file.size_bytes),
        changed=formatting.moment(file.changed_at),
        came=worded("sent by a browser") if file.is_received else worded("in the operator's folder"),
    )


def chosen_file(
    file: TrainingFile,
    schema: str,
    answers: Mapping[str, str],
    *,
    asked: AbstractSet[str],
    questions: list[str],
    faults: list[str],
    form: str,
) -> ChosenFile:
    """Return the file that is looked at, with the fields that are `asked` or were answered before."""
    shown = {name for name, answer in answers.items() if answer} | asked
    return ChosenFile(
        name=file.name,
        shown=shown_name(file),
        size=_size(file.size_bytes),
        stamp=file.stamp,
        is_received=file.is_received,
        schema=schema,
        questions=tuple(questions),
        faults=tuple(faults),
        columns=tuple(
            ColumnField(name=name, label=ASKED[name], value=answers.get(name, ""))
            for name in COLUMNS
            if name in shown
        ),
        writings=tuple(_writing(name, answers.get(name, "")) for name in WRITINGS if name in shown),
        form=form,
    )


def shown_name(file: TrainingFile) -> str:
    """Return a file's own name: where a received one lies says nothing to anybody."""
    return file.name.rpartition("/")[2]


def _writing(name: str, chosen: str) -> WritingField:
    choices = [Choice(value="", label=worded("as the file tells"), is_chosen=not chosen)]
    choices += [Choice(value=each, label=READ_AS[each], is_chosen=each == chosen) for each in WRITINGS[name]]
    return WritingField(name=name, label=WRITTEN[name], choices=tuple(choices))


def _size(size_bytes: int) -> str:
    if size_bytes < MEGABYTE:
        return f"{formatting.count(max(1, size_bytes // KILOBYTE))} kB"
    return f"{formatting.number(size_bytes / MEGABYTE, 1)} MB"
