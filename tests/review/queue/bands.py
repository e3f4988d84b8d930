"""The band of an age, one by one: what the database counts by is checked against it."""

from datetime import timedelta

from app.review.queue.depth import BAND_ENDS, AgeBand


def age_band(age: timedelta) -> AgeBand:
    """Return the band of an age."""
    for band, end in BAND_ENDS.items():
        if end is None or age < end:
            return band
    raise AssertionError("the last band does not end")
