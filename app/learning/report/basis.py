"""What the figures of a section rest on, in words."""

from app.learning.report.material import Material
from app.learning.report.words import count, number, plain
from app.triage.certificate import Kind


def rows_of(material: Material) -> str:
    """Return how many rows of each kind a figure is taken over."""
    return f"{count(material.frauds)} frauds and {count(material.legits)} legit transactions"


def untouched(material: Material) -> str:
    """Return the basis of what is out of sample."""
    if material.certificate.kind is Kind.CROSS_FITTED:
        return f"All rows, each scored by networks that had not seen it: {rows_of(material)}."
    return f"Calibration part, never used for fitting: {rows_of(material)}."


def weighting(material: Material) -> str:
    """Return what one row stands for."""
    fraud, legit = (float(material.weights[material.is_fraud == kind].mean()) for kind in (True, False))
    if fraud == legit:
        return "Every row weighs the same."
    return (
        f"Every figure is weighted to the population: a legit row stands for {plain(legit)} transactions,"
        f" a fraud for {plain(fraud)}. Rates that mix the two are told at"
        f" {number(1000 * material.base_rate)} frauds in 1\u202f000 transactions."
    )
