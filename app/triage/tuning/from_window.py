"""Promises from what has happened: only from payments whose truth is known whole, or by chance alone."""

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from app.scoring.arrays import Rows
from app.scoring.templated_text import Templated
from app.triage.certificate import PromiseInfeasible
from app.triage.labels import LABELS, Label
from app.triage.simulation.replay import ReplayTable
from app.triage.simulation.window import FRAUD_TRUTH
from app.triage.tuning.evidence import LabelledScores
from app.triage.written_numbers import count


def labelled_window(
    bench: ReplayTable, *, waiting_cases: int, source: str, generator: np.random.Generator
) -> LabelledScores:
    """Return the rows of a window that a promise may be set on.

    Where every truth is known, all of them. Where people looked by chance, the rows are thinned to the
    smallest chance any payment had, each kept with (smallest / its own): what is left is a plain random
    sample of the window, as binomial bounds need, and small. `waiting_cases` of the window are chosen
    and not judged yet; while there are any, the sample is not whole.

    Raises `PromiseInfeasible` where neither is so, with what is missing.
    """
    window, known = bench.window, bench.known
    if known.rows.size == 0:
        raise PromiseInfeasible(
            Templated(
                "no payment of the window has a truth whose chance of becoming known is on record:"
                " audits, verdicts, or labels from a source that reports all"
            )
        )
    rows = known.rows
    if known.rows.size < window.size or bool((known.chances != 1).any()):
        _refuse_half_known(bench, waiting_cases)
        rows = known.rows[_thinned(bench, generator)]
    is_fraud = window.truths[rows] == FRAUD_TRUTH
    return LabelledScores(
        scores=window.scores.selected(rows),
        standings=window.standings[rows],
        amounts=window.amounts[rows],
        is_fraud=is_fraud,
        legits=int((~is_fraud).sum()),
        base_rate=float(known.weights[known.is_fraud].sum() / known.weights.sum()),
        rows_sha256=_fingerprint(window.keys[rows]),
        source=source,
    )


def _refuse_half_known(bench: ReplayTable, waiting_cases: int) -> None:
    window = bench.window
    if waiting_cases:
        raise PromiseInfeasible(
            Templated(
                "%(cases)s cases of the window wait for a verdict; a promise needs all of them judged",
                cases=count(waiting_cases),
            )
        )
    unknown = window.labels == LABELS.index(Label.UNKNOWN)
    if bool((window.propensities[~unknown] == 0).any()):
        raise PromiseInfeasible(
            Templated("some payments of the window could never be audited: their share was zero")
        )


def _thinned(bench: ReplayTable, generator: np.random.Generator) -> Rows:
    """Return the places among the known rows that a sample of equal chances keeps.

    A payment would have been looked at with its own chance whatever a source says of its own: one
    report with a tiny chance does not thin out all the others.
    """
    own = bench.window.propensities
    chances = np.maximum(bench.known.chances, own[bench.known.rows])
    smallest = float(own.min())
    return np.flatnonzero(generator.random(chances.size) * chances < smallest)


def _fingerprint(keys: NDArray[np.int64]) -> str:
    return sha256(np.sort(keys).astype(">i8").tobytes()).hexdigest()
