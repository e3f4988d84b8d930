"""What a replay did, counted once per row, and how it is told."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from app.cli.posting import Reply
from app.datasets.refusal import shown_line

# Enough to see what is wrong; thousands of equal lines say no more.
ERRORS_TOLD, PLACES_TOLD = 5, 3
LABELS = ("fraud", "legit", "unknown")


class Tally:
    """Counts of one replay."""

    def __init__(self) -> None:
        self.posted = 0
        self.repeats = 0
        self.cases = 0
        #: Rows and labels together, and the rows alone.
        self.errors = 0
        self.rows_refused = 0
        self.labels_accepted = 0
        self.by_label: Counter[str] = Counter()
        self.by_reason: Counter[str] = Counter()
        #: Rows by (true class, machine's label), where the file tells the class.
        self.confusion: Counter[tuple[str, str]] = Counter()
        #: What the service said: how many rows it said it to, and what the first of them were.
        self.refusals: dict[str, tuple[int, list[str]]] = {}
        self._milliseconds: list[float] = []

    def answered(self, answer: Mapping[str, Any], truth: str | None, reply: Reply) -> None:
        """Count a row the service decided."""
        self.posted += 1
        self.repeats += reply.is_repeat
        self.cases += answer.get("case_id") is not None
        self.by_label[answer["label"]] += 1
        self.by_reason[answer["reason"]] += 1
        if truth is not None:
            self.confusion[truth, answer["label"]] += 1
        self._milliseconds.append(reply.milliseconds)

    def refused(self, what: str, problem: str, *, labels: int = 0) -> None:
        """Count a row that the service did not take, or so many labels."""
        self.rows_refused += not labels
        self.errors += labels or 1
        count, first = self.refusals.get(problem, (0, []))
        told = [*first, what] if len(first) < PLACES_TOLD else first
        self.refusals[problem] = (count + (labels or 1), told)

    def totals(self, total: int) -> str:
        """Return what became of the file's rows when not all of them were posted; empty when all were."""
        if self.posted == total:
            return ""
        return (
            f"{self.posted:,} of {total:,} rows were posted, {self.repeats:,} of these had been before;"
            f" {self.rows_refused:,} were refused, {total - self.posted - self.rows_refused:,} not reached"
        )

    def told_refusals(self) -> list[str]:
        """Return one line for each thing the service said, the most frequent first."""
        by_count = sorted(self.refusals.items(), key=lambda said: -said[1][0])
        lines = []
        for problem, (count, first) in by_count[:ERRORS_TOLD]:
            also = f" ({count:,} times; then {', '.join(first[1:])})" if count > 1 and first[1:] else ""
            lines.append(f"{first[0]}: {problem}{also}")
        if len(by_count) > ERRORS_TOLD:
            lines.append(f"... and {len(by_count) - ERRORS_TOLD} other refusals")
        return lines

    def percentile(self, share: float) -> float:
        """Return the latency (ms) that this share (0-100) of the answers kept; 0 without any."""
        return float(np.percentile(self._milliseconds, share)) if self._milliseconds else 0.0

    def figures(self, seconds: float) -> dict[str, str]:
        """Return the figures for machines, by name."""
        return {
            "replay_posted": str(self.posted),
            "replay_repeats": str(self.repeats),
            "replay_errors": str(self.errors),
            "replay_unknown": str(self.by_label["unknown"]),
            "replay_cases": str(self.cases),
            "replay_labels": str(self.labels_accepted),
            **{f"replay_p{share}_ms": f"{self.percentile(share):.2f}" for share in (50, 95, 99)},
            "replay_rows_per_s": f"{self.posted / max(seconds, 1e-9):.1f}",
        }

    def tell(self, console: Console, seconds: float) -> None:
        """Print the tables and the first errors."""
        console.print(self._summary(seconds))
        if self.confusion:
            console.print(self._confusion_table())
        for line in self.told_refusals():
            console.print(shown_line(line), style="red", markup=False, highlight=False, soft_wrap=True)

    def _summary(self, seconds: float) -> Table:
        table = Table("replay", "rows", title_justify="left")
        table.columns[1].justify = "right"
        table.add_row("posted", f"{self.posted:,}")
        for label in LABELS:
            table.add_row(f"  {label}", f"{self.by_label[label]:,}")
        table.add_section()
        for reason, count in self.by_reason.most_common():
            table.add_row(f"  {reason.replace('_', ' ')}", f"{count:,}")
        table.add_section()
        for name, count in (
            ("cases for people", self.cases),
            ("repeats", self.repeats),
            ("errors", self.errors),
            ("labels accepted", self.labels_accepted),
        ):
            table.add_row(name, f"{count:,}")
        latency = " / ".join(f"{self.percentile(share):.1f}" for share in (50, 95, 99))
        table.add_row("ms, p50 / p95 / p99", latency)
        table.add_row("rows per second", f"{self.posted / max(seconds, 1e-9):,.0f}")
        return table

    def _confusion_table(self) -> Table:
        table = Table("class in the file", *(f"model: {label}" for label in LABELS))
        for column in table.columns[1:]:
            column.justify = "right"
        for truth in ("fraud", "legit"):
            table.add_row(truth, *(f"{self.confusion[truth, label]:,}" for label in LABELS))
        return table
