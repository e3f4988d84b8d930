"""When a payment happened: a moment in each row, and a name that speaks of no other moment."""

import numpy as np

from app.learning.schema_inference import names
from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.look import Look
from app.learning.schema_inference.moments import MILLISECONDS, has_another_order
from app.learning.schema_inference.sample import AnswerRefused
from app.scoring.schema.schema import HOUR, SECONDS, WEEKEND

ROLE = "[payment] time"
OPTION = "--time COLUMN"
#: Payments of one file lie within so many years; dates of birth do not.
MOST_YEARS = 20
#: Two columns that differ by one distance, but for clocks put forward, tell the same moment.
CLOCK_CHANGE = 3_700.0
#: Fewer different numbers that rise are years or months.
FEWEST_SECONDS = 40
_FEWEST_DAYS_FOR_WEEKENDS = 14


def guess_time(draft: Draft) -> None:
    """Take the time out of the columns, or ask. Raises `AnswerRefused` for one that cannot be it."""
    if draft.answers.time:
        look = draft.said(draft.answers.time, "the time")
        if not look.profile.is_whole or (_format_of(look) is None):
            raise AnswerRefused(
                f"{look.name!r} was said to be the time, and does not hold a moment in each row"
            )
        _take(draft, look, "it was said so")
        return
    moments = [look for look in draft.left() if _may_be_time(look)]
    others = [look for look in moments if names.says(look.name, names.OTHER_TIME)]
    own = [look for look in moments if look not in others]
    named = [look for look in own if names.says(look.name, names.TIME)]
    candidates = _without_copies(draft, named or own or others)
    rising = [look for look in candidates if look.moments and (np.diff(look.moments.seconds) >= 0).all()]
    if len(candidates) == 1 and candidates[0] not in others:
        _take(draft, candidates[0], "a moment in each row" + (", and its name says it" if named else ""))
    elif len(rising) == 1 and rising[0] not in others:
        _take(draft, rising[0], "of several moments the only one that rises through the file")
    elif candidates:
        draft.ask(ROLE, "which moment is that of the payment?", candidates, OPTION)
        for look in candidates:
            draft.ignore(look, "may be the time of the payment: asked about")
    else:
        _guess_seconds(draft)


def _guess_seconds(draft: Draft) -> None:
    rising = [look for look in draft.left() if _may_be_seconds(look)]
    named = [look for look in rising if names.says(look.name, names.TIME)]
    if len(named) == 1:
        _take(draft, named[0], "numbers that rise through the file, and its name says it; read as seconds")
        return
    unsorted = [
        look for look in draft.left() if look.name.lower() in {"time", "seconds"} and look.numbers is not None
    ]
    candidates = named or rising or unsorted
    if not candidates:
        draft.explain(ROLE, "No column holds moments: the payments have no order in time.")
        return
    draft.ask(
        ROLE,
        "is a column the seconds since the first payment? That its numbers rise does not say so; where none"
        " is, leave the time out.",
        candidates,
        OPTION,
    )
    for look in candidates:
        draft.ignore(look, "may be the time of the payment: asked about")


def _may_be_seconds(look: Look) -> bool:
    """Whether numbers rise through the file from nought or more, and are neither years, months nor ids."""
    is_long = look.profile.distinct >= FEWEST_SECONDS
    return look.rises and bool(look.known[0] >= 0) and is_long and not _counts(look)


def _counts(look: Look) -> bool:
    """Whether it numbers rows or payments."""
    return look.is_row_index or (
        look.profile.distinct == len(look.profile.texts) and names.says(look.name, names.ID)
    )


def _may_be_time(look: Look) -> bool:
    moments = look.moments
    if moments is None or not look.profile.is_whole or moments.time_format == MILLISECONDS:
        return False
    return look.profile.distinct > 1 and moments.span_days < MOST_YEARS * 365


def _without_copies(draft: Draft, looks: list[Look]) -> list[Look]:
    """Return the moments without those that tell one of them again; written dates are kept rather."""
    kept: list[Look] = []
    for look in sorted(looks, key=lambda each: (each.numbers is not None, not _has_clock(each))):
        same = next((each for each in kept if _tell_the_same(each, look)), None)
        if same is None:
            kept.append(look)
        else:
            draft.ignore(look, f"the moment of {same.name} again")
    return kept


def _has_clock(look: Look) -> bool:
    return look.moments is not None and look.moments.has_clock


def _tell_the_same(one: Look, other: Look) -> bool:
    if one.moments is None or other.moments is None:
        return False
    apart = one.moments.seconds - other.moments.seconds
    if float(np.ptp(apart)) <= CLOCK_CHANGE:
        return True
    # A date beside the moment itself.
    days = np.floor(one.moments.seconds / 86_400) * 86_400
    return bool((days == other.moments.seconds).all())


def _format_of(look: Look) -> str | None:
    if look.moments is not None and look.moments.time_format != MILLISECONDS:
        return look.moments.time_format
    is_count = look.numbers is not None and bool((look.known >= 0).all())
    return SECONDS if is_count else None


def _take(draft: Draft, look: Look, reason: str) -> None:
    if look.moments is not None and look.moments.other_format:
        ask_for_order(draft, look, ROLE)
        return
    draft.time, draft.time_format = look.name, _format_of(look) or SECONDS
    day_first = draft.answers.day_first
    if day_first is not None and has_another_order(draft.time_format, day_first=day_first):
        order = "day" if day_first else "month"
        raise AnswerRefused(
            f"{look.name!r} was said to be {order} first, and holds numbers above 12 elsewhere"
        )
    draft.explain(ROLE, f"Guessed: {reason}; such as {next(iter(look.profile.counts))}.")
    if look.moments is None or draft.time_format == SECONDS:
        draft.explain(ROLE, "Counted in seconds since the first payment.")
        return
    if not look.moments.has_zone:
        draft.explain(
            ROLE, "No zone is written: read as UTC; another one is said by zone, such as Europe/Vienna."
        )
    hour = (HOUR,) if look.moments.has_clock else ()
    weekend = (WEEKEND,) if look.moments.span_days >= _FEWEST_DAYS_FOR_WEEKENDS else ()
    draft.read_of_time = (*hour, *weekend)
    if draft.read_of_time:
        draft.explain(
            "[payment] read_of_time", "What the model reads of the moment; taken out, it reads none of it."
        )


def ask_for_order(draft: Draft, look: Look, role: str) -> None:
    """Ask which comes first, day or month, where nothing in the column tells; nobody reads it until then."""
    if look.moments is None:
        return
    example = next(iter(look.profile.counts))
    draft.ask(
        role,
        f"is {example} in {look.name} day first ({look.moments.time_format}) or month first"
        f" ({look.moments.other_format})? No number above 12 tells.",
        [look],
        "--day-first or --month-first",
    )
    draft.ignore(look, "day and month cannot be told apart: asked about")
