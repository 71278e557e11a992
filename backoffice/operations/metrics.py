"""/metrics: the house's figures, asked for at each scrape, and what this host's processes counted.

Counters of several web processes of a host are summed when PROMETHEUS_MULTIPROC_DIR names a folder of theirs, empty at
the start (prometheus_client's multiprocess mode).
"""

import os
import time
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from backoffice.core.job_overview import job_states
from backoffice.operations.measures import measures

REQUESTS = Counter("backoffice_requests", "Requests answered.", ["method", "area", "status"])
SECONDS = Histogram(
    "backoffice_request_seconds", "How long an answer took.", ["area"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
AREAS = ("admin", "api", "scan", "till", "media", "static")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class HouseCollector(Collector):
    """Figures and jobs, from the database and the broker."""

    def collect(self) -> Iterator[Metric]:
        figures = measures()
        for measure in figures:
            if measure.value is not None:
                yield GaugeMetricFamily(f"backoffice_{measure.name}", _english(measure.title), measure.value)
        bad = GaugeMetricFamily("backoffice_bad", "1: beyond its limit.", labels=["figure"])
        for measure in figures:
            bad.add_metric([measure.name], float(measure.is_bad))
        yield bad
        yield from _of_jobs()


def _of_jobs() -> Iterator[Metric]:
    age = GaugeMetricFamily("backoffice_job_age_seconds", "Since the job's last start.", labels=["job"])
    good = GaugeMetricFamily("backoffice_job_good_age_seconds", "Since its last good end.", labels=["job"])
    failures = GaugeMetricFamily("backoffice_job_failures", "Failures in a row.", labels=["job"])
    paused = GaugeMetricFamily("backoffice_job_paused", "1: somebody paused it.", labels=["job"])
    for state in job_states():
        if state.last_run is not None:
            age.add_metric([state.name], (state.now - state.last_run.started_at).total_seconds())
        if state.good_at is not None:
            good.add_metric([state.name], (state.now - state.good_at).total_seconds())
        failures.add_metric([state.name], state.failures)
        paused.add_metric([state.name], float(state.paused_at is not None))
    yield from (age, good, failures, paused)


def exposition() -> tuple[bytes, str]:
    """All of it as text, and its content type."""
    registry = CollectorRegistry()
    registry.register(HouseCollector())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
    return generate_latest(registry) + generate_latest(REGISTRY), CONTENT_TYPE_LATEST


class MetricsMiddleware:
    """Counts answers and their time by area: never by address, whose ids would be endless."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        first = request.path.split("/", 2)[1]
        area = first if first in AREAS else "other"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, area, str(response.status_code)).inc()
        SECONDS.labels(area).observe(time.perf_counter() - began)
        return response


def _english(title: object) -> str:
    from django.utils.translation import override

    with override("en"):
        return str(title)
