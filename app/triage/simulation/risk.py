"""What the known truths say of all transactions: totals and rates, each with its interval, or not known.

A truth counts with the inverse of the probability with which it would have become known, scaled within
its cell so that the cell's labelled rows stand for all of its rows (Hájek 1971). A cell is what the
machine said then (that decided who was looked at) times what the policy in question says, its zone. A
cell without a countable truth is taken to be like the rest of its zone, and all its rows count in the
upper end of the interval. A zone without any is not known; it is never counted as free of fraud.
"""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.triage.labels import LABELS, Codes, Label
from app.triage.simulation.counting import count_pairs
from app.triage.simulation.estimates import (
    CONFIDENCE,
    NOTHING_KNOWN,
    Estimate,
    Part,
    share,
    weighted_count_interval,
)
from app.triage.simulation.known import Known
from app.triage.simulation.window import Window

_SIZE = len(LABELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What a policy's decisions did in a window, as far as it is known."""

    #: Frauds approved, and their amounts (currency).
    frauds_approved: Estimate
    amount_let_through: Estimate
    #: Frauds approved / all frauds.
    miss_rate: Estimate
    legits_declined: Estimate
    #: Legits declined / all legits.
    false_decline_rate: Estimate
    #: Frauds declined / all declined.
    decline_precision: Estimate
    #: Countable truths behind all this, and those of them that are frauds.
    known: int
    known_frauds: int
    #: Known frauds the policy approves: a plain count, no estimate.
    known_frauds_approved: int
    known_legits_declined: int
    #: Labels of the policy under which there are transactions and not one countable truth.
    not_known: tuple[Label, ...]
    #: The one truth that carries much of `frauds_approved`, if there is one.
    heaviest: "Heaviest | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heaviest:
    """One transaction on which much of an estimate rests."""

    #: Its key in the database.
    key: int
    #: Its part of the estimate.
    share: float


# From here on one truth is named, where it stands for more than itself.
MUCH = 0.25


def risk_of(labels: Codes, window: Window, known: Known) -> Risk:
    """Return what is known of these decisions, `labels` being codes into `LABELS`, (transactions,).

    Of an empty window nothing is known.
    """
    if window.size == 0:
        return NO_RISK_KNOWN
    cells = _Cells.of(labels, window, known)
    fraud, legit = known.is_fraud, ~known.is_fraud
    missed = cells.part(fraud, {Label.LEGIT})
    caught = cells.part(fraud, {Label.UNKNOWN, Label.FRAUD})
    wronged = cells.part(legit, {Label.FRAUD})
    spared = cells.part(legit, {Label.LEGIT, Label.UNKNOWN})
    stopped = cells.part(fraud, {Label.FRAUD})
    decided = labels[known.rows]
    return Risk(
        frauds_approved=missed.total(),
        amount_let_through=cells.amount(fraud, {Label.LEGIT}),
        miss_rate=share(missed, caught),
        legits_declined=wronged.total(),
        false_decline_rate=share(wronged, spared),
        decline_precision=share(stopped, wronged),
        known=known.rows.size,
        known_frauds=known.frauds,
        known_frauds_approved=int((fraud & (decided == LABELS.index(Label.LEGIT))).sum()),
        known_legits_declined=int((legit & (decided == LABELS.index(Label.FRAUD))).sum()),
        not_known=cells.not_known(),
        heaviest=_heaviest(cells.weights_of(fraud, {Label.LEGIT}), window, known),
    )


def _heaviest(weights: Floats, window: Window, known: Known) -> Heaviest | None:
    """Return the truth that carries much of what these weights sum to; shape (known,)."""
    total = float(weights.sum())
    if total <= 0:
        return None
    place = int(weights.argmax())
    share = float(weights[place]) / total
    if share < MUCH or weights[place] <= 1:
        return None
    return Heaviest(key=int(window.keys[known.rows[place]]), share=share)


_NO_SHARE = Estimate(value=None, low=0.0, high=1.0)
NO_RISK_KNOWN = Risk(
    frauds_approved=NOTHING_KNOWN,
    amount_let_through=NOTHING_KNOWN,
    miss_rate=_NO_SHARE,
    legits_declined=NOTHING_KNOWN,
    false_decline_rate=_NO_SHARE,
    decline_precision=_NO_SHARE,
    known=0,
    known_frauds=0,
    known_frauds_approved=0,
    known_legits_declined=0,
    not_known=LABELS,
    heaviest=None,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """A window cut by what the machine said then and what a policy says: `LABELS` x `LABELS` cells."""

    known: Known
    #: Cell of every known row, shape (known,).
    places: Rows
    #: Rows, known rows, and scaling of a known row's weight, shape (cells,); 0 where nothing is known.
    rows: Floats
    known_rows: Floats
    scale: Floats
    #: What an unseen event could weigh: the largest scaled weight of the cell, shape (cells,).
    largest: Floats

    @classmethod
    def of(cls, labels: Codes, window: Window, known: Known) -> "_Cells":
        cells = _SIZE * _SIZE
        rows = count_pairs(window.labels, labels).ravel().astype(np.float64)
        places = known.strata.astype(np.intp) * _SIZE + labels[known.rows]
        counted = np.bincount(places, minlength=cells).astype(np.float64)
        weight = np.bincount(places, weights=known.weights, minlength=cells)
        scale = np.divide(rows, weight, out=np.zeros(cells), where=weight > 0)
        # What a zone's labelled cells stand for beside themselves: its cells without a truth.
        of_zone = rows.reshape(_SIZE, _SIZE).sum(axis=0)
        labelled = np.where(weight > 0, rows, 0.0).reshape(_SIZE, _SIZE).sum(axis=0)
        scale *= np.tile(np.divide(of_zone, labelled, out=np.zeros(_SIZE), where=labelled > 0), _SIZE)
        largest = np.zeros(cells)
        np.maximum.at(largest, places, known.weights)
        return cls(
            known=known, places=places, rows=rows, known_rows=counted, scale=scale, largest=largest * scale
        )

    def part(self, events: Flags, labels: set[Label]) -> Part:
        """Return these events, shape (known,), among the rows a policy gives one of these labels."""
        chosen = self._chosen(labels)
        found = events & chosen[self.places]
        weights = self.known.weights[found] * self.scale[self.places[found]]
        return Part(
            sum=float(weights.sum()),
            squares=float((weights * weights).sum()),
            events=int(found.sum()),
            largest=float(self.largest[chosen].max(initial=0.0)),
            unknown_rows=float(self.rows[chosen & (self.known_rows == 0)].sum()),
            is_known=not labels.intersection(self.not_known()),
            is_complete=bool((self.known_rows[chosen] == self.rows[chosen]).all()),
        )

    def weights_of(self, events: Flags, labels: set[Label]) -> Floats:
        """Return what each known row adds to the number of these events, shape (known,)."""
        counted = events & self._chosen(labels)[self.places]
        weights: Floats = np.where(counted, self.known.weights * self.scale[self.places], 0.0)
        return weights

    def amount(self, events: Flags, labels: set[Label]) -> Estimate:
        """Return the amounts of these events in total (currency).

        An unseen event is taken to cost as much as the mean of all known frauds, or of all known rows
        where no fraud is known.
        """
        chosen = self._chosen(labels)
        found = events & chosen[self.places]
        weighted = self.known.weights[found] * self.scale[self.places[found]] * self.known.amounts[found]
        like = self.known.is_fraud if self.known.is_fraud.any() else np.ones_like(self.known.is_fraud)
        usual = float(self.known.amounts[like].mean()) if like.any() else 0.0
        largest = max(float(self.largest[chosen].max(initial=0.0)) * usual, float(weighted.max(initial=0.0)))
        low, high = weighted_count_interval(
            float(weighted.sum()), float((weighted**2).sum()), largest=largest, confidence=CONFIDENCE
        )
        is_known = not labels.intersection(self.not_known())
        unseen = float(self.rows[chosen & (self.known_rows == 0)].sum()) * usual
        return Estimate(
            value=float(weighted.sum()) if is_known else None,
            low=low,
            high=high + unseen if is_known else None,
        )

    def not_known(self) -> tuple[Label, ...]:
        """Return the labels under which a policy has rows and not one known truth."""
        rows = self.rows.reshape(_SIZE, _SIZE).sum(axis=0)
        counted = self.known_rows.reshape(_SIZE, _SIZE).sum(axis=0)
        return tuple(
            label
            for label, there, known in zip(LABELS, rows.tolist(), counted.tolist(), strict=True)
            if there and not known
        )

    def _chosen(self, labels: set[Label]) -> Flags:
        wanted = np.array([label in labels for label in LABELS])
        return np.tile(wanted, _SIZE)
