"""Numbers for Prometheus: requests, jobs, operations, the power feed, and connections to the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
JOB_SECONDS = (0.1, 1, 5, 15, 60, 300, 900, 3600)

# What the database knows, asked for at each reading.
GAUGES = {
    "events_waiting": "Events committed and not relayed yet.",
    "webhook_waiting": "Deliveries that wait, those that pause after a failure included.",
    "webhook_oldest_waiting_seconds": "For how long the oldest of them has waited.",
    "webhook_dead_letters": "Deliveries that are not tried any more.",
}


class Counted(Protocol):
    """What is counted in the database, the same for every process that is asked."""

    @property
    def operations(self) -> Mapping[str, int]: ...
    @property
    def waiting_seconds(self) -> float: ...
    @property
    def job_failures(self) -> Mapping[str, int]: ...
    @property
    def job_success_seconds(self) -> Mapping[str, float]: ...
    @property
    def feed_complete_to(self) -> Mapping[str, date]: ...


@dataclass(slots=True)
class Metrics:
    """The numbers of one process; each app has its own registry, so that tests do not share them."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    latency: Histogram = field(init=False)
    jobs: Histogram = field(init=False)
    feed_batches: Counter = field(init=False)
    feed_rows: Counter = field(init=False)
    feed_bytes: Counter = field(init=False)
    relayed: Counter = field(init=False)
    deliveries: Counter = field(init=False)
    crashes: Counter = field(init=False)
    gauges: dict[str, Gauge] = field(init=False)

    def __post_init__(self) -> None:
        self.requests = Counter(
            "cuofeng_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.latency = Histogram(
            "cuofeng_request_seconds",
            "Time to the first byte.",
            ["method", "route"],
            buckets=REQUEST_SECONDS,
            registry=self.registry,
        )
        self.jobs = Histogram(
            "cuofeng_job_seconds", "Time a job ran.", ["kind", "outcome"], buckets=JOB_SECONDS, registry=self.registry
        )
        self.feed_batches = Counter(
            "cuofeng_feed_batches", "Files of readings by what became of them.", ["outcome"], registry=self.registry
        )
        self.feed_rows = Counter(
            "cuofeng_feed_rows", "Rows of files by what became of them.", ["outcome"], registry=self.registry
        )
        self.feed_bytes = Counter(
            "cuofeng_feed_bytes", "Bytes of files of readings as they came.", registry=self.registry
        )
        self.relayed = Counter("cuofeng_events_relayed", "Events given their sequence.", registry=self.registry)
        self.deliveries = Counter(
            "cuofeng_webhook_deliveries", "Tries at webhooks by outcome.", ["outcome"], registry=self.registry
        )
        self.crashes = Counter(
            "cuofeng_steady_crashes", "Steps of steady work that crashed.", ["kind"], registry=self.registry
        )
        self.gauges = {
            name: Gauge(f"cuofeng_{name}", told, labels, registry=self.registry)
            for name, told, labels in (
                ("operations", "Operations by state.", ["state"]),
                ("operations_waiting_seconds", "How long the operation that waited longest could have run.", []),
                ("job_failures", "Runs of a recurring job, or steps of steady work, that failed in a row.", ["kind"]),
                ("job_success_age_seconds", "Time since a recurring job or steady work last succeeded.", ["kind"]),
                ("feed_lag_days", "Days from the last complete day of a source to today.", ["source"]),
                ("database_connections", "Connections of this process.", ["state"]),
                *((name, told, []) for name, told in GAUGES.items()),
            )
        }

    def count_batch(self, outcome: str, rows: Mapping[str, int]) -> None:
        """A file that merged, was refused, was kept for later, or had come before; rows only where it merged now."""
        self.feed_batches.labels(outcome).inc()
        for name, count in rows.items():
            self.feed_rows.labels(name).inc(count)

    def pool(self, *, size: int, in_use: int) -> None:
        """How many connections this process may keep, and how many are busy now."""
        self._set("database_connections", {("size",): size, ("in_use",): in_use})

    def render(self, counted: Counted, *, today: date, gauges: Mapping[str, float]) -> bytes:
        self._set("operations", {(state,): number for state, number in counted.operations.items()})
        self.gauges["operations_waiting_seconds"].set(counted.waiting_seconds)
        self._set("job_failures", {(kind,): number for kind, number in counted.job_failures.items()})
        self._set("job_success_age_seconds", {(kind,): age for kind, age in counted.job_success_seconds.items()})
        self._set("feed_lag_days", {(one,): (today - day).days for one, day in counted.feed_complete_to.items()})
        for name, value in gauges.items():
            self.gauges[name].set(value)
        return generate_latest(self.registry)

    def _set(self, name: str, values: Mapping[Any, float]) -> None:
        gauge = self.gauges[name]
        gauge.clear()
        for labels, value in values.items():
            gauge.labels(*labels).set(value)


@cache
def process_metrics() -> Metrics:
    """The numbers that the API and the worker of one process share."""
    return Metrics()
