"""Addresses of the lists behind the numbers of operations: from conditions to an address, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.database.operations.case_lists import CaseQuery, ListPosition
from app.review.case import CaseState
from app.review.queue.depth import AgeBand
from app.review.queue.service_level import Priority, Timeliness
from app.triage.labels import Reason
from app.web.dependencies import LARGEST_KEY
from app.web.languages.sentences import marked, worded
from app.web.pages import causes, formatting

LIST = "/operations/cases"
FILE = "/operations/cases.csv"
Checked = Literal["checked"]

AGES: Mapping[AgeBand, str] = {
    AgeBand.QUARTER: marked("under 15 min"),
    AgeBand.HOUR: marked("15 to 60 min"),
    AgeBand.FOUR_HOURS: marked("1 to 4 h"),
    AgeBand.DAY: marked("4 to 24 h"),
    AgeBand.LONGER: marked("over a day"),
}
TIMES: Mapping[Timeliness, str] = {
    Timeliness.IN_TIME: marked("in time"),
    Timeliness.DUE_SOON: marked("due soon"),
    Timeliness.BREACHED: marked("breached"),
}
STATES: Mapping[CaseState, str] = {
    CaseState.OPEN: marked("open"),
    CaseState.ESCALATED: marked("escalated"),
    CaseState.GIVEN: marked("just decided"),
    CaseState.JUDGED: marked("decided by people"),
    CaseState.CLOSED: marked("settled without people"),
}
WORDS: Mapping[str, str] = {str(key): word for table in (AGES, TIMES, STATES) for key, word in table.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a list in words, and the list without it."""

    name: str
    without: str


def address(path: str = LIST, /, **conditions: object) -> str:
    """Return a list's address; conditions that are None are none."""
    told = {name: _told(value) for name, value in conditions.items() if value is not None}
    return f"{path}?{urlencode(told)}" if told else path


def cause_of(reason: Reason | None) -> str:
    """Return what the address calls a cause; None: it is kept back until the verdict."""
    return reason.value if reason is not None else "checked"


def cause_name(cause: str) -> str:
    """Return a cause in plain words."""
    return (causes.BLIND if cause == "checked" else causes.cause_of(Reason(cause))).tag


def _ours(moment: datetime) -> datetime:
    """Return a moment that some case of ours may have seen, in UTC where it does not say."""
    if not 2000 <= moment.year < 2200:
        raise ValueError("no case is of that year")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


Hour = Annotated[datetime | None, AfterValidator(lambda moment: moment and _ours(moment))]
Key = Annotated[int | None, Field(ge=1, le=LARGEST_KEY)]


class Asked(BaseModel):
    """The conditions an address carries, and where its list goes on."""

    model_config = ConfigDict(frozen=True)

    state: CaseState | None = None
    cause: Reason | Checked | None = None
    age: AgeBand | None = None
    priority: Priority | None = None
    service: Timeliness | None = None
    holder: Key = None
    judged_by: Key = None
    opened: Hour = None
    ended: Hour = None
    after: Annotated[str | None, Field(max_length=80)] = None

    def wanted(self) -> CaseQuery:
        """Return which cases that means."""
        return CaseQuery(
            state=self.state,
            reason=Reason(self.cause) if self.cause not in {None, "checked"} else None,
            is_hidden=True if self.cause == "checked" else None,
            age=self.age,
            priority=self.priority,
            timeliness=self.service,
            holder_id=self.holder,
            judged_by=self.judged_by,
            opened_in=self.opened,
            ended_in=self.ended,
        )

    def values(self) -> dict[str, object]:
        """Return all conditions by name, None where there is none."""
        return {
            "state": self.state, "cause": self.cause, "age": self.age, "priority": self.priority,
            "service": self.service, "holder": self.holder, "judged_by": self.judged_by,
            "opened": self.opened, "ended": self.ended,
        }  # fmt: skip

    def address(self, path: str = LIST, *, after: str | None = None) -> str:
        """Return the address of the list, or of its file, from a place on."""
        return address(path, **self.values(), after=after)

    def conditions(self, names: Mapping[int, str]) -> tuple[Condition, ...]:
        """Return the conditions in words; `names` are those of the people who may be meant."""
        given = {name: value for name, value in self.values().items() if value is not None}
        return tuple(
            Condition(
                name=_in_words(name, value, names),
                without=address(LIST, **{other: given[other] for other in given if other != name}),
            )
            for name, value in given.items()
        )


def place_told(place: ListPosition) -> str:
    """Return where a list goes on, as its address carries it."""
    at = place.at.isoformat() if isinstance(place.at, datetime) else repr(place.at)
    return f"{at}_{place.case_id}"


def place_in(told: str | None) -> ListPosition | None:
    """Return where a list goes on; None, its beginning, where that says nothing."""
    at, _, case_id = (told or "").rpartition("_")
    try:
        key = int(case_id)
        if not 0 <= key <= LARGEST_KEY:
            return None
        place = _ours(datetime.fromisoformat(at)) if "T" in at else float(at)
        if isinstance(place, float) and not isfinite(place):
            return None
        return ListPosition(at=place, case_id=key)
    except ValueError:
        return None


def _told(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _in_words(name: str, value: object, names: Mapping[int, str]) -> str:
    if isinstance(value, datetime):
        hour = formatting.moment(value)
        if name == "opened":
            return worded("opened in the hour from %(hour)s", hour=hour)
        return worded("ended in the hour from %(hour)s", hour=hour)
    if isinstance(value, int):
        who = names.get(value) or worded("person %(number)s", number=value)
        return (
            worded("reserved by %(who)s", who=who)
            if name == "holder"
            else worded("decided by %(who)s in the last hour", who=who)
        )
    if name == "cause":
        return cause_name(str(value))
    if str(value) in WORDS:
        return str(WORDS[str(value)])
    return worded("%(which)s priority", which=worded(str(value)))
