"""What hangs together with an entity, as a picture of three columns and as rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.review.story.entity import Edge, Entity
from app.web.pages import formatting
from app.web.pages.entity_address import entity_address
from app.web.pages.review.story import called

#: Where columns begin and how wide they are, in percent.
COLUMNS, WIDTH = (0.0, 36.0, 72.0), 28.0
#: In pixels: a node, and from one to the next.
NODE, ROW = 26.0, 34.0
#: So many characters fit a node; its title has all.
_FITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An entity in the picture: x in percent, y in pixels."""

    x: float
    y: float
    kind: str
    words: str
    title: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """From one node to another: x in percent, y in pixels."""

    x_from: float
    y_from: float
    x_to: float
    y_to: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRow:
    """One edge in the table."""

    of: str
    of_address: str
    to: str
    to_address: str
    payments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphView:
    """The picture, and the table that says the same."""

    height: float
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    rows: tuple[GraphRow, ...]


def graph_view(entity: Entity, edges: Sequence[Edge]) -> GraphView:
    """Return the graph: the entity on the left, what it was seen with beside it, and what that was."""
    columns = (
        [entity],
        list(dict.fromkeys(each.to for each in edges if each.step == 1)),
        list(dict.fromkeys(each.to for each in edges if each.step == 2)),
    )
    height = ROW * max(1, *(len(column) for column in columns))
    places = {
        each: (column, _y(place, len(entities), height))
        for column, entities in enumerate(columns)
        for place, each in enumerate(entities)
    }
    return GraphView(
        height=height,
        nodes=tuple(_node(each, COLUMNS[column], y) for each, (column, y) in places.items()),
        lines=tuple(_line(places[each.of], places[each.to]) for each in edges),
        rows=tuple(_row(each) for each in edges),
    )


def _y(place: int, number: int, height: float) -> float:
    """Return the top of a node in a column whose nodes are spread over the whole height."""
    return round((place + 0.5) * height / number - NODE / 2, 1)


def _node(entity: Entity, x: float, y: float) -> Node:
    value = entity.value
    return Node(
        x=x,
        y=y,
        kind=entity.kind,
        words=value if len(value) <= _FITS else f"{value[: _FITS - 1]}\u2026",
        title=_named(entity),
        address=entity_address(entity.kind, value),
    )


def _line(of: tuple[int, float], to: tuple[int, float]) -> Line:
    return Line(
        x_from=COLUMNS[of[0]] + WIDTH,
        y_from=of[1] + NODE / 2,
        x_to=COLUMNS[to[0]],
        y_to=to[1] + NODE / 2,
    )


def _row(edge: Edge) -> GraphRow:
    return GraphRow(
        of=_named(edge.of),
        of_address=entity_address(edge.of.kind, edge.of.value),
        to=_named(edge.to),
        to_address=entity_address(edge.to.kind, edge.to.value),
        payments=formatting.count(edge.payments),
    )


def _named(entity: Entity) -> str:
    return f"{called(entity.kind)} {entity.value}"
