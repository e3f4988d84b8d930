"""What people are asked is compared with what the policy in force was to ask, on its own days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from app.triage.drift.days import Arrived
from app.triage.drift.volume import Basis, Expected, days_of_policy, volume

BEGAN = datetime(2026, 5, 1, 10, tzinfo=UTC)
#: Eight days of 1,000 payments: of each 40 went to people under the policy before.
DAYS = [
    (date(2026, 5, 1) + timedelta(days=number), replace(Arrived.none((3,)), payments=1000, review=40))
    for number in range(8)
]
EXPECTED = Expected(review=0.02, declined=0.0, basis=Basis.SIMULATION)


def test_the_days_of_the_policy_before_are_no_drift_of_the_new_one() -> None:
    since = datetime(2026, 5, 7, 15, tzinfo=UTC)
    own, own_began = days_of_policy(DAYS, began=BEGAN, since=since)
    assert [day for day, _ in own] == [date(2026, 5, 8)]
    assert own_began == datetime(2026, 5, 8, tzinfo=UTC)
    early = volume(own, timedelta(hours=19), EXPECTED)
    assert early is None
    whole = volume(DAYS, timedelta(days=8), EXPECTED)
    assert whole is not None
    assert whole.is_changed


def test_a_policy_that_decided_from_the_first_payment_on_has_all_days() -> None:
    assert days_of_policy(DAYS, began=BEGAN, since=BEGAN) == (DAYS, BEGAN)


def test_rates_a_day_are_of_the_days_since_a_model_came_back() -> None:
    """It decided in May, was away, and has decided again since yesterday."""
    back = datetime(2026, 5, 6, 23, 30, tzinfo=UTC)
    days = [*DAYS[:2], *DAYS[6:]]
    own, own_began = days_of_policy(days, began=BEGAN, since=back)
    told = volume(own, datetime(2026, 5, 9, tzinfo=UTC) - own_began, EXPECTED)
    assert told is not None
    assert (told.payments, told.days) == (2000, 2.0)
