"""Which rank the cases of a list have."""

from datetime import timedelta

from app.web.pages.cases.queue_view import ranked
from tests.web.pages.builders import NOON
from tests.web.pages.cases.finding_builders import a_waiting


def test_a_case_that_waits_has_no_rank_and_takes_none() -> None:
    waits = a_waiting(waits_until=NOON + timedelta(hours=1))
    back = a_waiting(waits_until=NOON - timedelta(hours=1))
    assert ranked([a_waiting(), waits, back, waits], first=26, now=NOON) == [26, None, 27, None]
