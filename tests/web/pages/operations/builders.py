"""An operations page to show: what waits, who holds what, what came and went."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.database.operations.queue_figures import FlowHour, Hold, Pace
from app.review.case import CaseState
from app.review.queue.depth import AgeBand, Depth, DepthCell
from app.review.queue.forecast import Arrivals, forecast
from app.review.queue.service_level import Priority, ServiceLevels, Timeliness
from app.triage.labels import Reason
from app.triage.staffing import USUAL_STAFFING
from app.web.dependencies import Notices
from app.web.pages.frame import frame
from app.web.pages.operations.case_lists import CaseRow, CasesPage
from app.web.pages.operations.guarantee import guarantee_view
from app.web.pages.operations.query import Condition
from app.web.pages.operations.routes import OperationsFragment, OperationsPage, ReleasePage
from app.web.pages.operations.view import OperationsView, operations_view
from app.web.pages.rendering import html
from app.workflows.operations.case_lists import HeldCase
from app.workflows.operations.queue_monitor import OperationsSnapshot
from tests.web.pages.access.people import GRACE, NOON

HOUR = timedelta(hours=1)


def a_cell(cases: int, **changes: Any) -> DepthCell:
    values: dict[str, Any] = {
        "state": CaseState.OPEN, "reason": Reason.NOVEL, "age": AgeBand.QUARTER,
        "priority": Priority.NORMAL, "timeliness": Timeliness.IN_TIME,
    }  # fmt: skip
    return DepthCell(cases=cases, **(values | changes))


def a_hold(case_id: int = 812, **changes: Any) -> Hold:
    values: dict[str, Any] = {
        "case_id": case_id, "holder_id": 1, "holder": "Ada", "token": UUID(int=case_id), "is_reserved": False,
        "is_escalated": False, "claimed_at": NOON - timedelta(seconds=80),
        "expires_at": NOON + timedelta(seconds=100),
    }  # fmt: skip
    return Hold(**(values | changes))


def a_snapshot(**changes: Any) -> OperationsSnapshot:
    arrivals = Arrivals(cases=(70.0,) * 24, hours=(7.0,) * 24)
    values: dict[str, Any] = {
        "at": NOON,
        "counted_at": NOON,
        "depth": Depth(
            cells=(
                a_cell(12),
                a_cell(3, age=AgeBand.DAY, timeliness=Timeliness.BREACHED, priority=Priority.HIGH),
                a_cell(1, reason=None, timeliness=Timeliness.DUE_SOON),
                a_cell(2, reason=None, state=CaseState.ESCALATED),
            ),
            oldest_opened_at=NOON - 5 * HOUR,
        ),
        "flow": tuple(
            FlowHour(begins_at=NOON - back * HOUR, opened=back, judged=back // 2, closed=back % 2)
            for back in range(23, -1, -1)
        ),
        "holds": (a_hold(), a_hold(813, is_reserved=True), a_hold(9, holder_id=2, holder="Grace")),
        "paces": (Pace(account_id=1, name="Ada", cases=31, median_seconds=41.5),),
        "arrivals": arrivals,
        "staffing": USUAL_STAFFING,
        "forecast": forecast(18, NOON, arrivals, lambda _: 8.0),
        "at_this_pace": forecast(18, NOON, arrivals, lambda _: 31.0),
        "levels": ServiceLevels(),
    }
    return OperationsSnapshot(**(values | changes))


def an_empty_snapshot() -> OperationsSnapshot:
    return a_snapshot(
        depth=Depth(cells=(), oldest_opened_at=None), holds=(), paces=(), forecast=(), at_this_pace=(),
        flow=tuple(
            FlowHour(begins_at=NOON - back * HOUR, opened=0, judged=0, closed=0) for back in range(24)
        ),
    )  # fmt: skip


def an_operations_view(
    snapshot: OperationsSnapshot | None = None, *, may_release: bool = True
) -> OperationsView:
    return operations_view(snapshot or a_snapshot(), may_release=may_release)


def an_operations_page(
    snapshot: OperationsSnapshot | None = None, *, message: str = "", may_release: bool = True
) -> str:
    around = frame(GRACE, "token", title="Operations", here="/operations", notices=Notices())
    view = an_operations_view(snapshot, may_release=may_release)
    page = OperationsPage(frame=around, operations=view, guarantee=guarantee_view(None), message=message)
    return html("operations/page.html", page)


def a_release_page(held: HeldCase | None, *, problem: str = "") -> str:
    page = ReleasePage(
        frame=frame(GRACE, "token", title="Take case 812 back", here="/operations", notices=Notices()),
        case_id=812, held=held, left="1:40", problem=problem, reason="lunch",
    )  # fmt: skip
    return html("operations/release.html", page)


def a_held_case(**changes: Any) -> HeldCase:
    values: dict[str, Any] = {
        "case_id": 812, "holder": "Ada", "expires_at": NOON, "is_reserved": False, "mark": "0f" * 8,
    }  # fmt: skip
    return HeldCase(**(values | changes))


def a_list(*rows: CaseRow, **changes: Any) -> str:
    values: dict[str, Any] = {
        "conditions": (Condition(name="breached", without="/operations/cases"),), "by_urgency": True,
        "is_first": True, "beginning": "/operations/cases", "more": "/operations/cases?after=1.0_2",
        "file": "/operations/cases.csv",
    }  # fmt: skip
    around = frame(GRACE, "token", title="Cases", here="/operations", notices=Notices())
    return html("operations/cases.html", CasesPage(frame=around, rows=rows, **(values | changes)))


def a_case_row(**changes: Any) -> CaseRow:
    values: dict[str, Any] = {
        "number": "812", "record": "/cases/812",
        "transaction_id": "order-1", "amount": "€ 9", "cause": "Novel payment", "priority": "urgent",
        "state": "open", "opened": "1 May, 11:00", "due": "2 min ago", "timeliness": "breached",
        "tone": "fraud", "holder": "Ada", "left": "1:40", "release": "/operations/cases/812/release",
    }  # fmt: skip
    return CaseRow(**(values | changes))


#: Every page of operations, for what all pages keep.
OPERATIONS_PAGES: dict[str, Callable[[], str]] = {
    "operations": an_operations_page,
    "operations, read only": lambda: an_operations_page(
        may_release=False, message="Case 9 is back in the queue."
    ),
    "operations, empty": lambda: an_operations_page(an_empty_snapshot()),
    "operations, counted a while ago": lambda: an_operations_page(
        a_snapshot(counted_at=NOON - timedelta(seconds=30))
    ),
    "operations, fragment": lambda: html(
        "operations/_numbers.html", OperationsFragment(operations=an_operations_view())
    ),
    "operations, release": lambda: a_release_page(a_held_case()),
    "operations, release, refused": lambda: a_release_page(None, problem="It changed."),
    "operations, list": lambda: a_list(
        a_case_row(), a_case_row(number="813", holder="", release="", tone="", timeliness="")
    ),
    "operations, list, nothing": lambda: a_list(conditions=(), more="", is_first=False),
}
