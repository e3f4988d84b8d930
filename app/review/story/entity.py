"""An entity by its newest payments: its usual amount, whom it paid with, and what hangs together by that."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: So many others of each kind are told.
PARTNERS = 8
#: So many of each kind stand in the graph, and so many further ones behind each of them.
FIRST_STEP, SECOND_STEP = 3, 2


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entity:
    """A card, a merchant, a device or an address, by its value."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Of one payment what a page of its entities needs."""

    attributes: Mapping[str, str]
    #: Known to be one, as far as the reader may hear of it.
    is_fraud: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Another entity, and on how many of the payments it stands."""

    entity: Entity
    payments: int
    frauds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Two entities that stand on the same payments; `step` 1 begins at the entity in the middle."""

    of: Entity
    to: Entity
    payments: int
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The middle half of amounts, and their median, in one currency."""

    low: float
    median: float
    high: float


def usual_amounts(amounts: Sequence[float]) -> Usual | None:
    """Return what amounts are usual; None of fewer than four, of which nothing is."""
    if len(amounts) < 4:
        return None
    low, median, high = np.quantile(np.array(amounts), (0.25, 0.5, 0.75)).tolist()
    return Usual(low=low, median=median, high=high)


def partners(entity: Entity, payments: Iterable[Shown], kinds: Sequence[str]) -> dict[str, list[Partner]]:
    """Return by kind with what else an entity was seen, the most frequent first, all of them."""
    seen: Counter[Entity] = Counter()
    frauds: Counter[Entity] = Counter()
    for payment in payments:
        for kind in kinds:
            # What was sent empty names nothing.
            if kind == entity.kind or not payment.attributes.get(kind):
                continue
            other = Entity(kind=kind, value=payment.attributes[kind])
            seen[other] += 1
            frauds[other] += payment.is_fraud
    found: dict[str, list[Partner]] = {kind: [] for kind in kinds if kind != entity.kind}
    for other, number in sorted(seen.items(), key=lambda each: (-frauds[each[0]], -each[1], each[0])):
        found[other.kind].append(Partner(entity=other, payments=number, frauds=frauds[other]))
    return {kind: several for kind, several in found.items() if several}


def first_step(found: Mapping[str, Sequence[Partner]]) -> list[Partner]:
    """Return the partners that stand in the graph beside the entity."""
    return [each for several in found.values() for each in several[:FIRST_STEP]]


def edges(
    entity: Entity, beside: Sequence[Partner], behind: Mapping[Entity, Sequence[Partner]]
) -> list[Edge]:
    """Return the graph of two steps; `behind` holds the partners of those that stand beside the entity.

    Nothing leads back: neither to the entity, nor to what stands beside it already.
    """
    near = {entity, *(each.entity for each in beside)}
    found = [Edge(of=entity, to=each.entity, payments=each.payments, step=1) for each in beside]
    for each in beside:
        further = [other for other in behind.get(each.entity, ()) if other.entity not in near]
        found += [
            Edge(of=each.entity, to=other.entity, payments=other.payments, step=2)
            for other in further[:SECOND_STEP]
        ]
    return found
