"""The bounds of Venn-Abers at every calibration point, in one walk along a convex hull."""

import numpy as np

from app.scoring.arrays import Floats

Point = tuple[float, float]


def venn_abers_bounds(weights: Floats, frauds: Floats) -> tuple[Floats, Floats]:
    """Return (p0, p1) at each distinct margin, each of shape (margins,).

    `weights` is what the rows at that margin weigh, `frauds` what the frauds among them weigh, in
    rising order of the margin. p1 is the isotonic regression there after one row (weight 1) of fraud
    is added, p0 the same for legit. p0 holds from its margin on, p1 up to its margin.
    """
    high = _upper(weights, frauds)
    # Turned around, with the classes swapped, the lower bound is an upper one.
    low = 1 - _upper(weights[::-1], (weights - frauds)[::-1])[::-1]
    # Equal slopes are found along different corners: only the last bits can be out of order.
    low, high = (np.maximum.accumulate(np.clip(bound, 0.0, 1.0)) for bound in (low, high))
    return np.minimum(low, high), high


def _upper(weights: Floats, frauds: Floats) -> Floats:
    """Return p1 at each margin (Vovk, Petej and Fedorova 2015, algorithms 1 and 2).

    NOTE[DIFF]: rows weigh what they weigh; the paper's path has a step of one per row.
    """
    reached = [0.0, *np.cumsum(weights).tolist()], [0.0, *np.cumsum(frauds).tolist()]
    path: list[Point] = list(zip(*reached, strict=True))
    # The added fraud lies before all rows at first, and is then moved behind one margin after another.
    corners = _corners([(-1.0, -1.0), *path])
    upper = np.empty(len(weights))
    for margin, behind in enumerate(path[1:]):
        first, second = corners[-1], corners[-2]
        upper[margin] = (second[1] - first[1]) / (second[0] - first[0])
        moved = behind[0] - 1, behind[1] - 1
        if _turn(first, second, moved) < 0:
            corners.pop()
            _drop_all_but_corners(corners, moved)
            corners.append(moved)
    return upper


def _corners(path: list[Point]) -> list[Point]:
    """Return the corners of the lower convex hull of a path, the leftmost last."""
    corners: list[Point] = []
    for point in reversed(path):
        _drop_all_but_corners(corners, point)
        corners.append(point)
    return corners


def _drop_all_but_corners(corners: list[Point], before: Point) -> None:
    """Remove from the end what is no corner once `before` stands to the left of it."""
    while len(corners) > 1 and _turn(before, corners[-1], corners[-2]) <= 0:
        corners.pop()


def _turn(first: Point, second: Point, third: Point) -> float:
    """Return above zero for a turn to the left on the way through three points, zero for none."""
    ahead = second[0] - first[0], second[1] - first[1]
    return ahead[0] * (third[1] - second[1]) - ahead[1] * (third[0] - second[0])
