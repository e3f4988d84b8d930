"""What is wrong with the cells of a file, one sentence for each cause."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from app.datasets.cells import BadCell
from app.datasets.header import shortened
from app.datasets.payment_files.cells import Cells
from app.datasets.refusal import quoted, shown


def cell_faults(file: str, columns: Iterable[Cells], place_of: Callable[[int], str]) -> Iterator[str]:
    """Return one sentence per column with bad cells; columns that are bad for one cause share theirs.

    `place_of` says in the file's own count where a row (from 0) stands.
    """
    by_cause: dict[str, list[tuple[BadCell, Cells]]] = {}
    for column in columns:
        if column.first_bad is not None:
            cause = column.cause_of(column.first_bad.text) or f"of {column.name} alone"
            by_cause.setdefault(cause, []).append((column.first_bad, column))
    for bad in by_cause.values():
        yield _told(file, bad, place_of)


def _told(file: str, found: Sequence[tuple[BadCell, Cells]], place_of: Callable[[int], str]) -> str:
    bad, first = min(found, key=lambda each: each[0].row)
    cause = first.cause_of(bad.text)
    why = f" ({cause})" if cause else ""
    sentence = (
        f"{file}: {place_of(bad.row)}, column {shown(first.name)}: expected {first.expected},"
        f" found {quoted(bad.text)}{why}"
    )
    cells = sum(column.bad for _, column in found)
    if cells == 1:
        return sentence
    where = "" if len(found) == 1 else f", of {shortened([shown(column.name) for _, column in found])}"
    return f"{sentence}; {cells:,} such cells in all{where}"
