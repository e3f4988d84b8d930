"""Risk against coverage as a picture: the curve, what is certified, and where policies stand on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log10

from app.triage.simulation.curves import CurvePoint
from app.triage.simulation.estimates import Estimate
from app.web.languages.sentences import worded
from app.web.pages import formatting
from app.web.pages.chart_scale import Axis, Tick
from app.web.pages.formatting import estimated_percent, exact_percent
from app.web.pages.policies.estimates import EstimateView, told

#: The inner picture's own units, stretched over the card's width and height.
SIZE = 1000.0
TICKS = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)
#: Tops of the axis, the smallest that holds what matters, and in how many steps it is divided.
TOPS = {0.02: 4, 0.05: 5, 0.1: 5, 0.2: 4, 0.3: 3, 0.5: 5, 1.0: 5}
#: Rows of the table behind the chart.
ROWS = 20
#: Names nearer than this to each other, and ticks nearer than that, would cover each other (percent).
NAME_WIDTH, NAME_HEIGHT, TICK_WIDTH = 30.0, 8.0, 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A policy that is to be marked."""

    kind: str
    name: str
    coverage: float
    miss_rate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """Up to which coverage a promise holds along the curve, and what it says."""

    coverage: float
    miss_rate: float
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A policy's place: in percent from the left and from the top, its interval likewise."""

    kind: str
    name: str
    x: float
    y: float
    top: float
    bottom: float
    #: Where its name stands, from the top.
    name_at: float
    is_known: bool
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRow:
    """One point in the table behind the chart."""

    bound_moves: str
    coverage: str
    miss_rate: EstimateView


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The picture; paths in units of `SIZE`, marks and ticks in percent."""

    line: str
    band: str
    certified_width: float
    certified_top: float
    certified: str
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    rows: tuple[CurveRow, ...]


def curve(
    points: Sequence[CurvePoint], standings: Sequence[Standing], certified: Certified | None, *, total: int
) -> Curve:
    """Return the picture. Coverage is drawn by the logarithm of the review rate."""
    scale = _Scale.of(points, standings, certified, total)
    known = [point for point in points if point.miss_rate.value is not None]
    return Curve(
        line=_path([(scale.x(point.coverage), scale.y(point.miss_rate.value or 0.0)) for point in known]),
        band=_band(points, scale),
        certified_width=scale.x(certified.coverage) if certified else 0.0,
        certified_top=scale.y(certified.miss_rate) if certified else SIZE,
        certified=certified.sentence if certified else "",
        marks=_marks(standings, scale),
        ticks=scale.ticks(),
        levels=scale.levels(),
        rows=tuple(_row(point) for point in _some(points)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    #: Of the logarithms of what is left to people, at least `floor`; and of miss rates up to the top.
    depths: Axis
    rates: Axis
    floor: float

    @classmethod
    def of(
        cls,
        points: Sequence[CurvePoint],
        standings: Sequence[Standing],
        certified: Certified | None,
        total: int,
    ) -> "_Scale":
        floor = 0.5 / max(total, 1)
        shares = [each.coverage for each in points] + [each.coverage for each in standings]
        places = [_depth(share, floor) for share in shares] or [0.0]
        rates = [each.miss_rate.value for each in standings if each.miss_rate.value is not None]
        wanted = max([1.5 * rate for rate in rates] + ([2 * certified.miss_rate] if certified else [0.1]))
        top = next((each for each in TOPS if each >= wanted), 1.0)
        low, high = min(places), max(places)
        return cls(
            depths=Axis(low=low, high=max(high, low + 0.1), length=SIZE, digits=1),
            rates=Axis(high=top),
            floor=floor,
        )

    def x(self, coverage: float) -> float:
        return self.depths.held(_depth(coverage, self.floor))

    def y(self, rate: float) -> float:
        """Return the height from the top; what is above the top is drawn just beyond it."""
        return round((1 - min(self.rates.share(rate), 1.02)) * SIZE, 1)

    def ticks(self) -> tuple[Tick, ...]:
        ticks: list[Tick] = []
        for share in TICKS:
            at = self.x(share) / 10
            is_apart = not ticks or at - ticks[-1].at >= TICK_WIDTH
            if self.depths.low <= _depth(share, self.floor) <= self.depths.high and is_apart:
                ticks.append(Tick(at=at, label=exact_percent(share)))
        return tuple(ticks)

    def levels(self) -> tuple[Tick, ...]:
        top = self.rates.high
        steps = TOPS[top]
        rates = [top * step / steps for step in range(steps + 1)]
        return tuple(Tick(at=self.y(rate) / 10, label=exact_percent(rate)) for rate in rates)


def _depth(coverage: float, floor: float) -> float:
    return -log10(max(1 - coverage, floor))


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if number else 'M'}{x:g},{y:g}" for number, (x, y) in enumerate(places))


def _band(points: Sequence[CurvePoint], scale: _Scale) -> str:
    if len(points) <= 1:
        return ""
    above = [
        (scale.x(each.coverage), scale.y(1.0 if each.miss_rate.high is None else each.miss_rate.high))
        for each in points
    ]
    below = [(scale.x(each.coverage), scale.y(each.miss_rate.low)) for each in reversed(points)]
    return f"{_path([*above, *below])} Z"


def _marks(standings: Sequence[Standing], scale: _Scale) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for standing in standings:
        mark = _mark(standing, scale)
        marks.append(replace(mark, name_at=_free_place(mark, marks)))
    return tuple(marks)


def _free_place(mark: Mark, others: Sequence[Mark]) -> float:
    """Return the place nearest to its point at which its name covers no other; there are only a few."""
    near = [other.name_at for other in others if abs(other.x - mark.x) < NAME_WIDTH]
    places = sorted(range(int(NAME_HEIGHT), 97), key=lambda place: abs(place - mark.name_at))
    return next(place for place in places if all(abs(place - name) >= NAME_HEIGHT for name in near))


def _mark(standing: Standing, scale: _Scale) -> Mark:
    rate = standing.miss_rate
    high = scale.y(1.0 if rate.high is None else rate.high)
    x = scale.x(standing.coverage) / 10
    y = scale.y(rate.value if rate.value is not None else rate.low) / 10
    return Mark(
        kind=standing.kind,
        name=standing.name,
        x=x,
        y=y,
        name_at=y - NAME_HEIGHT / 2,
        top=max(high / 10, 0.0),
        bottom=scale.y(rate.low) / 10,
        is_known=rate.value is not None,
        is_right=x > 55,
    )


def _some(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Return every few points, and always the policy's own."""
    step = max(1, len(points) // ROWS)
    own = min(range(len(points)), key=lambda number: abs(points[number].shift), default=0)
    kept = sorted({*range(0, len(points), step), own} if points else set())
    return [points[number] for number in kept]


def _row(point: CurvePoint) -> CurveRow:
    return CurveRow(
        bound_moves=formatting.signed(point.shift) if point.shift else worded("as drafted"),
        coverage=estimated_percent(point.coverage),
        miss_rate=told(point.miss_rate, estimated_percent),
    )
