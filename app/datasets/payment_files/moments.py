"""The cells of a column of moments: one by one, or at once where all are plain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.datasets.payment_files.cells import NAN, Cells, ReadCells
from app.scoring.arrays import Flags, Floats
from app.scoring.numbers import number_of
from app.scoring.schema.schema import ISO, SECONDS_OF

_MICROSECONDS = 1_000_000
#: Clocks are put forward and back at quarters of an hour.
_QUARTER = 15 * 60 * _MICROSECONDS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_BEGIN = _EPOCH.replace(tzinfo=None)
#: Years in which a clock's place in UTC can be worked out on both sides.
_FIRST = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST = (datetime(9990, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_PLAIN = re.compile(r"(?:[12][0-9]{3}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}\n)+")
_PLAIN_UTC = re.compile(r"(?:[12][0-9]{3}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|\+00:00)\n)+")
_WITHOUT_ZONE = len("2026-01-01 00:00:00")


@dataclass(slots=True, kw_only=True)
class MomentCells(Cells):
    """Moments, as the file writes them; those without a zone are read in the schema's."""

    time_format: str
    zone: ZoneInfo

    @property
    def takes_moments(self) -> bool:
        """A stored moment is no text of another format."""
        return self.time_format == ISO

    def add_moments(self, microseconds: NDArray[np.int64], is_missing: Flags, *, has_zone: bool) -> None:
        """Take moments as a file stores them."""
        seconds = moments_in_utc(microseconds, UTC if has_zone else self.zone)
        seconds[is_missing] = NAN
        is_bad: Flags = np.isnan(seconds)
        is_bad[is_missing] = not self.may_be_missing
        read = ReadCells(values=seconds, is_bad=is_bad, is_missing=is_missing)
        self._keep(read, lambda row: "" if is_missing[row] else str(np.datetime64(microseconds[row], "us")))

    def _read(self, texts: Sequence[str]) -> ReadCells:
        missing = self._nothing_at(texts)
        values = self._plain_moments(texts)
        if values is None:
            pairs = zip(texts, missing.tolist(), strict=True)
            values = np.array([NAN if is_missing else self._seconds(text) for text, is_missing in pairs])
        values[missing] = NAN
        is_bad: Flags = np.isnan(values)
        is_bad[missing] = not self.may_be_missing
        return ReadCells(values=values, is_bad=is_bad, is_missing=missing)

    def _plain_moments(self, texts: Sequence[str]) -> Floats | None:
        """Return the moments where all are written alike, to the second; None: they are read one by one."""
        if self.time_format != ISO:
            return None
        together = "\n".join((*texts, ""))
        is_utc = _PLAIN_UTC.fullmatch(together) is not None
        if not is_utc and _PLAIN.fullmatch(together) is None:
            return None
        try:
            moments = np.array([text[:_WITHOUT_ZONE] for text in texts], dtype="datetime64[us]")
        except ValueError:
            return None
        return moments_in_utc(moments.astype(np.int64), UTC if is_utc else self.zone)

    def _seconds(self, text: str) -> float:
        """Return seconds since 1970, or since the first payment where the file counts so; NaN for neither."""
        try:
            if self.time_format in SECONDS_OF:
                return number_of(text) * SECONDS_OF[self.time_format]
            if self.time_format == ISO:
                moment = datetime.fromisoformat(text)
            else:
                moment = datetime.strptime(text, self.time_format)  # noqa: DTZ007  # its zone comes next
            return _in_utc(moment if moment.tzinfo else moment.replace(tzinfo=self.zone))
        except (ValueError, OverflowError):
            return NAN


def moments_in_utc(microseconds: NDArray[np.int64], zone: tzinfo) -> Floats:
    """Return seconds since 1970 for moments on the clock of a zone, which count from 1970 on that clock.

    A moment that the clock shows twice is the first of the two. NaN where there is no such day.
    """
    seconds = np.full(microseconds.size, NAN)
    is_usual = (microseconds >= _FIRST) & (microseconds < _LAST)
    quarters, place = np.unique(microseconds[is_usual] // _QUARTER, return_inverse=True)
    begins = [_offset(quarter * _QUARTER, zone) for quarter in quarters.tolist()]
    ends = [_offset((quarter + 1) * _QUARTER - 1, zone) for quarter in quarters.tolist()]
    offsets = np.array(begins, dtype=np.int64)
    is_even = offsets == np.array(ends, dtype=np.int64)
    usual = np.flatnonzero(is_usual)
    seconds[usual] = (microseconds[usual] - offsets[place]) / _MICROSECONDS
    for row in [*np.flatnonzero(~is_usual), *usual[~is_even[place]]]:
        seconds[row] = _one_in_utc(int(microseconds[row]), zone)
    return seconds


def _offset(microseconds: int, zone: tzinfo) -> int:
    """Return by how many microseconds a clock that shows this moment is before UTC."""
    ahead = (_CLOCK_BEGIN + timedelta(microseconds=microseconds)).replace(tzinfo=zone).utcoffset()
    return (ahead or timedelta()) // timedelta(microseconds=1)


def _one_in_utc(microseconds: int, zone: tzinfo) -> float:
    try:
        return _in_utc((_CLOCK_BEGIN + timedelta(microseconds=microseconds)).replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return NAN


def _in_utc(moment: datetime) -> float:
    return moment.astimezone(UTC).timestamp()
