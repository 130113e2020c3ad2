"""What each router process does, for Prometheus, with the label `process`: `contact_router_…`, in seconds and bytes."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)

from router.domain.process import EDGES_MS
from router.service.gauges import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from router.domain.process import ProcessFigures

    Processes = Mapping[str, ProcessFigures]

SOCKETS: Final = ("agent", "channel", "events")


def of_processes(workspace: str, processes: Processes) -> Iterator[Metric]:
    """All of them."""
    yield from _of_requests(workspace, processes)
    yield from _of_store(workspace, processes)
    yield from _of_loop(workspace, processes)
    yield from _of_system(workspace, processes)


def _labels(*more: str) -> tuple[str, ...]:
    return ("workspace", "process", *more)


def _counter(name: str, what: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, what, labels=_labels(*labels))


def _gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, what, labels=_labels(*labels))


def _of_requests(workspace: str, processes: Processes) -> list[Metric]:
    requests = _counter("http_requests", "Requests that were answered.", "method", "route", "status")
    took = HistogramMetricFamily(
        PREFIX + "http_request_seconds", "How long answers took, but for sockets and polls.", labels=_labels()
    )
    refused = _counter("refused", "Requests and frames that were answered with a problem.", "code")
    duplicates = _counter("duplicates", "Contacts and messages that came although they were there already.", "channel")
    sockets = _gauge("sockets", "Websockets that are open.", "kind")
    for name, its in processes.items():
        labels = (workspace, name)
        for method, route, status, number in its.requests:
            requests.add_metric((*labels, method, route, status), number)
        edges = [*(str(edge / 1000) for edge in EDGES_MS), "+Inf"]
        if len(its.request_buckets) == len(edges):  # another release may have others
            buckets = list(zip(edges, accumulate(its.request_buckets), strict=True))
            took.add_metric(labels, buckets, its.request_ms / 1000)
        for code, number in its.refused.items():
            refused.add_metric((*labels, code), number)
        for channel, number in its.duplicates.items():
            duplicates.add_metric((*labels, channel), number)
        for kind in SOCKETS:
            sockets.add_metric((*labels, kind), its.sockets.get(kind, 0))
    return [requests, took, refused, duplicates, sockets]


def _of_store(workspace: str, processes: Processes) -> list[Metric]:
    up = _gauge("store_up", "1 where the process is connected to the store.")
    acts = SummaryMetricFamily(
        PREFIX + "act_seconds", "From the call of an act to its answer by the store.", labels=_labels("act")
    )
    calls = SummaryMetricFamily(
        PREFIX + "store_batch_calls", "Calls that went to the store in one write.", labels=_labels()
    )
    behind = _gauge("events_behind", "Events in the stream that the process has not heard of.")
    for name, its in processes.items():
        labels = (workspace, name)
        up.add_metric(labels, its.store_up)
        for act, number, took_ms in its.acts:
            acts.add_metric((*labels, act), number, took_ms / 1000)
        calls.add_metric(labels, its.store_writes, its.store_calls)
        behind.add_metric(labels, its.events_behind)
    return [up, acts, calls, behind]


def _of_loop(workspace: str, processes: Processes) -> list[Metric]:
    lag = _gauge("loop_lag_seconds", "How late the event loop came to something, at worst, in the last 5 to 10 s.")
    due = _gauge("due_age_seconds", "How long ago the process last looked at the deadlines.")
    for name, its in processes.items():
        lag.add_metric((workspace, name), its.loop_lag_ms / 1000)
        if its.due_age_ms is not None:
            due.add_metric((workspace, name), its.due_age_ms / 1000)
    return [lag, due]


def _of_system(workspace: str, processes: Processes) -> list[Metric]:
    cpu = _counter("process_cpu_seconds", "Processor time that the process has used.")
    memory = _gauge("process_resident_memory_bytes", "Memory of the machine that the process has.")
    start = _gauge("process_start_time_seconds", "When the process began to serve, since 1970.")
    for name, its in processes.items():
        labels = (workspace, name)
        cpu.add_metric(labels, its.cpu_ms / 1000)
        start.add_metric(labels, its.started_at / 1000)
        if its.memory_bytes is not None:
            memory.add_metric(labels, its.memory_bytes)
    return [cpu, memory, start]
