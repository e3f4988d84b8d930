"""Where the evidence of frauds and of legits lies, beside the bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from app.learning.report.basis import untouched
from app.learning.report.canvas import EDGE, FRAUD, LEGIT, drawn, share_axis, upright
from app.learning.report.content import Chart, Section, Table
from app.learning.report.material import Material
from app.learning.report.words import number, percent, plain_percent, span
from app.scoring.arrays import Floats
from app.triage.policies.policy import Policy

BINS = 48


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histogram:
    """How one logit is spread over the classes."""

    #: `fraud` or `legit`: whose evidence it is.
    evidence: str
    #: Shape (bins + 1,).
    edges: Floats
    #: Weighted share of each class in a bin, shape (bins,).
    frauds: Floats
    legits: Floats
    #: Bounds of the policy on this logit: approve's, decline's; None where there is none.
    bounds: tuple[float | None, float | None]


def histograms(material: Material) -> Section:
    """Return one histogram by class for each logit the head has."""
    told = _all(material)
    scores, policy, frauds = material.scores, material.policy, material.is_fraud
    below = float((scores.evidence_fraud[frauds] <= policy.approve_at_most).mean())
    legits = float(
        np.average(
            scores.evidence_fraud[~frauds] <= policy.approve_at_most, weights=material.weights[~frauds]
        )
    )
    finding = (
        f"At or below the approve bound lie {percent(legits, 3)} of legit transactions and {percent(below)}"
        " of frauds."
    )
    return Section(
        anchor="logits",
        title="The logits by class, with the bounds",
        finding=finding,
        basis=f"{untouched(material)} The approve bound was set on these frauds.",
        chart=Chart(svg=drawn("logits", 0.4 + 2.6 * len(told), partial(_draw, told)), alt=finding),
        reading=(
            "Each class adds up to 100 %, frauds upwards, legits downwards. Left of the first line the"
            " machine approves, right of the second it declines, between them a person decides."
        ),
        tables=tuple(map(_table, told)),
        notes=("A histogram shows how sharp the scores are; whether they are calibrated it cannot show.",),
    )


def _all(material: Material) -> tuple[Histogram, ...]:
    scores, policy = material.scores, material.policy
    found = [_histogram(material, "fraud", scores.evidence_fraud, _fraud_bounds(policy))]
    if scores.evidence_legit is not None:
        bounds = (policy.approve_legit_at_least, policy.decline_legit_at_most)
        found.append(_histogram(material, "legit", scores.evidence_legit, bounds))
    return tuple(found)


def _fraud_bounds(policy: Policy) -> tuple[float, float]:
    return policy.approve_at_most, policy.decline_at_least


def _histogram(
    material: Material, evidence: str, logits: Floats, bounds: tuple[float | None, float | None]
) -> Histogram:
    edges = np.linspace(logits.min(), logits.max(), BINS + 1)
    frauds, legits = (
        np.histogram(logits[rows], edges, weights=material.weights[rows])[0] / material.weights[rows].sum()
        for rows in (material.is_fraud, ~material.is_fraud)
    )
    return Histogram(evidence=evidence, edges=edges, frauds=frauds, legits=legits, bounds=bounds)


def _draw(told: Sequence[Histogram], figure: Figure) -> None:
    for axes, each in zip(np.atleast_1d(figure.subplots(len(told), 1)), told, strict=True):
        width = float(np.diff(each.edges)[0])
        for heights, colour in ((each.frauds, FRAUD), (-each.legits, LEGIT)):
            axes.bar(each.edges[:-1], heights, 0.86 * width, align="edge", color=colour, alpha=0.6)
        highest, lowest = float(each.frauds.max()), float(each.legits.max())
        axes.set(ylim=(-1.12 * lowest, max(1.9 * highest, 0.5 * lowest)))
        axes.set(xlabel=f"evidence for {each.evidence} (logit)", ylabel="share of the class in a bin")
        axes.axhline(0, color=EDGE, linewidth=0.8)
        ticks = _ticks(highest, lowest)
        share_axis(axes.yaxis, ticks)
        axes.set_yticks(ticks, [plain_percent(abs(tick)) for tick in ticks])
        axes.grid(axis="y")
        for bound, colour, words, side in zip(
            each.bounds, (LEGIT, FRAUD), ("approve", "decline"), ("left", "right"), strict=True
        ):
            if bound is not None:
                upright(axes, bound, colour, f"{words} {number(bound)}", side=side)
        for words, colour, lift in (("frauds", FRAUD, 9), ("legits", LEGIT, -9)):
            place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
            axes.annotate(words, (0.01, 0), xytext=(0, lift), va="center", color=colour, **place)


def _ticks(highest: float, lowest: float) -> list[float]:
    step = next(each for each in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if each >= max(highest, lowest) / 5)
    return [float(tick) for tick in np.arange(-np.floor(lowest / step), np.floor(highest / step) + 1) * step]


def _table(each: Histogram) -> Table:
    rows = tuple(
        (span(low, high), percent(fraud), percent(legit))
        for low, high, fraud, legit in zip(each.edges, each.edges[1:], each.frauds, each.legits, strict=False)
    )
    heads = ("Logit", "Of the frauds", "Of the legits")
    return Table(caption=f"Evidence for {each.evidence}, by class", heads=heads, rows=rows)
