"""What is counted and measured, for Prometheus: one registry per application.

No label has more values than the code names; none is an address, a person, a client or a payment.
"""

import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.registry import Collector

from app.observability.request_tally import RequestTally
from app.observability.siblings import Siblings

SCORING_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1)
LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Classes of errors are named by the code, which has fewer.
MOST_ERROR_KINDS = 100
OTHER = "other"


class Metrics:
    """The instruments, each with its name, unit and labels."""

    def __init__(self) -> None:
        registry = CollectorRegistry(auto_describe=True)
        self._registry = registry
        self.requests = RequestTally()
        registry.register(self.requests)
        self.payments = Counter(
            "tertium_payments", "Payments decided and written.", ("label", "reason"), registry=registry
        )
        self.repeats = Counter(
            "tertium_payment_repeats", "Payments answered as they were before.", registry=registry
        )
        self.commit_batch = Histogram(
            "tertium_commit_batch_payments", "Single payments that shared one commit.",
            buckets=BATCH_SIZES, registry=registry,
        )  # fmt: skip
        self.scoring_seconds = Histogram(
            "tertium_scoring_seconds", "Scoring one batch, waiting for a thread included.",
            buckets=SCORING_SECONDS, registry=registry,
        )  # fmt: skip
        self.loop_lag_seconds = Histogram(
            "tertium_event_loop_lag_seconds", "How late a timer of the event loop was.",
            buckets=LAG_SECONDS, registry=registry,
        )  # fmt: skip
        self.loop_stalls = Counter(
            "tertium_event_loop_stalls", "Times the event loop stood still for 0.25 s or more.",
            registry=registry,
        )  # fmt: skip
        self.errors = Counter(
            "tertium_errors", "Unexpected errors and failures of the database, by class.", ("kind",),
            registry=registry,
        )  # fmt: skip
        self.leases_expired = Counter(
            "tertium_leases_expired", "Holds on cases that ran out before a verdict.", registry=registry
        )
        self.verdicts = Counter(
            "tertium_verdicts", "Verdicts that count, as they leave the house.", ("judgement",),
            registry=registry,
        )  # fmt: skip
        self.logins = Counter("tertium_logins", "Attempts to log in.", ("result",), registry=registry)
        self.work_success = Gauge(
            "tertium_background_last_success_timestamp_seconds",
            "When background work last succeeded, in Unix time.", ("work",), registry=registry,
        )  # fmt: skip
        self.work_failures = Counter(
            "tertium_background_failures", "Rounds of background work that failed.", ("work",),
            registry=registry,
        )  # fmt: skip
        Info("tertium_build", "What runs here.", registry=registry).info(
            {"version": version("tertium"), "python": platform.python_version()}
        )
        ProcessCollector(registry=registry)
        #: Whose figures are told with ours, where several processes serve on one port.
        self.siblings: Siblings | None = None
        # Looked up once for each combination there is: a lookup by labels costs more than counting.
        self._of_payment: dict[tuple[str, str], Counter] = {}
        self._error_kinds: set[str] = set()

    def request_ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is the route's template."""
        self.requests.ended(method if method in METHODS else OTHER, route, status, seconds)

    def payments_decided(self, decided: Mapping[tuple[str, str], int]) -> None:
        """Count written decisions by (label, reason)."""
        for key, count in decided.items():
            counter = self._of_payment.get(key)
            if counter is None:
                counter = self._of_payment[key] = self.payments.labels(*key)
            counter.inc(count)

    def error_happened(self, kind: str) -> None:
        """Count an error by the name of its class, or its class of SQLSTATE."""
        if kind not in self._error_kinds and len(self._error_kinds) >= MOST_ERROR_KINDS:
            kind = OTHER
        self._error_kinds.add(kind)
        self.errors.labels(kind).inc()

    def verdicts_settled(self, judgements: Iterable[str]) -> None:
        """Count verdicts by judgement."""
        for judgement in judgements:
            self.verdicts.labels(judgement).inc()

    def add_collector(self, collector: Collector) -> None:
        """Ask something for its figures whenever these metrics are read."""
        self._registry.register(collector)

    def exposition(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
