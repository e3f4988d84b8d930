"""Delays after wrong passwords, per name and source, so that a stranger's guesses lock nobody out."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Wrong passwords of one name from one source before it has to wait: more are no typing errors.
ATTEMPTS_ALLOWED = 10
#: The first wait; each further wrong password doubles it.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=15)
#: After so long without counting it is forgotten.
ATTEMPTS_KEPT = timedelta(hours=1)
#: Of one name from all sources, or of one source under all names: from here on answers come later,
#: but they come, for others may share the name or the address.
CROWD_ALLOWED = 100
LONGEST_DELAY = timedelta(seconds=3)
#: Logins of one source that may wait for their delayed answers at once.
MOST_DELAYED = 8
#: The source of those who come by no network.
LOCAL = "local"
#: An IPv6 network that one customer gets as a whole.
CUSTOMER_PREFIX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Wrong passwords that still count."""

    #: Of this name from this source, and when the last one was.
    of_pair: int
    last_at: datetime | None
    #: Of this name from everywhere, and from this source under every name.
    of_name: int
    of_source: int


def waits_until(failures: Failures) -> datetime | None:
    """Return until when no password of this name is looked at from this source; None: at once."""
    beyond = failures.of_pair - ATTEMPTS_ALLOWED
    if failures.last_at is None or beyond < 0:
        return None
    # Doubled at most so often that the longest is reached: a power of thousands would be no number.
    doubled = min(beyond, 16)
    return failures.last_at + min(LONGEST_WAIT, FIRST_WAIT * (1 << doubled))


def delay_of(failures: Failures) -> timedelta:
    """Return how much later than usual an answer comes, right password or wrong."""
    beyond = max(failures.of_name, failures.of_source) - CROWD_ALLOWED
    if beyond < 0:
        return timedelta()
    return min(LONGEST_DELAY, LONGEST_DELAY * (beyond + 1) / CROWD_ALLOWED)


def source_of(host: str | None) -> str:
    """Return the source that a caller's address counts as: an IPv6 customer's whole network is one."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return LOCAL
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, CUSTOMER_PREFIX), strict=False))
