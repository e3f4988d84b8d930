"""The report on own payments as a person reads it in a terminal: plain text where there is none."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from app.cli.training.data_tables import DRIFTS_TOLD, Tables
from app.datasets.refusal import shown, shown_line
from app.learning.data_report.drift import LITTLE, MUCH
from app.scoring.schema.schema import APART_ONLY

if TYPE_CHECKING:
    from app.datasets.payment_files.file import PaymentFile
    from app.learning.data_report.own_report import OwnReport


class SchemaTables(Tables):
    """What there is to say about payments of a schema of their own."""

    def file(self, file: "PaymentFile") -> None:
        """Print what the schema reads of a file."""
        schema = file.schema
        self._say(
            f"{file.name}: {file.rows:,} payments, {len(schema.features)} features"
            f" and {len(schema.entities)} entities by the schema {shown(schema.name)}{_span(file)}."
        )
        if file.note:
            self._say(f"{file.note}.")

    def report(self, report: "OwnReport") -> None:
        """Print the figures, then leaks and warnings."""
        classes = report.classes
        table = self._table("classes", "rows", f"weighted (legit x {classes.legit_weight:g})")
        table.add_row("fraud", f"{classes.frauds:,}", f"{classes.frauds:,}")
        table.add_row("legit", f"{classes.legits:,}", f"{classes.legits * classes.legit_weight:,.0f}")
        table.add_row("fraud rate", f"{classes.fraud_rate:.3%}", f"{classes.weighted_fraud_rate:.3%}")
        self._print(table)
        self._entities(report)
        self._moved(report)
        for warning in report.warnings:
            self._say(shown_line(f"Warning: {warning}."), "yellow")
        for leak in report.leaks:
            self._say(shown_line(f"{leak.sentence}."), None if leak.is_meant else "red")

    def _entities(self, report: "OwnReport") -> None:
        if not report.entities:
            return
        table = self._table(
            "shared with earlier payments", "later frauds", "had a fraud", "legits that had", "had a payment"
        )
        for each in report.entities:
            table.add_row(
                shown(each.name),
                f"{each.later_frauds:,}",
                f"{each.frauds_with_earlier_fraud:.1%}",
                f"{each.legits_with_earlier_fraud:.1%}",
                f"{each.frauds_with_earlier_payment:.1%}",
            )
        self._print(table)
        self._say(
            "Of the frauds in the last quarter by time: how many share the card, device or the like with a"
            " fraud, or with any payment, of the three quarters before."
        )

    def _moved(self, report: "OwnReport") -> None:
        if report.drift is None:
            self._say("Without a time nothing can be said of drift, nor of what later frauds share.")
            return
        table = self._table("most drifted", "stability index", "KS distance", "")
        for column in report.drift[:DRIFTS_TOLD]:
            index = column.stability_index
            reading = "much" if index >= MUCH else "some" if index >= LITTLE else "little"
            table.add_row(shown(column.name), f"{index:.3f}", f"{column.largest_distance:.3f}", reading)
        self._print(table)
        self._say("The last quarter of the payments by time against the three before, weighted.")


def _span(file: "PaymentFile") -> str:
    payment = file.schema.payment
    if not file.rows or np.isnan(file.seconds).any():
        return ", without a time"
    first, last = float(file.seconds.min()), float(file.seconds.max())
    if payment.time_format in APART_ONLY:
        return f", over {(last - first) / 3600:,.1f} hours"
    days = (datetime.fromtimestamp(each, tz=UTC).date().isoformat() for each in (first, last))
    return f", {' to '.join(days)}"
