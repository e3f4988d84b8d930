"""Moments as people type them: a date with a time, in UTC unless another zone is typed with it."""

import re
from datetime import UTC, datetime

from app.web.languages.sentences import marked, worded

HOW = marked("Write a date and a time, such as 2026-05-01T12:00 (UTC) or 2026-05-01T14:00+02:00.")
#: Longer than any moment a person types.
LONGEST = 40
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<time>[0-9]{2}:[0-9]{2}(:[0-9]{2})?)"
    r" ?(?P<zone>Z|UTC|[-+\u2212][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)


class MomentUnclear(ValueError):
    """This is not a date with a time."""


def typed_moment(text: str) -> datetime:
    """Return the moment that was typed, in UTC, to the second; raises `MomentUnclear`.

    >>> typed_moment("2026-05-01T14:00+02:00").isoformat()
    '2026-05-01T12:00:00+00:00'
    """
    told = text.strip()
    if not told:
        raise MomentUnclear(_with_how(worded("It is missing.")))
    match = _MOMENT.fullmatch(told)
    if match is None:
        shown = told if len(told) <= LONGEST else f"{told[:LONGEST]}\u2026"
        raise MomentUnclear(_no_moment(shown))
    zone = (match["zone"] or "Z").replace("\u2212", "-").upper()
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}{'Z' if zone == 'UTC' else zone}")
    except ValueError as why:
        raise MomentUnclear(_no_moment(told)) from why
    # Compared before it is converted: a zone can push the first or the last year over the edge.
    if not EARLIEST <= moment <= LATEST:
        raise MomentUnclear(
            worded(
                "It must lie between the years %(first)s and %(last)s.",
                first=EARLIEST.year,
                last=LATEST.year,
            )
        )
    return moment.astimezone(UTC)


def _no_moment(typed: str) -> str:
    return _with_how(worded("\u201c%(typed)s\u201d is not a moment.", typed=typed))


def _with_how(sentence: str) -> str:
    return f"{sentence} {worded(HOW)}"
