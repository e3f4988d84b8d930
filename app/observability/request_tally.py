"""Requests counted in plain numbers: on the path of every payment the library's locks would cost more."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

REQUEST_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BOUNDS = (*map(str, REQUEST_SECONDS), "+Inf")


@dataclass(slots=True)
class _Tally:
    """The requests of one method and route; `buckets` are not cumulative."""

    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))
    statuses: dict[int, int] = field(default_factory=dict)


class RequestTally(Collector):
    """Requests by method, route and status, and how long they took; for one event loop, without locks."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        tally = self._tallies.get((method, route))
        if tally is None:
            tally = self._tallies[method, route] = _Tally()
        tally.seconds += seconds
        tally.buckets[bisect_left(REQUEST_SECONDS, seconds)] += 1
        tally.statuses[status] = tally.statuses.get(status, 0) + 1

    def collect(self) -> Iterator[Metric]:
        """Give the counts as Prometheus reads them."""
        counter = CounterMetricFamily(
            "tertium_http_requests", "Requests answered.", labels=("method", "route", "status")
        )
        histogram = HistogramMetricFamily(
            "tertium_http_request_seconds",
            "From a request's head to its answer's last byte.",
            labels=("method", "route"),
        )
        for labels, tally in self._tallies.items():
            for status, count in tally.statuses.items():
                counter.add_metric((*labels, str(status)), count)
            histogram.add_metric(labels, list(_cumulative(tally.buckets)), tally.seconds)
        yield from (counter, histogram)


def _cumulative(buckets: list[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip(BOUNDS, buckets, strict=True):
        total += count
        yield bound, total
