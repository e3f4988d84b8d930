"""What becomes of a transaction: its outcome for the client, and what turned out to be true."""

from enum import StrEnum


class GroundTruth(StrEnum):
    """Fraud or legit: there is no third truth."""

    FRAUD = "fraud"
    LEGIT = "legit"


class Report(StrEnum):
    """What a source can say of a transaction: a truth, or that what it said before counts no longer."""

    FRAUD = "fraud"
    LEGIT = "legit"
    WITHDRAWN = "withdrawn"


class OutcomeSource(StrEnum):
    """Who settled the outcome; a deadline is never a verdict and never a label."""

    MACHINE = "machine"
    VERDICT = "verdict"
    DEADLINE = "deadline"
