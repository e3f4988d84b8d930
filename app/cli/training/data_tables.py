"""The report on a data file as a person reads it in a terminal: plain text where there is none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.cli.printing import Printer
from app.datasets import AMOUNT, CLASS, KAGGLE_NAMES, TIME, Inspection, shown
from app.datasets.header import shortened
from app.datasets.refusal import MOST_TOLD
from app.learning.data_report.cells import LARGE, ClassBalance, ColumnRange
from app.learning.data_report.drift import LITTLE, MUCH

if TYPE_CHECKING:
    from app.learning.copies.origins import Origins
    from app.learning.data_report.report import DataReport, Drift
    from app.scoring.arrays import Flags

# The columns that moved most say enough; the others are no surprise then.
DRIFTS_TOLD = 5


class Tables(Printer):
    """What there is to say about a data file."""

    def columns(self, found: Inspection) -> None:
        """Print which columns there are, which are missing, and which nobody asked for."""
        needed = (TIME, *KAGGLE_NAMES, AMOUNT, CLASS)
        unexpected = [shown(name) or "(without a name)" for name in found.present if name not in needed]
        table = self._table("columns", found.name, numbers=False)
        table.add_row("found", shortened([name for name in needed if name in found.present]) or "none")
        table.add_row("missing", shortened([name for name in needed if name not in found.present]) or "none")
        more = f" and {len(unexpected) - MOST_TOLD} more" if len(unexpected) > MOST_TOLD else ""
        table.add_row("unexpected", (", ".join(unexpected[:MOST_TOLD]) or "none") + more)
        self._print(table)
        if found.note:
            self._say(f"{found.note}.")

    def rows(self, report: "DataReport", *, base_rate: float) -> None:
        """Print what rows tell: classes, amounts, copies and time."""
        if report.classes is not None:
            self._classes(report.classes, base_rate)
        table = self._table("amounts", "rows")
        for name, count in (
            ("negative", report.amounts.negative),
            ("zero", report.amounts.zero),
            (f"above {LARGE:,}", report.amounts.large),
            ("more than two decimals", report.amounts.finer_than_cents),
        ):
            table.add_row(name, f"{count:,}")
        self._print(table)
        self._copies(report)
        self._time(report)

    def _classes(self, classes: ClassBalance, base_rate: float) -> None:
        table = self._table("classes", "rows", f"weighted (legit x {classes.legit_weight:g})")
        table.add_row("fraud", f"{classes.frauds:,}", f"{classes.frauds:,}")
        weighted = classes.legits * classes.legit_weight
        table.add_row("legit", f"{classes.legits:,}", f"{weighted:,.0f}")
        table.add_row("fraud rate", f"{classes.fraud_rate:.3%}", f"{classes.weighted_fraud_rate:.3%}")
        self._print(table)
        weight = classes.weight_for(base_rate)
        if weight is not None:
            self._say(
                f"A fraud rate of {base_rate:.3%}, that of the whole Kaggle file, would take"
                f" --legit-weight {weight:.2f}."
            )

    def _copies(self, report: "DataReport") -> None:
        copies = report.copies
        table = self._table("exact copies", "")
        table.add_row("groups of equal rows", f"{copies.groups:,}")
        table.add_row("rows in them", f"{copies.rows:,}")
        if report.classes is not None:
            table.add_row("frauds in them", f"{copies.frauds:,}")
            table.add_row("different frauds in the file", f"{copies.different_frauds:,}")
            table.add_row("groups of both classes", f"{copies.of_both_classes:,}")
        self._print(table)
        self._say(
            "Rows are equal when V1..V28 and Amount agree to six decimals, whatever their Time; copies are"
            " kept together in any split, and count once where a guarantee is given."
        )

    def origins(self, found: Inspection, origins: "Origins | None", is_fraud: "Flags | None") -> None:
        """Print what is suspected of the frauds beyond exact copies, with the first lines of each."""
        from app.learning.copies.told import different_frauds, findings

        if origins is None or is_fraud is None:
            return
        suspected = tuple(findings(origins, is_fraud))
        for finding in suspected:
            numbers = [f"{number:,}" for number in found.numbers[finding.rows[:MOST_TOLD]].tolist()]
            more = f" and {len(finding.rows) - MOST_TOLD:,} more" if len(finding.rows) > MOST_TOLD else ""
            plural = "" if len(finding.rows) == 1 else "s"
            self._say(f"{finding.sentence} ({found.unit}{plural} {', '.join(numbers)}{more}).", "yellow")
        if suspected and not origins.is_unsure:
            self._say(
                f"A guarantee counts {different_frauds(origins, is_fraud):,} different frauds.", "yellow"
            )

    def _time(self, report: "DataReport") -> None:
        time = report.time
        if time is None:
            return
        table = self._table("time", "")
        table.add_row("first, seconds", f"{time.first:,.10g}")
        table.add_row("last, seconds", f"{time.last:,.10g}")
        table.add_row("hours", f"{time.hours:,.1f}")
        table.add_row("rows per whole hour, fewest", f"{time.fewest_per_hour:,}")
        table.add_row("rows per whole hour, most", f"{time.most_per_hour:,}")
        table.add_row("ascending in the file", "yes" if time.is_ascending else "no (it is sorted when read)")
        self._print(table)

    def ranges(self, ranges: Sequence[ColumnRange]) -> None:
        """Print where each column's values lie."""
        table = self._table("column", "min", "1 %", "median", "99 %", "max", "")
        for column in ranges:
            told = [f"{value:.6g}" for value in column.quantiles or ()] or ["-"] * 5
            table.add_row(column.name, *told, note_of(column))
        self._print(table)
        if ranges and not any(note_of(column) for column in ranges):
            self._say("Every value is finite, and no column is constant.")

    def drift(self, drift: "Drift | None") -> None:
        """Print the columns that differ most between the first and the last quarter of the rows."""
        if drift is None:
            self._say("There are too few rows to compare the first with the last.")
            return
        table = self._table("most drifted", "stability index", "KS distance", "")
        for column in drift.columns[:DRIFTS_TOLD]:
            index = column.stability_index
            reading = "much" if index >= MUCH else "some" if index >= LITTLE else "little"
            table.add_row(column.name, f"{index:.3f}", f"{column.largest_distance:.3f}", reading)
        self._print(table)
        self._say(
            "The last quarter of the rows by Time against the first, weighted; index below"
            f" {LITTLE:g} little, from {MUCH:g} much."
        )
        if drift.first is not None and drift.last is not None:
            self._say(
                f"Weighted fraud rate: {drift.first.weighted_fraud_rate:.3%} in the first quarter"
                f" ({drift.first.frauds:,} frauds), {drift.last.weighted_fraud_rate:.3%} in the last"
                f" ({drift.last.frauds:,} frauds)."
            )

    def replayed(self, name: str, faults: Sequence[str]) -> None:
        """Print what the service would refuse of a file that can be read, if anything."""
        for fault in faults:
            self._say(f"{fault}.", "red")
        if faults:
            self._say(f"{name} cannot be replayed as it is: {_faults(len(faults))}.", "red")

    def verdict(self, name: str, faults: Sequence[str]) -> None:
        """Print every fault, or that there is none."""
        for fault in faults[:MOST_TOLD]:
            self._say(f"{fault}.", "red")
        if len(faults) > MOST_TOLD:
            self._say(f"... and {len(faults) - MOST_TOLD} more.", "red")
        if faults:
            self._say(f"Nothing can be learned from {name} as it is: {_faults(len(faults))}.", "red")
        else:
            self._say(f"{name} can be learned from.", "green")


def note_of(column: ColumnRange) -> str:
    """Return what is odd about a column, if anything."""
    odd = [f"{column.non_finite:,} not finite"] if column.non_finite else []
    return ", ".join([*odd, "constant"] if column.is_constant else odd)


def _faults(count: int) -> str:
    return f"{count:,} fault{'' if count == 1 else 's'}"
