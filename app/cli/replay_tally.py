"""What a replay did, counted once per row, and how it is told."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from app.cli.posting import Reply

# Enough to see what is wrong; thousands of equal lines say no more.
ERRORS_TOLD = 5
LABELS = ("fraud", "legit", "unknown")


class Tally:
    """Counts of one replay."""

    def __init__(self) -> None:
        self.posted = 0
        self.repeats = 0
        self.cases = 0
        self.errors = 0
        self.labels_accepted = 0
        self.by_label: Counter[str] = Counter()
        self.by_reason: Counter[str] = Counter()
        #: Rows by (true class, machine's label), where the file tells the class.
        self.confusion: Counter[tuple[str, str]] = Counter()
        self.first_errors: list[str] = []
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

    def refused(self, what: str, problem: str) -> None:
        """Count a row or a label the service did not take."""
        self.errors += 1
        if len(self.first_errors) < ERRORS_TOLD:
            self.first_errors.append(f"{what}: {problem}")

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
        for line in self.first_errors:
            console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
        if self.errors > len(self.first_errors):
            console.print(f"... and {self.errors - len(self.first_errors)} more", style="red")

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
        table = Table("class in the file", *(f"machine: {label}" for label in LABELS))
        for column in table.columns[1:]:
            column.justify = "right"
        for truth in ("fraud", "legit"):
            table.add_row(truth, *(f"{self.confusion[truth, label]:,}" for label in LABELS))
        return table
