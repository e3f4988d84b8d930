"""The report as a page: sections of words, charts and tables; a template shows nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells as they are shown; the first cell of a row names it."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: Columns that hold words and not numbers, from 0.
    words: frozenset[int] = frozenset()
    #: Shown at once, not folded away behind a chart.
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing, and what it shows for those who cannot see it."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question, its answer and what the answer is worth."""

    #: Of the address: report.html#anchor.
    anchor: str
    title: str
    #: The finding in a sentence or two.
    finding: str
    #: What the figures rest on: rows, frauds, and whether they flatter.
    basis: str
    #: True where the figures know the answers they are judged by.
    is_oracle: bool = False
    chart: Chart | None = None
    #: One sentence on how to read the chart.
    reading: str = ""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A figure at the top of the page."""

    figure: str
    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole page."""

    version: str
    summary: str
    #: What all figures rest on.
    basis: str
    headlines: tuple[Headline, ...]
    sections: tuple[Section, ...]
    #: Why a section is missing, one sentence each.
    left_out: tuple[str, ...]
