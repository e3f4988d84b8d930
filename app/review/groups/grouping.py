"""Linked cases: open cases that belong together, by a shared attribute or as nearly the same payment.

Nearly the same means near in the standardised features, not in the network's last hidden layer: there, alike
is what the network scores alike, and a group would only repeat the doubt all its cases have in common. Nor
in the network's embedding of its inputs, which bends columns one by one and is another one in every model:
the features are what the payments are, whatever is made of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from app.review.case import GroupBasis
from app.review.text import comparable
from app.scoring.arrays import Floats

# Two are a coincidence.
FEWEST_IN_GROUP = 3
# More nobody looks through before saying one word on all of them.
MOST_IN_GROUP = 50
# Euclidean, in standard deviations over all columns together. Of real card payments, those linked within 1
# were all frauds or all legits, and stayed so up to 2; beyond that everything runs into one cluster.
NEAR = 1.0
#: The attributes that link payments. A merchant is none: strangers meet there all day, and what links their
#: payments, too, is a card, a device, an address, or that they are nearly the same payment.
SHARED = (GroupBasis.CARD, GroupBasis.DEVICE, GroupBasis.IP)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupKey:
    """What a group's cases have in common: an attribute's value; of cases alike, the first one's number."""

    basis: GroupBasis
    value: str

    def is_same(self, other: "GroupKey") -> bool:
        """Whether both name one group: text is the same however its characters were put together."""
        return self.basis is other.basis and comparable(self.value) == comparable(other.value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenCases:
    """Open cases as columns, each of length (cases,)."""

    case_ids: Sequence[int]
    #: As in the queue: the order in which waiting costs most.
    priority_keys: Sequence[float]
    amounts: Sequence[Decimal]
    currencies: Sequence[str]
    expected_losses: Sequence[float]
    opened_at: Sequence[datetime]
    attributes: Sequence[Mapping[str, str]]
    #: Standardised features, shape (cases, columns); NaN where a payment cannot be compared.
    vectors: Floats

    def __post_init__(self) -> None:
        """Refuse columns of different lengths."""
        columns = (
            *(self.priority_keys, self.amounts, self.currencies, self.expected_losses, self.opened_at),
            self.attributes,
        )
        if self.vectors.ndim != 2 or {len(self.case_ids)} != {len(self.vectors), *map(len, columns)}:
            raise ValueError(f"expected {len(self.case_ids)} rows in each column, got {self.vectors.shape=}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sums of a group in one currency."""

    currency: str
    amount: Decimal
    expected_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that can be judged as one."""

    key: GroupKey
    #: All that belong together, most urgent first; judged at once are no more than `MOST_IN_GROUP`.
    members: tuple[int, ...]
    #: Of those that can be judged at once: by currency, when the oldest was opened, how urgent they are
    #: together, on the queue's scale.
    totals: tuple[Total, ...]
    oldest_opened_at: datetime
    urgency: float

    @property
    def case_ids(self) -> tuple[int, ...]:
        """The cases that can be judged at once, most urgent first."""
        return self.members[:MOST_IN_GROUP]

    @property
    def is_cut(self) -> bool:
        """Whether more belong together than can be judged at once."""
        return len(self.members) > MOST_IN_GROUP


def groups(cases: OpenCases) -> list[Group]:
    """Return all groups, the most urgent first; a case may be in several."""
    found = [_group(cases, key, rows) for key, rows in _sharing(cases)]
    found += [
        _group(cases, GroupKey(basis=GroupBasis.ALIKE, value=f"{min(cases.case_ids[n] for n in rows)}"), rows)
        for rows in _alike(cases.vectors)
    ]
    return sorted(found, key=lambda group: (-group.urgency, group.key.basis, group.key.value))


def told_once(found: Sequence[Group]) -> list[tuple[Group, tuple[GroupKey, ...]]]:
    """Return each set of cases once, with what else its cases have in common; the order stays."""
    keys: defaultdict[tuple[int, ...], list[Group]] = defaultdict(list)
    for group in found:
        keys[group.members].append(group)
    order = (*SHARED, GroupBasis.ALIKE)
    each = [sorted(same, key=lambda group: order.index(group.key.basis)) for same in keys.values()]
    return [(same[0], tuple(group.key for group in same[1:])) for same in each]


def _sharing(cases: OpenCases) -> Iterator[tuple[GroupKey, list[int]]]:
    rows: defaultdict[tuple[GroupBasis, str], list[int]] = defaultdict(list)
    for row, attributes in enumerate(cases.attributes):
        for basis in SHARED:
            same = comparable(attributes.get(basis.value, ""))
            # A blank is what nobody filled in.
            if same.strip():
                rows[basis, same].append(row)
    for (basis, same), found in rows.items():
        if len(found) >= FEWEST_IN_GROUP:
            written = {cases.attributes[row][basis.value] for row in found}
            # The group goes by what somebody wrote; where writings differ, by one that shows it.
            value = min(written, key=lambda each: (each == same, each))
            yield GroupKey(basis=basis, value=value), found


def _alike(vectors: Floats) -> list[list[int]]:
    """Return the rows linked by steps of at most `NEAR` (single linkage), exactly."""
    rows = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    if rows.size < FEWEST_IN_GROUP:
        return []
    pairs = cKDTree(vectors[rows]).query_pairs(NEAR, output_type="ndarray")
    links = coo_array(
        (np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=2 * (rows.size,)
    )
    _, clusters = connected_components(links, directed=False)
    order = np.argsort(clusters, kind="stable")
    parts = np.split(rows[order], np.cumsum(np.bincount(clusters))[:-1])
    return [part.tolist() for part in parts if part.size >= FEWEST_IN_GROUP]


def _group(cases: OpenCases, key: GroupKey, rows: list[int]) -> Group:
    ranked = sorted(rows, key=lambda row: (-cases.priority_keys[row], cases.case_ids[row]))
    judged = ranked[:MOST_IN_GROUP]
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    losses: defaultdict[str, float] = defaultdict(float)
    for row in judged:
        amounts[cases.currencies[row]] += cases.amounts[row]
        losses[cases.currencies[row]] += cases.expected_losses[row]
    return Group(
        key=key,
        members=tuple(cases.case_ids[row] for row in ranked),
        totals=tuple(
            Total(currency=currency, amount=amounts[currency], expected_loss=losses[currency])
            for currency in sorted(amounts)
        ),
        oldest_opened_at=min(cases.opened_at[row] for row in judged),
        # A key is the logarithm of a loss grown with age: what waits together loses the sum.
        urgency=float(np.logaddexp.reduce([cases.priority_keys[row] for row in judged])),
    )
