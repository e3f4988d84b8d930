"""What a manager looks at: risk against coverage, evidence by known label, reliability by zone."""

from dataclasses import dataclass, replace

import numpy as np

from app.triage.deciding import decide
from app.triage.labels import LABELS, Label
from app.triage.policy import Bounds, Policy
from app.triage.simulation.estimates import CONFIDENCE, Estimate, Part, share, weighted_count_interval
from app.triage.simulation.replay import Bench, Replayed
from app.triage.simulation.window import Flags, Floats, Rows

LEGIT, FRAUD = LABELS.index(Label.LEGIT), LABELS.index(Label.FRAUD)
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


def risk_coverage(bench: Bench, policy: Policy, *, steps: int = STEPS) -> tuple[CurvePoint, ...]:
    """Return the curve along the approve bound, all else as in the policy; empty for an empty window."""
    window, known = bench.window, bench.known
    if window.size == 0:
        return ()
    widest = decide(window.scores, window.standings, window.amounts, _widest(policy)).labels
    approvable = widest == LEGIT
    slack = window.scores.evidence_fraud - _approve_bounds(window.amounts, policy)
    edges = _grid(slack[approvable], steps)
    place = np.full(window.size, edges.size, dtype=np.intp)
    place[approvable] = np.searchsorted(edges, slack[approvable], side="left")
    # Rows by what was said then and by the first step that approves them; the last column: never.
    cells = window.labels * np.intp(edges.size + 1) + place
    rows = _cumulated(cells, None, edges.size)
    declined = int(np.count_nonzero(widest == FRAUD))
    parts = _Along.of(bench, cells[known.rows], rows, edges.size)
    return tuple(
        CurvePoint(
            shift=float(edges[step]),
            coverage=(float(rows[:, step].sum()) + declined) / window.size,
            miss_rate=parts.miss_rate(step),
        )
        for step in range(edges.size)
    )


def _widest(policy: Policy) -> Policy:
    """Return the policy that approves all it does not decline, but for its gates."""

    def widened(bounds: Bounds) -> Bounds:
        return replace(bounds, approve_at_most=bounds.decline_at_least)

    bands = tuple(replace(band, bounds=widened(band.bounds)) for band in policy.bands)
    return replace(policy, approve_at_most=policy.decline_at_least, bands=bands)


def _approve_bounds(amounts: Floats, policy: Policy) -> Floats:
    bounds = np.array([band.bounds.approve_at_most for band in policy.all_bands])
    starts = np.array([band.amount_from for band in policy.bands])
    found: Floats = bounds[np.searchsorted(starts, amounts, side="right")] if policy.bands else bounds
    return found


def _grid(slack: Floats, steps: int) -> Floats:
    """Return shifts from the first approval to the last, 0 (the policy itself) among them."""
    if slack.size == 0:
        return np.zeros(1)
    low, high = float(slack.min()), float(slack.max())
    # The far tail of the surest approvals would take up half of the curve.
    low = max(low, float(np.quantile(slack[:: max(1, slack.size // 10_000)], 0.001)))
    return np.unique(np.append(np.linspace(low, high, steps), 0.0))


def _cumulated(cells: Rows, weights: Floats | None, steps: int) -> Floats:
    """Return sums by stratum (rows) up to each step (columns); the last column is never approved."""
    sums = np.bincount(cells, weights=weights, minlength=_STRATA * (steps + 1)).astype(np.float64)
    table = sums.reshape(_STRATA, steps + 1)
    return np.column_stack([np.cumsum(table[:, :-1], axis=1), table[:, -1]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Along:
    """Sums over the rows approved up to each step, and over all; shape (strata, steps + 1)."""

    rows: Floats
    known: Floats
    weights: Floats
    frauds: Floats
    fraud_weights: Floats
    fraud_squares: Floats
    largest: float

    @classmethod
    def of(cls, bench: Bench, cells: Rows, rows: Floats, steps: int) -> "_Along":
        known = bench.known
        fraud = known.is_fraud.astype(np.float64)
        return cls(
            rows=rows,
            known=_cumulated(cells, None, steps),
            weights=_cumulated(cells, known.weights, steps),
            frauds=_cumulated(cells, fraud, steps),
            fraud_weights=_cumulated(cells, fraud * known.weights, steps),
            fraud_squares=_cumulated(cells, fraud * known.weights**2, steps),
            largest=float(known.weights.max(initial=1.0)),
        )

    def miss_rate(self, step: int) -> Estimate:
        """Return the miss rate where the steps up to this one are approved."""
        last = self.rows.shape[1] - 2
        inner, outer = {}, {}
        for name in _SUMMED:
            sums = getattr(self, name)
            inner[name] = sums[:, step]
            # Approved at a later step, or never.
            outer[name] = sums[:, last] - inner[name] + sums[:, -1]
        return share(self._part(inner), self._part(outer))

    def _part(self, sums: dict[str, Floats]) -> Part:
        rows, known, weights = sums["rows"], sums["known"], sums["weights"]
        has = weights > 0
        scale = np.divide(rows, weights, out=np.zeros(_STRATA), where=has)
        labelled = float(rows[has].sum())
        scale *= float(rows.sum()) / labelled if labelled else 0.0
        return Part(
            sum=float(scale @ sums["fraud_weights"]),
            squares=float(scale**2 @ sums["fraud_squares"]),
            events=round(float(sums["frauds"].sum())),
            largest=self.largest * float(scale.max()),
            unknown_rows=float(rows[~has].sum()),
            is_known=bool(labelled or not rows.sum()),
            is_complete=bool((known == rows).all()),
        )


_SUMMED = ("rows", "known", "weights", "frauds", "fraud_weights", "fraud_squares")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Past transactions whose fraud evidence lies in [low, high), by what is known of them."""

    low: float
    high: float
    unlabelled: int
    legit: int
    fraud: int


def histogram(bench: Bench, *, bins: int = HISTOGRAM_BINS) -> tuple[Bin, ...]:
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


def reliability(bench: Bench, replayed: Replayed) -> tuple[ReliabilityBin, ...]:
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
