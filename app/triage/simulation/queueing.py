"""How long unknowns would wait for the people there are: first come, first served, one pooled desk.

Time is measured on the desk's own clock, which counts the cases people could have judged so far and
stands still while the desk is closed. On that clock every case takes one unit, so that the i-th case is
done at D_i = (i + 1) + max over j <= i of (c_j - j), c_j being its arrival (Lindley 1952, unrolled).
The desk's own order is by urgency, not by age; the mean wait is the same for any order.
"""

from dataclasses import dataclass

import numpy as np

from app.scoring.arrays import Flags, Floats
from app.triage.simulation.observed import HOUR, Observed
from app.triage.staffing import HOURS_OF_DAY, Staffing


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What the queue comes to; waits in seconds, None where nobody works on it."""

    cases: int
    median_wait: float | None
    #: All but one case in twenty are judged within this.
    wait_95: float | None
    longest_wait: float | None
    #: Most cases there are at once, and how many are left when the window ends.
    longest_queue: int
    left_over: int


NOBODY_WAITS = Waiting(cases=0, median_wait=0.0, wait_95=0.0, longest_wait=0.0, longest_queue=0, left_over=0)


def waiting(arrivals: Floats, staffing: Staffing, *, audits_per_day: float, ended_at: float) -> Waiting:
    """Return how long cases wait until they are judged.

    `arrivals` are seconds since the epoch, ascending, shape (cases,). Audits take their share of every
    open hour first. The queue is empty when the window begins.
    """
    if arrivals.size == 0:
        return NOBODY_WAITS
    per_hour = staffing.reviews_per_open_hour - audits_per_day / max(staffing.open_hours, 1)
    if per_hour <= 0:
        return Waiting(
            cases=arrivals.size, median_wait=None, wait_95=None, longest_wait=None,
            longest_queue=arrivals.size, left_over=arrivals.size,
        )  # fmt: skip
    clock = _Clock.of(staffing, per_hour, float(arrivals[0]), cases=arrivals.size, ended_at=ended_at)
    came = clock.at(arrivals)
    places: Floats = np.arange(arrivals.size, dtype=np.float64)
    done: Floats = places + 1 + np.maximum.accumulate(came - places)
    waits = clock.when(done) - arrivals
    median, later = np.quantile(waits, (0.5, 0.95)).tolist()
    end = float(clock.at(np.array([max(ended_at, float(arrivals[-1]))]))[0])
    return Waiting(
        cases=arrivals.size,
        median_wait=median,
        wait_95=later,
        longest_wait=float(waits.max()),
        # Each case takes one unit: as many are there as the work that is there, begun ones in full.
        longest_queue=int(np.ceil(np.round((done - came).max(), 6))),
        left_over=int(arrivals.size - np.searchsorted(done, end, side="right")),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Clock:
    """The desk's clock at every full hour: seconds since the epoch, and cases that could be done by then."""

    seconds: Floats
    cases: Floats

    @classmethod
    def of(
        cls, staffing: Staffing, per_hour: float, started_at: float, *, cases: int, ended_at: float
    ) -> "_Clock":
        """Return a clock that runs until all these cases are done, however late the last one comes."""
        start = np.floor(started_at / HOUR) * HOUR
        work_days = np.ceil(cases / (per_hour * staffing.open_hours)) + 2
        hours = int(max(ended_at - start, 0) // HOUR + HOURS_OF_DAY * work_days) + 2
        seconds = start + HOUR * np.arange(hours + 1)
        of_day = (seconds[:-1] // HOUR % HOURS_OF_DAY).astype(np.intp)
        is_open = np.array([staffing.is_open(hour) for hour in range(HOURS_OF_DAY)])
        return cls(seconds=seconds, cases=np.append(0.0, np.cumsum(is_open[of_day] * per_hour)))

    def at(self, seconds: Floats) -> Floats:
        """Return how many cases could have been judged by these moments."""
        judged: Floats = np.interp(seconds, self.seconds, self.cases)
        return judged

    def when(self, cases: Floats) -> Floats:
        """Return the first moments by which so many, ascending and above 0, could have been judged."""
        reached, first = np.unique(self.cases, return_index=True)
        # Work on the next case after `reached` resumes when the clock last stood there.
        resumed = self.seconds[first[1:] - 1]
        seconds_per_case = HOUR / np.diff(reached)
        until = np.searchsorted(cases, reached, side="right")
        done_in_hour = np.diff(until)
        moments: Floats = np.repeat(resumed - reached[:-1] * seconds_per_case, done_in_hour)
        moments += cases * np.repeat(seconds_per_case, done_in_hour)
        return moments


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfDay:
    """One hour of the day (UTC): cases that arrive in it on average, and that people can judge in it.

    None where that hour was never observed.
    """

    hour: int
    unknowns: float | None
    audits: float | None
    capacity: float


def load_by_hour(
    decided_at: Floats, is_unknown: Flags, audits: Floats, staffing: Staffing, observed: Observed
) -> tuple[HourOfDay, ...]:
    """Return the average day, hour by hour; nothing where too little was observed.

    `audits` holds the probability of an audit, 0 for unknowns; columns of shape (transactions,).
    """
    if not observed.is_enough:
        return ()
    hours = (decided_at // HOUR % HOURS_OF_DAY).astype(np.intp)
    seen = _hours_seen(observed)

    def an_hour(weights: Floats | Flags) -> list[float | None]:
        sums = np.bincount(hours, weights=weights, minlength=HOURS_OF_DAY).tolist()
        return [number / there if there else None for number, there in zip(sums, seen, strict=True)]

    return tuple(
        HourOfDay(
            hour=hour,
            unknowns=unknowns,
            audits=audited,
            capacity=staffing.reviews_per_open_hour if staffing.is_open(hour) else 0.0,
        )
        for hour, (unknowns, audited) in enumerate(zip(an_hour(is_unknown), an_hour(audits), strict=True))
    )


def _hours_seen(observed: Observed) -> list[float]:
    """Return how many hours of each hour of the day were observed."""
    begins = np.arange(observed.first_at // HOUR, observed.last_at // HOUR + 1)
    ends = np.minimum((begins + 1) * HOUR, observed.last_at)
    seen = (ends - np.maximum(begins * HOUR, observed.first_at)) / HOUR
    of_day = (begins % HOURS_OF_DAY).astype(np.intp)
    return [float(each) for each in np.bincount(of_day, weights=seen, minlength=HOURS_OF_DAY)]
