"""When a payment happened: a moment in each row, and a name that speaks of no other moment."""

import numpy as np

from app.learning.schema_inference import names
from app.learning.schema_inference.draft import Draft
from app.learning.schema_inference.look import Look
from app.learning.schema_inference.moments import has_another_order
from app.learning.schema_inference.sample import AnswerRefused
from app.scoring.arrays import Floats
from app.scoring.schema.own_columns import HOUR, WEEKDAY, WEEKEND
from app.scoring.schema.schema import APART_ONLY, DAYS, HOURS, SECONDS, SECONDS_OF

ROLE = "[payment] time"
OPTION = "--time COLUMN"
#: Payments of one file lie within so many years; dates of birth do not.
MOST_YEARS = 20
#: Two columns that differ by one distance, but for clocks put forward, tell the same moment.
CLOCK_CHANGE = 3_700.0
#: Fewer different numbers that rise are years or months.
FEWEST_SECONDS = 40
#: A shorter file leaves open whether numbers count its time: so many times what they may differ by.
LONG = 20
#: More payments on one number, and it counts hours, days or steps.
MOST_IN_A_SECOND = 10
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
    if len(named) == 1 and not _is_coarse(named[0]):
        _take(draft, named[0], "numbers that rise through the file, and its name says it; read as seconds")
        return
    unsorted = [
        look for look in draft.left() if look.name.lower() in {"time", "seconds"} and look.numbers is not None
    ]
    candidates = named or rising or unsorted
    if not candidates:
        if parts := _parts_of_date(draft):
            draft.ask(
                ROLE,
                f"do {', '.join(look.name for look in parts)} tell the moment of the payment together? A"
                " moment stands in one column, such as 2026-05-31 06:21.",
                parts,
                "a file with one column of moments",
            )
            return
        draft.explain(ROLE, "No column holds moments: the payments have no order in time.")
        return
    draft.ask(
        ROLE,
        "is a column the time since the first payment? That its numbers rise does not say so. It is read as"
        " seconds until [payment] time_format says hours or days; where none is, leave the time out.",
        candidates,
        OPTION,
    )
    for look in candidates:
        draft.ignore(look, "may be the time of the payment: asked about")


def _parts_of_date(draft: Draft) -> list[Look]:
    """Return the columns of year, month and day, where numbers and names fit, and of the hour beside them."""
    by_name = {look.name.lower(): look for look in draft.left()}
    parts = [by_name[part] for part in _PARTS_OF_DATE if part in by_name and _lies_in(by_name[part], part)]
    clock = [by_name[part] for part in ("hour", "time") if part in by_name]
    return [*parts, *clock] if len(parts) == len(_PARTS_OF_DATE) else []


_PARTS_OF_DATE: dict[str, tuple[int, int]] = {"year": (1970, 2100), "month": (1, 12), "day": (1, 31)}


def _lies_in(look: Look, part: str) -> bool:
    least, most = _PARTS_OF_DATE[part]
    return look.are_whole_numbers and bool(look.known.min() >= least and look.known.max() <= most)


def _may_be_seconds(look: Look) -> bool:
    """Whether numbers rise through the file from nought or more, and are neither years, months nor ids."""
    is_long = look.profile.distinct >= FEWEST_SECONDS
    rises = look.rises and bool(look.known[0] >= 0)
    return rises and is_long and not _counts(look) and not names.entity_named(look.name)


def _is_coarse(look: Look) -> bool:
    """Whether many payments share each number, so that it hardly counts seconds."""
    return look.profile.distinct * MOST_IN_A_SECOND < look.profile.present


def _counts(look: Look) -> bool:
    """Whether it numbers rows or payments."""
    return look.is_row_index or (
        look.profile.distinct == len(look.profile.texts) and names.says(look.name, names.ID)
    )


def _may_be_time(look: Look) -> bool:
    moments = look.moments
    if moments is None or not look.profile.is_whole:
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


def _ignore_counters(draft: Draft, taken: Look) -> None:
    """Leave alone what tells the payment's own moment again, in seconds, minutes, hours or days.

    A model that reads it learns the calendar, and no later payment is like one that it has seen.
    """
    seconds = taken.moments.seconds if taken.moments is not None else taken.numbers
    if seconds is None:
        return
    for look in tuple(draft.left()):
        numbers = look.numbers
        if numbers is None or look.name == taken.name or not look.profile.is_whole:
            continue
        if any(_counts_on(seconds, numbers, unit) for unit in _UNITS):
            draft.ignore(look, f"the moment of {taken.name} again, counted")


_UNITS = (*sorted({*SECONDS_OF.values(), 60.0}),)


def _counts_on(seconds: Floats, numbers: Floats, unit: float) -> bool:
    """Whether numbers count the same time in a unit, whole or not, but for clocks put forward."""
    apart = max(unit, CLOCK_CHANGE)
    return float(np.ptp(seconds)) > LONG * apart and float(np.ptp(seconds - numbers * unit)) <= apart


def _format_of(look: Look) -> str | None:
    if look.moments is not None:
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
    _ignore_counters(draft, look)
    if look.moments is None or draft.time_format in APART_ONLY:
        draft.explain(
            ROLE,
            f"Counted in seconds since the first payment; were they others, time_format would be {HOURS} or"
            f" {DAYS}. Without moments the rows are parted by chance, not by time.",
        )
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
    if weekend:
        draft.explain(
            "[payment] read_of_time",
            f"Where each day is a different one, {WEEKDAY} in the place of {WEEKEND} tells seven apart.",
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
