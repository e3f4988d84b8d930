"""Service levels: more at risk never waits longer, and a warning comes before a breach."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.queue.service_level import Priority, ServiceLevels, ServiceLevelsUnclear, Timeliness
from app.settings import Settings
from tests.builders import NOON

USUAL = ServiceLevels()
losses = st.floats(min_value=0, max_value=1e6)
ages = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))


@pytest.mark.parametrize(
    ("loss", "priority", "minutes"),
    [
        (0.0, Priority.NORMAL, 480),
        (49.99, Priority.NORMAL, 480),
        (50.0, Priority.HIGH, 60),
        (499.99, Priority.HIGH, 60),
        (500.0, Priority.URGENT, 15),
        (1e9, Priority.URGENT, 15),
    ],
)
def test_what_is_at_stake_decides_how_long_a_case_may_wait(
    loss: float, priority: Priority, minutes: int
) -> None:
    assert USUAL.priority(loss) is priority
    assert USUAL.due_at(loss, NOON, None) == NOON + timedelta(minutes=minutes)


@given(losses, losses)
def test_more_at_stake_never_waits_longer(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert USUAL.due_at(more, NOON, None) <= USUAL.due_at(less, NOON, None)


@given(losses, st.timedeltas(min_value=timedelta(minutes=-5), max_value=timedelta(days=2)))
def test_no_case_is_due_later_than_its_payment_is_answered(loss: float, until: timedelta) -> None:
    due_at = USUAL.due_at(loss, NOON, NOON + until)
    assert due_at <= NOON + until
    assert due_at == min(NOON + until, USUAL.due_at(loss, NOON, None))


def test_a_warning_comes_when_four_fifths_are_gone_and_a_breach_when_all_is() -> None:
    due_at = NOON + timedelta(minutes=60)

    def after(**passed: float) -> Timeliness:
        return USUAL.timeliness(NOON, due_at, NOON + timedelta(**passed))

    assert after(minutes=47, seconds=59) is Timeliness.IN_TIME
    assert after(minutes=48) is Timeliness.DUE_SOON
    assert after(minutes=59, seconds=59) is Timeliness.DUE_SOON
    assert after(minutes=60) is Timeliness.BREACHED


@given(losses, ages, ages)
def test_a_case_only_ever_gets_later(loss: float, one: timedelta, other: timedelta) -> None:
    order = list(Timeliness)

    def rank(now: datetime) -> int:
        return order.index(USUAL.timeliness(NOON, USUAL.due_at(loss, NOON, None), now))

    early, late = sorted((NOON + one, NOON + other))
    assert rank(early) <= rank(late)


@pytest.mark.parametrize(
    "change",
    [
        {"urgent_from": 10.0},
        {"high_from": -1.0},
        {"urgent": timedelta(hours=2)},
        {"high": timedelta(days=1)},
        {"urgent": timedelta(0)},
        {"warning_share": 0.0},
        {"warning_share": 1.5},
    ],
)
def test_levels_by_which_more_risk_waits_longer_cannot_be_built(change: dict[str, object]) -> None:
    with pytest.raises(ServiceLevelsUnclear):
        ServiceLevels(**change)  # type: ignore[arg-type]


def test_the_environment_sets_them_and_refuses_disorder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERTIUM_URGENT_MINUTES", "5")
    assert Settings().service_levels.urgent == timedelta(minutes=5)
    monkeypatch.setenv("TERTIUM_URGENT_MINUTES", "90")
    with pytest.raises(ValueError, match="urgent cases wait no longer"):
        Settings()
