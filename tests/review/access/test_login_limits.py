"""How long guessing has to wait: never before the limit, never for ever, and less with time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.review.access.login_limits import (
    ATTEMPTS_ALLOWED,
    CROWD_ALLOWED,
    FIRST_WAIT,
    LOCAL,
    LONGEST_DELAY,
    LONGEST_WAIT,
    Failures,
    delay_of,
    source_of,
    waits_until,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
COUNTS = st.integers(0, 100_000)


def failed(pair: int, *, name: int = 0, source: int = 0) -> Failures:
    return Failures(of_pair=pair, last_at=NOON if pair else None, of_name=name, of_source=source)


@given(pair=COUNTS, name=COUNTS, source=COUNTS)
def test_only_this_name_from_this_source_makes_a_wait(pair: int, name: int, source: int) -> None:
    until = waits_until(failed(pair, name=name, source=source))
    assert (until is None) == (pair < ATTEMPTS_ALLOWED)
    if until is not None:
        assert FIRST_WAIT <= until - NOON <= LONGEST_WAIT


@given(pair=st.integers(ATTEMPTS_ALLOWED, 5000))
def test_each_further_guess_waits_twice_as_long_up_to_the_longest(pair: int) -> None:
    wait, longer = (waits_until(failed(number)) for number in (pair, pair + 1))
    assert wait is not None
    assert longer is not None
    assert longer - NOON == min(LONGEST_WAIT, 2 * (wait - NOON))


@given(pair=COUNTS, name=COUNTS, source=COUNTS)
def test_a_crowd_delays_and_never_locks(pair: int, name: int, source: int) -> None:
    delay = delay_of(failed(pair, name=name, source=source))
    assert (delay == timedelta()) == (max(name, source) < CROWD_ALLOWED)
    assert delay <= LONGEST_DELAY


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, LOCAL),
        ("", LOCAL),
        ("unix", LOCAL),
    ],
)
def test_a_customer_is_one_source(host: str | None, source: str) -> None:
    assert source_of(host) == source
