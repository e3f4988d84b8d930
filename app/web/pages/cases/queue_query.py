"""The queue's address: which filters it holds, and what of it was not understood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlencode

from app.database.cases.queue import QueueFilter
from app.review.case import CaseState
from app.triage.labels import Reason
from app.web.dependencies import LARGEST_KEY
from app.web.pages.typed_number import typed_float, typed_number, typed_whole

STATES = (CaseState.OPEN, CaseState.ESCALATED)
# Amounts are kept with so many decimals.
DECIMALS = 4
# Beyond any amount a transaction can have, and any time a case can wait.
LARGEST_AMOUNT = Decimal(10) ** 12
LONGEST_MINUTES = 5_000_000
FIELDS = (
    *("state", "cause", "amount_from", "amount_to", "waits_from", "waits_to", "name", "value", "policy"),
    *("mine", "customer"),
)
#: Of cases that wait for the customer: only those, or all but those.
AWAITING = {"awaited": True, "not_awaited": False}

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueQuery:
    """What the address asks for."""

    wanted: QueueFilter
    #: The case behind which the list goes on, and the place of its first row.
    after: int | None
    place: int
    #: The fields as they were written.
    given: Mapping[str, str]
    #: Names of those that say nothing.
    mistakes: tuple[str, ...]

    def further(self, after: int, place: int) -> str:
        """Return the address of what comes behind a case."""
        fields = {name: value for name, value in self.given.items() if value}
        return f"/queue?{urlencode(fields | {'after': after, 'place': place})}"


def read_query(query: Mapping[str, str], *, may_see_policies: bool) -> QueueQuery:
    """Return what an address asks for; what it says wrongly is named and left out."""
    given = {name: _plain(query.get(name, "")) for name in FIELDS}
    if not may_see_policies:
        given["policy"] = ""
    mistakes: list[str] = []

    def field(name: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        try:
            return parse(given[name]) if given[name] else None
        except ValueError:
            mistakes.append(name)
            return None

    wanted = QueueFilter(
        state=field("state", _state) or CaseState.OPEN,
        reason=field("cause", Reason),
        amount_from=field("amount_from", _amount),
        amount_to=field("amount_to", _amount),
        waits_at_least=field("waits_from", _minutes),
        waits_at_most=field("waits_to", _minutes),
        attribute=(given["name"], given["value"]) if given["name"] and given["value"] else None,
        policy_id=field("policy", _key),
        is_mine=given["mine"] == "1",
        awaits_customer=field("customer", _awaiting),
    )
    after = _or_none(query.get("after", ""))
    place = _or_none(query.get("place", "")) if after is not None else None
    return QueueQuery(wanted=wanted, after=after, place=place or 1, given=given, mistakes=tuple(mistakes))


def _plain(value: str) -> str:
    return "".join(letter for letter in value[:256] if letter.isprintable()).strip()


def _state(value: str) -> CaseState:
    state = CaseState(value)
    if state not in STATES:
        raise ValueError(value)
    return state


def _awaiting(value: str) -> bool:
    if value not in AWAITING:
        raise ValueError(value)
    return AWAITING[value]


def _amount(value: str) -> Decimal:
    amount = typed_number(value)
    if not 0 <= amount <= LARGEST_AMOUNT or amount != round(amount, DECIMALS):
        raise ValueError(value)
    return round(amount, DECIMALS)


def _minutes(value: str) -> timedelta:
    minutes = typed_float(value)
    if not 0 <= minutes <= LONGEST_MINUTES:
        raise ValueError(value)
    return timedelta(minutes=minutes)


def _key(value: str) -> int:
    return typed_whole(value, most=LARGEST_KEY)


def _or_none(value: str) -> int | None:
    try:
        return _key(value[:20])
    except ValueError:
        return None
