"""Near-copies: frauds that lie far closer together than different payments of the file do.

No distance is small by itself. A pair is suspected below a gap that single linkage leaves: the heights
at which copies join lie far below those at which different payments do.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from sklearn.neighbors import NearestNeighbors

from app.scoring.arrays import Floats

Labels = NDArray[np.intp]

# Joined first; groups that are larger than this among themselves are joined by one row of each.
NEIGHBOURS = 16
# Of the distance to the nearest other payment, as it is usual among legits: nothing above is a copy.
FARTHEST = 0.1
# By how much the first height above the gap exceeds the last below it, at least.
GAP = 5.0
# The chance that so wide a gap opens among the smallest distances of independent payments whose
# neighbours multiply as the third power of the distance; real payments, with their series, do so at least.
CHANCE, POWER = 1e-4, 3
# Keeps a distance of zero in sparse matrices, which drop zeros.
SMALLEST = 1e-12


class Tree(NamedTuple):
    """The joints of single linkage, lowest first."""

    #: Points that are joined, shape (points - 1, 2).
    pairs: NDArray[np.intp]
    #: At which distance, shape (points - 1,).
    heights: Floats


def near_copy_groups(points: Floats, legits: Floats) -> Labels:
    """Return the group of each point, shape (points,), numbered from 0; one alone is a group.

    `points` (points, columns) are different frauds and `legits` (rows, columns) payments beside them,
    both standardised; without two legits nothing is suspected.
    """
    if len(points) < 2 or len(legits) < 2:
        return np.arange(len(points))
    tree = single_linkage(points)
    joined = tree.pairs[: joints_below_the_gap(tree.heights, usual_distance(legits))]
    return _components(joined, len(points))


def usual_distance(rows: Floats) -> float:
    """Return the median distance of different rows to the nearest other, shape (rows, columns)."""
    different = np.unique(rows, axis=0)
    if len(different) < 2:
        return 0.0
    return float(np.median(NearestNeighbors(n_neighbors=1).fit(different).kneighbors()[0]))


def joints_below_the_gap(heights: Floats, usual: float) -> int:
    """Return how many of the ascending heights are those of copies: 0 where no gap is wide enough."""
    number = np.arange(1, heights.size + 1)
    above = np.minimum(np.append(heights[1:], usual), usual)
    widest = np.maximum(GAP, CHANCE ** (-1 / (POWER * number)))
    is_gap = (heights <= FARTHEST * usual) & (above >= widest * heights)
    return int(number[is_gap].max(initial=0))


def single_linkage(points: Floats) -> Tree:
    """Return the joints of single linkage of points (points, columns).

    Points are joined with their nearest neighbours. What is still apart then is joined by the first
    point of each: exact to within the extent of groups of more than `NEIGHBOURS` points.
    """
    left = np.arange(len(points))
    pairs, heights = [], []
    while left.size > 1:
        joined = _nearest_joints(points[left])
        pairs.append(left[joined.pairs])
        heights.append(joined.heights)
        _, first = np.unique(_components(joined.pairs, left.size), return_index=True)
        left = left[first]
    order = np.argsort(np.concatenate(heights), kind="stable")
    return Tree(np.concatenate(pairs)[order], np.concatenate(heights)[order])


def _nearest_joints(points: Floats) -> Tree:
    count = min(NEIGHBOURS, len(points) - 1)
    near = NearestNeighbors(n_neighbors=count).fit(points).kneighbors(return_distance=False)
    # Worked out anew: the search's own distances lose all digits where rows nearly coincide.
    distances = np.linalg.norm(points[near] - points[:, None], axis=2)
    rows = np.repeat(np.arange(len(points)), count)
    edges = coo_array(
        (np.maximum(distances.ravel(), SMALLEST), (rows, near.ravel())), shape=(len(points),) * 2
    )
    tree = minimum_spanning_tree(edges.tocsr()).tocoo()
    return Tree(np.column_stack([tree.row, tree.col]).astype(np.intp), tree.data)


def _components(pairs: NDArray[np.intp], points: int) -> Labels:
    ones = np.ones(len(pairs))
    _, labels = connected_components(coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(points, points)))
    return labels.astype(np.intp)
