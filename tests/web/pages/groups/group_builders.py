"""Groups of cases, for pages to show."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from app.database.cases.group_candidates import GroupCandidate
from app.review.case import GroupBasis
from app.review.currency_rates import RateTable
from app.review.groups.grouping import OpenCases, groups
from app.review.groups.judgement import SecondPerson
from app.triage.labels import Reason
from app.web.pages.groups.case_rows import Written
from app.web.pages.groups.view import (
    Done,
    GroupPage,
    GroupsPage,
    Notice,
    Rules,
    group_page,
    groups_page,
)
from app.web.pages.rendering import html
from app.workflows.cases.grouping import FoundGroups
from tests.web.pages.builders import NOON, a_frame

RULES = Rules(
    rates=RateTable(base="EUR", rates={}),
    second_person=SecondPerson(from_cases=10, from_amount=Decimal(5000)),
)
REFUSED = Notice(
    sentence="Nothing was decided.", details=("Case 2: somebody has it.", "And 3 more."), note="<b>a gang</b>"
)
DONE = Done(group_id=4, sentence="3 cases decided fraud at once: card <8841>.", undo_seconds=9)
SHARED = {"card": "<8841>", "device": "phone & co", "merchant": "Voltera", "country": "BE", "zone": "north"}


def a_candidate(case_id: int, **changes: Any) -> GroupCandidate:
    values: dict[str, Any] = {
        "case_id": case_id, "decision_id": 100 + case_id, "priority_key": 5.0 - case_id / 10,
        "expected_loss": 8.0, "opened_at": NOON - timedelta(minutes=case_id),
        "occurred_at": NOON - timedelta(minutes=case_id), "amount": Decimal("41.90"), "currency": "EUR",
        "attributes": SHARED, "features_json": "{}", "reason": Reason.NOVEL,
        "evidence": 2.1, "probability": 0.42,
    }  # fmt: skip
    return GroupCandidate(**(values | changes))


def a_found(*candidates: GroupCandidate, vectors: list[list[float]] | None = None) -> FoundGroups:
    several = candidates or tuple(map(a_candidate, range(1, 5)))
    columns = OpenCases(
        case_ids=[each.case_id for each in several],
        priority_keys=[each.priority_key for each in several],
        amounts=[each.amount for each in several],
        currencies=[each.currency for each in several],
        expected_losses=[each.expected_loss for each in several],
        opened_at=[each.opened_at for each in several],
        attributes=[each.attributes for each in several],
        vectors=np.array(vectors or [[0.0]] * len(several)),
    )
    return FoundGroups(
        now=NOON,
        groups=tuple(groups(columns)),
        candidates={each.case_id: each for each in several},
        is_head_only=False,
    )


def a_groups_page(found: FoundGroups | None = None, **more: Any) -> GroupsPage:
    return groups_page(a_frame(here="/linked-cases"), found or a_found(), rules=RULES, **more)


def a_group_page(
    found: FoundGroups | None = None, *, basis: GroupBasis = GroupBasis.CARD, **more: Any
) -> GroupPage:
    found = found or a_found()
    group = next(each for each in found.groups if each.key.basis is basis)
    written = more.pop("written", Written())
    return group_page(a_frame(here="/linked-cases"), found, group, written=written, rules=RULES, **more)


GROUP_PAGES: dict[str, Callable[[], str]] = {
    "groups": lambda: html("groups/list.html", a_groups_page(done=DONE)),
    "groups, refused": lambda: html("groups/list.html", a_groups_page(notice=REFUSED)),
    "groups, nothing": lambda: html("groups/list.html", a_groups_page(a_found(a_candidate(1)))),
    "groups, of one basis": lambda: html(
        "groups/list.html", a_groups_page(basis=GroupBasis.DEVICE, done=None)
    ),
    "group": lambda: html("groups/group.html", a_group_page()),
    "group, cut": lambda: html(
        "groups/group.html", a_group_page(a_found(*map(a_candidate, range(1, 70))), notice=REFUSED)
    ),
    "group, alike": lambda: html(
        "groups/group.html",
        a_group_page(
            a_found(*(a_candidate(n, evidence=None, probability=None, attributes={}) for n in (1, 2, 3))),
            basis=GroupBasis.ALIKE,
            written=Written(ticked=(1,), reason="other", note='"so"', since=7),
        ),
    ),
}
