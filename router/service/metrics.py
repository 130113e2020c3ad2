"""The figures as Prometheus reads them: `contact_router_…`, in seconds, with the labels of the operation.

Counters and histograms are those of the engine, so they survive restarts, and every process answers the same. While the
store is away they are not there at all: a number that stands still would look like a queue that does.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from router.domain.figures import EDGES_S, FIGURES, Figure
from router.engine.stream import read_figures
from router.kit.errors import Fault
from router.service.queues import queues_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client.metrics_core import Metric

    from router.domain.wire.answers import Queue
    from router.service.served import Served

PREFIX: Final = "contact_router_"

LIMIT_S: Final = 3.0
"""A store that takes longer is away: Prometheus itself waits ten seconds."""

_RENAMED: Final = {"from_queue": "queue", "queue": "to_queue"}
"""Labels of the figures of a contact that leaves a queue: the queue is the one that it leaves."""

_BY_NAME: Final = {figure.name: figure for figure in FIGURES}


async def metrics(served: Served) -> CollectorRegistry:
    """Everything that is known now."""
    workspace, families = served.engine.workspace, list(_of_process(served))
    try:
        async with asyncio.timeout(LIMIT_S):
            queues = await queues_now(served)
            figures = await read_figures(served.engine.connection, workspace)
    except (Fault, TimeoutError):
        pass
    else:
        families += _gauges(workspace, queues)
        families += families_of(workspace, figures)
    registry = CollectorRegistry()
    registry.register(_Known(families))
    return registry


def families_of(workspace: str, figures: Mapping[str, int]) -> list[Metric]:
    """Figures as the engine keeps them, `name|label|…` → number, as counters and histograms."""
    rows: dict[str, dict[tuple[str, ...], dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row, number in figures.items():
        name, _, rest = row.partition("|")
        figure = _BY_NAME.get(name)
        if figure is not None:
            labels, part = _split(figure, rest)
            rows[name][labels][part] = number
    return [_family(workspace, _BY_NAME[name], rows[name]) for name in _BY_NAME if name in rows]


def labels_of(figure: Figure) -> tuple[str, ...]:
    """The names of a figure's labels, after the workspace."""
    named = (
        figure.labels
        if "from_queue" not in figure.labels
        else tuple(_RENAMED.get(label, label) for label in figure.labels)
    )
    return (*named, "power") if figure.each else named


def _split(figure: Figure, rest: str) -> tuple[tuple[str, ...], str]:
    """The labels of a row, and the part of a histogram (`sum` or a bucket's number).

    The customer's type is any word of an adapter's, so a bar in it is its own.
    """
    parts = rest.split("|")
    part = parts.pop() if figure.kind == "histogram" else ""
    names = labels_of(figure)
    more = len(parts) - len(names)
    if more > 0 and "customer_type" in names:
        place = names.index("customer_type")
        parts[place : place + more + 1] = ["|".join(parts[place : place + more + 1])]
    return tuple(parts), part


def _family(workspace: str, figure: Figure, rows: Mapping[tuple[str, ...], Mapping[str, int]]) -> Metric:
    names, what = ("workspace", *labels_of(figure)), _meaning(figure.name)
    if figure.kind == "counter":
        counter = CounterMetricFamily(PREFIX + figure.name, what, labels=names)
        for labels, parts in rows.items():
            counter.add_metric((workspace, *labels), parts[""])
        return counter
    histogram = HistogramMetricFamily(f"{PREFIX}{figure.name}_seconds", what, labels=names)
    for labels, parts in rows.items():
        histogram.add_metric((workspace, *labels), _buckets(parts), parts.get("sum", 0) / 1000)
    return histogram


def _buckets(parts: Mapping[str, int]) -> list[tuple[str, float]]:
    """Values up to each edge, as Prometheus counts them."""
    total, found = 0, list[tuple[str, float]]()
    for place, edge in enumerate([*map(str, EDGES_S), "+Inf"], start=1):
        total += parts.get(str(place), 0)
        found.append((edge if edge == "+Inf" else f"{edge}.0", total))
    return found


def _meaning(name: str) -> str:
    events = sorted({figure.event for figure in FIGURES if figure.name == name})
    return f"Counted at {', '.join(events)}."


def _gauges(workspace: str, queues: Iterable[Queue]) -> Iterable[Metric]:
    by_queue = ("workspace", "queue")
    waiting = GaugeMetricFamily(PREFIX + "waiting", "Contacts that nobody has answered yet.", labels=by_queue)
    longest = GaugeMetricFamily(
        PREFIX + "longest_wait_seconds", "The wait so far of the contact that has waited longest.", labels=by_queue
    )
    agents = GaugeMetricFamily(
        PREFIX + "agents", "Agents who may take from the queue, by state.", labels=(*by_queue, "state")
    )
    is_open = GaugeMetricFamily(PREFIX + "queue_open", "1 where the queue takes new contacts now.", labels=by_queue)
    for queue in queues:
        labels = (workspace, queue.id)
        waiting.add_metric(labels, queue.waiting)
        longest.add_metric(labels, queue.longest_wait_s or 0)
        is_open.add_metric(labels, queue.open)
        for state, count in queue.agents.items():
            agents.add_metric((*labels, state), count)
    return waiting, longest, agents, is_open


def _of_process(served: Served) -> Iterable[Metric]:
    up = GaugeMetricFamily(PREFIX + "store_up", "1 where this process is connected to the store.")
    up.add_metric((), served.health.store_connected)
    yield up
    since = served.health.since_due_ms
    if since is not None:
        due = GaugeMetricFamily(PREFIX + "due_age_seconds", "How long ago this process last looked at the deadlines.")
        due.add_metric((), since / 1000)
        yield due


class _Known(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
