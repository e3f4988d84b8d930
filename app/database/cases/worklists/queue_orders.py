"""The orders the queue can go by, in SQL: each walks an index of live cases from a place on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.database.blindness import is_kept_from
from app.database.service_levels import DuePart, due_at, due_parts, latest_due, ranked_loss
from app.review.case import CaseState
from app.review.queue.columns import QueueOrder, QueueSort


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """An order in SQL: its key, which end is first, and how cases of one key go."""

    key: str
    begins_high: bool
    #: Of two cases with one key the higher number comes first.
    newest_first: bool

    def from_the_end(self) -> "_Order":
        return replace(self, begins_high=not self.begins_high, newest_first=not self.newest_first)

    def part(self, due: DuePart) -> "_Part":
        """Return a part of the list in its own order; its first cases are among the first of all."""
        return _Part(
            level=due.level,
            which=f" AND {due.which}",
            behind=self._as_pair(due.column, f"{self._last()} - {due.time}"),
            order=replace(self, key=due.column).written("cases"),
        )

    def written(self, case: str) -> str:
        """Return what stands behind ORDER BY."""
        ways = ["DESC" if is_down else "ASC" for is_down in (self.begins_high, self.newest_first)]
        return f"{self.key.format(case=case)} {ways[0]}, {case}.id {ways[1]}"

    def behind(self) -> str:
        """Return the condition of what comes behind the case `:after`.

        By its number, not by its key: the key beside the waiting time would tell what is at risk. Behind a
        case that is kept from the reader nothing comes.
        """
        key = self.key.format(case="cases")
        last = self._last()
        if self.begins_high is self.newest_first:
            return self._as_pair(key, last)
        further, later = "<" if self.begins_high else ">", "<" if self.newest_first else ">"
        return f"""
            AND {key} {further}= {last}
            AND ({key} {further} {last} OR cases.id {later} CAST(:after AS bigint))"""

    def _as_pair(self, key: str, last: str) -> str:
        """Return it as one comparison: an index begins behind the case, however many have its key."""
        further = "<" if self.begins_high else ">"
        return f"""
            AND ({key}, cases.id) {further} ({last}, CAST(:after AS bigint))"""

    def _last(self) -> str:
        return f"""(SELECT {self.key.format(case="before")} FROM cases before
            WHERE before.id = CAST(:after AS bigint)
                AND NOT {is_kept_from("before", "CAST(:filter_account AS bigint)")})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some of the cases, in an order that an index has."""

    level: str
    which: str
    #: Where they begin behind a case.
    behind: str
    order: str


#: All there is: nothing that somebody typed is ever part of a statement. Each walks an index of live cases.
_ORDERS: Mapping[QueueOrder, _Order] = {
    QueueOrder.PRIORITY: _Order(key="{case}.priority_key", begins_high=True, newest_first=False),
    # In the base currency; what has no rate may be any amount, and counts as the largest.
    QueueOrder.AMOUNT: _Order(
        key="coalesce({case}.amount * CAST({case}.queue_rate AS numeric), 'Infinity')",
        begins_high=True,
        newest_first=True,
    ),
    QueueOrder.PENDING: _Order(key="{case}.opened_at", begins_high=False, newest_first=False),
    QueueOrder.DUE: _Order(key=due_at("{case}"), begins_high=False, newest_first=False),
    # Those without a deadline come last.
    QueueOrder.DEADLINE: _Order(
        key="coalesce({case}.respond_by, 'infinity')", begins_high=False, newest_first=False
    ),
}

_CASES = """SELECT * FROM cases WHERE state = '{state}'{conditions}{after}
    ORDER BY {order} LIMIT CAST(:limit AS bigint)"""


#: Of a level that has no more cases than these all are read, found by their loss. Where there are more, those
#: of a page are met soon by walking the time.
_FEW = 500
_FEW_OF = """{name} AS MATERIALIZED (
        SELECT id FROM cases WHERE state = '{state}' AND {level} ORDER BY {loss} LIMIT {few} + 1
    )"""
# One of the two is never begun.
_LEVEL = """({walked})
    UNION ALL ({found})"""
# No deadline behind the last that is listed without them is looked at.
_PARTS = """WITH {levels}, by_level AS MATERIALIZED (
        SELECT * FROM ({by_level}) cases ORDER BY {order} LIMIT CAST(:limit AS bigint)
    )
    SELECT * FROM (SELECT * FROM by_level UNION ALL ({by_deadline})) cases
    ORDER BY {order} LIMIT CAST(:limit AS bigint)"""


def _by_parts(order: _Order, state: CaseState, conditions: str, *, is_further: bool) -> str:
    """Return SQL that lists cases by their due time.

    It is made of settings, so no index has it: cases due for one reason are walked together, and the first of
    each are put together.
    """
    *by_level, by_deadline = (order.part(due) for due in due_parts("cases"))
    furthest, further, end = ("min", ">=", "-infinity") if order.begins_high else ("max", "<=", "infinity")
    due, deadline = order.key.format(case="cases"), "coalesce(cases.respond_by, 'infinity')"
    limit = f""" AND {deadline} {further} (
        SELECT coalesce(CASE WHEN count(*) >= CAST(:limit AS bigint) THEN {furthest}({due}) END, '{end}')
        FROM by_level cases)"""
    if order.begins_high:
        # Deadlines that make no case due come first here; none of them is looked at, either.
        limit += f" AND {deadline} <= {latest_due(state.value)}"

    def listed(part: _Part, more: str) -> str:
        return _CASES.format(
            state=state.value,
            conditions=f"{conditions}{part.which}{more}",
            after=part.behind if is_further else "",
            order=part.order,
        )

    def level(name: str, part: _Part) -> str:
        several = f"(SELECT count(*) FROM {name})"
        return _LEVEL.format(
            walked=listed(part, f" AND {several} > {_FEW}"),
            found=listed(part, f" AND cases.id = ANY(ARRAY(SELECT id FROM {name})) AND {several} <= {_FEW}"),
        )

    named = {f"level_{number}": part for number, part in enumerate(by_level)}
    loss = ranked_loss("cases")
    return _PARTS.format(
        levels=", ".join(
            _FEW_OF.format(name=name, state=state.value, level=part.level, loss=loss, few=_FEW)
            for name, part in named.items()
        ),
        by_level=" UNION ALL ".join(level(name, part) for name, part in named.items()),
        by_deadline=listed(by_deadline, limit),
        order=order.written("cases"),
    )


def walked(state: CaseState, conditions: str, sort: QueueSort, *, is_further: bool) -> tuple[str, str]:
    """Return SQL that gives the first cases, and what orders them as `waiting`."""
    order = _ORDERS[sort.by].from_the_end() if sort.is_reversed else _ORDERS[sort.by]
    if sort.by is QueueOrder.DUE:
        listed = _by_parts(order, state, conditions, is_further=is_further)
    else:
        after = order.behind() if is_further else ""
        listed = _CASES.format(
            state=state.value, conditions=conditions, after=after, order=order.written("cases")
        )
    return listed, order.written("waiting")
