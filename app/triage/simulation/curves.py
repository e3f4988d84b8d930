"""What a manager looks at: miss rate by coverage, evidence by known label, reliability by zone."""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats, Rows
from app.triage.deciding import decide
from app.triage.labels import LABELS, REASONS, Label, Reason
from app.triage.policies.bounds import bound
from app.triage.policies.policy import Policy, widest
from app.triage.simulation.estimates import CONFIDENCE, Estimate, Part, share, weighted_count_interval
from app.triage.simulation.replay import Replayed, ReplayTable

LEGIT, FRAUD = LABELS.index(Label.LEGIT), LABELS.index(Label.FRAUD)
ALLOWED = REASONS.index(Reason.ALLOWED)
_STRATA = len(LABELS)

# Steps of the approve bound along the curve: finer than a screen shows.
STEPS = 100
HISTOGRAM_BINS = 48
# Edges of the reliability bins: decades, because almost all payments lie below the first per mille.
PROBABILITY_EDGES = (0.0, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What moving the approve bounds of all bands together by `shift` (logits) would do."""

    shift: float
    #: Share of the window the machine would decide.
    coverage: float
    #: Frauds approved / all frauds.
    miss_rate: Estimate


def miss_rate_by_coverage(
    bench: ReplayTable, policy: Policy, *, steps: int = STEPS
) -> tuple[CurvePoint, ...]:
    """Return the curve along the approve bound, all else as in the policy; empty for an empty window."""
    window = bench.window
    if window.size == 0:
        return ()
    decisions = decide(window.scores, window.standings, window.amounts, widest(policy), window.listed)
    labels, is_allowed = decisions.labels, decisions.reasons == ALLOWED
    approvable = labels == LEGIT
    # Evidence and bounds are multiples of one step; their difference is one again.
    slack = np.round(window.scores.evidence_fraud - bound("approve_at_most", window.amounts, policy), 6)
    edges = _grid(slack[approvable & ~is_allowed], steps)
    # Wherever the bound stands, what a list allows is approved.
    slack[is_allowed] = -np.inf
    # The first step that approves a row; behind all steps: what a gate stops, and what is declined.
    place = np.where(labels == FRAUD, np.intp(edges.size + 1), np.intp(edges.size))
    place[approvable] = np.searchsorted(edges, slack[approvable], side="left")
    along = _Along.of(bench, window.labels * np.intp(edges.size + 2) + place, edges.size)
    covered = along.covered() / window.size
    return tuple(
        CurvePoint(shift=float(edges[step]), coverage=float(covered[step]), miss_rate=along.miss_rate(step))
        for step in range(edges.size)
    )


def _grid(slack: Floats, steps: int) -> Floats:
    """Return shifts from the first approval to the last, 0 (the policy itself) among them."""
    if slack.size == 0:
        return np.zeros(1)
    low, high = float(slack.min()), float(slack.max())
    # The far tail of the surest approvals would take up half of the curve.
    low = max(low, float(np.quantile(slack[:: max(1, slack.size // 10_000)], 0.001)))
    return np.unique(np.append(np.round(np.linspace(low, high, steps), 6), 0.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Along:
    """Tables of stored labels (rows) by zone (columns), for thresholds that move step by step.

    Approved at a step: all columns up to it. Manual review: all steps behind it, and what gates stop.
    Declined: the last column. The same cells as a replay's, so that both say the same.
    """

    rows: Floats
    known: Floats
    weights: Floats
    frauds: Floats
    fraud_weights: Floats
    fraud_squares: Floats
    largest: Floats

    @classmethod
    def of(cls, bench: ReplayTable, cells: Rows, steps: int) -> "_Along":
        known = bench.known
        shape = (_STRATA, steps + 2)

        def table(places: Rows, weights: Floats | None = None) -> Floats:
            sums = np.bincount(places, weights=weights, minlength=shape[0] * shape[1])
            return sums.reshape(shape).astype(np.float64)

        of_known, fraud = cells[known.rows], known.is_fraud.astype(np.float64)
        largest = np.zeros(shape)
        np.maximum.at(largest.ravel(), of_known, known.weights)
        return cls(
            rows=table(cells),
            known=table(of_known),
            weights=table(of_known, known.weights),
            frauds=table(of_known, fraud),
            fraud_weights=table(of_known, fraud * known.weights),
            fraud_squares=table(of_known, fraud * known.weights**2),
            largest=largest,
        )

    def covered(self) -> Floats:
        """Return how many rows the machine decides at every step, shape (steps,)."""
        columns = self.rows.sum(axis=0)
        return np.asarray(np.cumsum(columns[:-2]) + columns[-1])

    def miss_rate(self, step: int) -> Estimate:
        """Return the miss rate where the steps up to this one are approved."""
        approved, left = self._zone(slice(0, step + 1)), self._zone(slice(step + 1, -1))
        return share(approved, _together(left, self._zone(slice(-1, None))))

    def _zone(self, columns: slice) -> Part:
        """Return the frauds of these columns, taken as one zone of a policy."""
        rows, known, weights, frauds, fraud_weights, fraud_squares = (
            getattr(self, name)[:, columns].sum(axis=1) for name in _SUMMED
        )
        has = weights > 0
        scale = np.divide(rows, weights, out=np.zeros(_STRATA), where=has)
        labelled = float(rows[has].sum())
        scale *= float(rows.sum()) / labelled if labelled else 0.0
        return Part(
            sum=float(scale @ fraud_weights),
            squares=float(scale**2 @ fraud_squares),
            events=round(float(frauds.sum())),
            largest=float((self.largest[:, columns].max(axis=1, initial=0.0) * scale).max()),
            unknown_rows=float(rows[~has].sum()),
            is_known=bool(labelled or not rows.sum()),
            is_complete=bool((known == rows).all()),
        )


_SUMMED = ("rows", "known", "weights", "frauds", "fraud_weights", "fraud_squares")


def _together(one: Part, other: Part) -> Part:
    return Part(
        sum=one.sum + other.sum,
        squares=one.squares + other.squares,
        events=one.events + other.events,
        largest=max(one.largest, other.largest),
        unknown_rows=one.unknown_rows + other.unknown_rows,
        is_known=one.is_known and other.is_known,
        is_complete=one.is_complete and other.is_complete,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Past transactions whose fraud evidence lies in [low, high), by what is known of them."""

    low: float
    high: float
    unlabelled: int
    legit: int
    fraud: int


def histogram(bench: ReplayTable, *, bins: int = HISTOGRAM_BINS) -> tuple[Bin, ...]:
    """Return the scored transactions by fraud evidence; empty where none is scored."""
    window = bench.window
    scored = np.flatnonzero(np.isfinite(window.scores.evidence_fraud))
    if scored.size == 0:
        return ()
    evidence, truths = window.scores.evidence_fraud[scored], window.truths[scored]
    edges = np.linspace(evidence.min(), max(float(evidence.max()), float(evidence.min()) + 1e-6), bins + 1)
    place = np.minimum(((evidence - edges[0]) / (edges[1] - edges[0])).astype(np.intp), bins - 1)
    counts = np.bincount(place * 3 + (truths + 1), minlength=bins * 3).reshape(bins, 3)
    return tuple(
        Bin(
            low=float(edges[number]), high=float(edges[number + 1]),
            unlabelled=int(nothing), legit=int(legit), fraud=int(fraud),
        )
        for number, (nothing, legit, fraud) in enumerate(counts.tolist())
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Transactions of one zone with P(fraud) in [low, high), and how often they proved to be fraud."""

    zone: Label
    low: float
    high: float
    transactions: int
    known: int
    #: Mean calibrated P(fraud) of all of them.
    predicted: float
    observed: Estimate


def reliability(bench: ReplayTable, replayed: Replayed) -> tuple[ReliabilityBin, ...]:
    """Return predicted against observed, zone by zone of the policy; bins nobody is in are left out."""
    window, known = bench.window, bench.known
    scored = np.isfinite(window.scores.probability)
    bins = np.searchsorted(PROBABILITY_EDGES[1:-1], window.scores.probability, side="right")
    cells = replayed.labels.astype(np.intp) * (len(PROBABILITY_EDGES) - 1) + bins
    found = []
    of_known = cells[known.rows]
    for cell in np.unique(cells[scored]).tolist():
        zone, number = divmod(cell, len(PROBABILITY_EDGES) - 1)
        rows, inside = scored & (cells == cell), of_known == cell
        found.append(
            ReliabilityBin(
                zone=LABELS[zone],
                low=PROBABILITY_EDGES[number],
                high=PROBABILITY_EDGES[number + 1],
                transactions=int(np.count_nonzero(rows)),
                known=int(np.count_nonzero(inside)),
                predicted=float(bench.probability[rows].mean()),
                observed=_rate(known.weights[inside], known.is_fraud[inside]),
            )
        )
    return tuple(found)


def _rate(weights: Floats, is_fraud: Flags) -> Estimate:
    """Return the weighted share of frauds among known rows; not known without any."""
    whole = float(weights.sum())
    if whole == 0:
        return Estimate(value=None, low=0.0, high=1.0)
    events = weights[is_fraud]
    low, high = weighted_count_interval(
        float(events.sum()), float((events**2).sum()), largest=float(weights.max()), confidence=CONFIDENCE
    )
    return Estimate(value=float(events.sum()) / whole, low=min(low / whole, 1.0), high=min(high / whole, 1.0))
