"""When a browser may show a message, and when it is quiet."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.review.discussion.messages import MessageKind, MessageWishes, QuietHours, TimeZoneUnknown

MOMENTS = some.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001
ZONES = some.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
EVERY_KIND = frozenset(MessageKind)


@given(begins=some.times(), ends=some.times(), at=some.times())
def test_either_it_is_quiet_or_it_is_in_the_hours_that_are_left(begins: time, ends: time, at: time) -> None:
    quiet, loud = QuietHours(begins=begins, ends=ends), QuietHours(begins=ends, ends=begins)
    if begins == ends:
        assert quiet.holds(at)
    else:
        assert quiet.holds(at) != loud.holds(at)


@given(begins=some.times(), ends=some.times())
def test_they_begin_when_they_begin_and_are_over_at_their_end(begins: time, ends: time) -> None:
    quiet = QuietHours(begins=begins, ends=ends)
    assert quiet.holds(begins)
    assert quiet.holds(ends) == (begins == ends)


@given(begins=some.times(), ends=some.times(), at=some.times())
def test_they_hold_what_one_meets_on_the_way_from_their_beginning_to_their_end(
    begins: time, ends: time, at: time
) -> None:
    """Against walking round the clock."""
    day = timedelta(days=1)
    length = (_since_midnight(ends) - _since_midnight(begins)) % day or day
    gone = (_since_midnight(at) - _since_midnight(begins)) % day
    assert QuietHours(begins=begins, ends=ends).holds(at) == (gone < length)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


@given(at=MOMENTS, zone=ZONES, kind=some.sampled_from(MessageKind))
def test_it_is_the_clock_of_the_person_that_counts(at: datetime, zone: str, kind: MessageKind) -> None:
    night = QuietHours(begins=time(22), ends=time(7))
    wishes = MessageWishes(kinds=EVERY_KIND, quiet=night, time_zone=zone)
    local = at.astimezone(ZoneInfo(zone))
    assert wishes.may_notify(kind, at) == (7 <= local.hour < 22)


@given(at=MOMENTS, kinds=some.frozensets(some.sampled_from(MessageKind)), kind=some.sampled_from(MessageKind))
def test_only_what_was_switched_on_is_shown(
    at: datetime, kinds: frozenset[MessageKind], kind: MessageKind
) -> None:
    assert MessageWishes(kinds=kinds).may_notify(kind, at) == (kind in kinds)
    assert not MessageWishes().may_notify(kind, at)


@pytest.mark.parametrize(
    "zone", ["", "Europe/Nowhere", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "x" * 300]
)
def test_a_zone_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(TimeZoneUnknown):
        MessageWishes(time_zone=zone)
