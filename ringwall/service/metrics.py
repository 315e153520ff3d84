"""What is counted while the service runs, for Prometheus. No label has more values than this program has words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ringwall.errors import StoreError
from ringwall.service.context import Ringwall
from ringwall.store import depths

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SEEN_LATELY = timedelta(minutes=2)
"""A worker that has not been seen for longer is not counted on."""
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_JOB_SECONDS = (0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900)


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        # When a series began says nothing here, and doubles the page.
        disable_created_metrics()  # type: ignore[no-untyped-call] # the library gives it no types
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "ringwall_requests", "Requests that were answered.", ["operation", "status"], registry=self.registry
        )
        self._request_seconds = Histogram(
            "ringwall_request_seconds",
            "How long an answer took.",
            ["operation"],
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self._jobs = Counter("ringwall_jobs", "Jobs that ended.", ["kind", "outcome"], registry=self.registry)
        self._job_seconds = Histogram(
            "ringwall_job_seconds", "How long a job took.", ["kind"], buckets=_JOB_SECONDS, registry=self.registry
        )
        self._deliveries = Counter(
            "ringwall_deliveries", "Messages that were taken by whom they are for.", registry=self.registry
        )

    def was_answered(self, operation: str, status: int, seconds: float) -> None:
        self._requests.labels(operation, str(status)).inc()
        self._request_seconds.labels(operation).observe(seconds)

    def has_ended(self, kind: str, outcome: str, seconds: float) -> None:
        """A job: `done` or `failed`."""
        self._jobs.labels(kind, outcome).inc()
        self._job_seconds.labels(kind).observe(seconds)

    def was_delivered(self, count: int) -> None:
        """So many messages."""
        self._deliveries.inc(count)

    def watch(self, ringwall: Ringwall) -> None:
        """Also tell what is in the store, as it is when somebody asks."""
        self.registry.register(_StoreCollector(ringwall))

    def exposition(self) -> bytes:
        """All of it, in the text format."""
        return generate_latest(self.registry)


class _StoreCollector(Collector):
    """Gauges that are read from the database."""

    def __init__(self, ringwall: Ringwall) -> None:
        self._ringwall = ringwall

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: so that registering asks the database nothing."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        is_up = GaugeMetricFamily("ringwall_database_up", "Whether the database answers.")
        try:
            found = list(self._gauges())
        except StoreError:
            is_up.add_metric([], 0)
            yield is_up
            return
        is_up.add_metric([], 1)
        yield is_up
        yield from found

    def _gauges(self) -> Iterator[GaugeMetricFamily]:
        now = self._ringwall.clock()
        with self._ringwall.store.read() as connection:
            yield _family("jobs_waiting", "Jobs that wait.", "kind", depths.jobs(connection))
            yield _family("outbox_messages", "Messages not sent.", "status", depths.outbox(connection))
            yield _family("findings", "Findings that are remembered.", "status", depths.findings(connection))
            yield _family("analyzers", "Analyzers.", "status", depths.analyzers(connection))
            yield _family("workers", "Workers seen lately.", None, depths.workers(connection, now - SEEN_LATELY))
            yield _family(
                "analyzers_overdue", "Analyzers that should be under way.", None, depths.overdue(connection, now)
            )


def _family(name: str, text: str, label: str | None, values: dict[str, int] | int) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"ringwall_{name}", text, labels=[label] if label else [])
    for value, count in values.items() if isinstance(values, dict) else [("", values)]:
        family.add_metric([value] if label else [], count)
    return family
