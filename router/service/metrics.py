"""The figures as Prometheus reads them: `contact_router_…`, in seconds, with the labels of the operation.

Counters and histograms are those of the engine, so they survive restarts, and every process answers the same. While the
store is away they are not there at all: a number that stands still would look like a queue that does. What each process
does is there for all processes that have said so of late, and for this one always.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from router.domain.figures import EDGES_S, FIGURES, Figure
from router.engine.stream import read_figures
from router.kit.errors import RouterError
from router.service.gauges import PREFIX, gauges, read_floor
from router.service.process_metrics import of_processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client.metrics_core import Metric

    from router.domain.process import ProcessFigures
    from router.service.gauges import Floor
    from router.service.served import Served

LIMIT_S: Final = 3.0
"""A store that takes longer is away: Prometheus itself waits ten seconds."""

_RENAMED: Final = {"from_queue": "queue", "queue": "to_queue"}
"""Labels of the figures of a contact that leaves a queue: the queue is the one that it leaves."""

_LEFT: Final = {"was": "state"}
"""Of the figures of an agent who leaves a state: the state is that one."""

_BY_NAME: Final = {figure.name: figure for figure in FIGURES}


async def metrics(served: Served, accept: str = "") -> tuple[bytes, str]:
    """Everything that is known now, in the form that `accept` asks for, and that form's name.

    OpenMetrics is one of them. It is put into words beside the event loop, for a hundred queues make many.
    """
    floor = figures = None
    try:
        async with asyncio.timeout(LIMIT_S):
            floor = await read_floor(served)
            figures = await read_figures(served.engine.connection, served.engine.workspace)
    except (RouterError, TimeoutError):  # also a store that was emptied knows nothing of the workspace
        floor = None
    processes = (floor.processes if floor else {}) | {served.process: served.own.figures()}
    return await asyncio.to_thread(_in_words, served.engine.workspace, floor, figures, processes, accept)


def _in_words(
    workspace: str,
    floor: Floor | None,
    figures: Mapping[str, int] | None,
    processes: Mapping[str, ProcessFigures],
    accept: str,
) -> tuple[bytes, str]:
    families = list(of_processes(workspace, processes))
    if floor is not None and figures is not None:
        families += gauges(workspace, floor)
        families += families_of(workspace, figures)
    registry = CollectorRegistry()
    registry.register(_Known([family for family in families if family.samples]))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def families_of(workspace: str, figures: Mapping[str, int]) -> list[Metric]:
    """Figures as the engine keeps them, `name|label|…` → number, as counters and histograms.

    A row with another number of labels was counted by another release.
    """
    rows: dict[str, dict[tuple[str, ...], dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row, number in figures.items():
        name, _, rest = row.partition("|")
        figure = _BY_NAME.get(name)
        if figure is not None:
            labels, part = _split(figure, rest)
            if len(labels) == len(labels_of(figure)):
                rows[name][labels][part] = number
    return [_family(workspace, _BY_NAME[name], rows[name]) for name in _BY_NAME if name in rows]


def labels_of(figure: Figure) -> tuple[str, ...]:
    """The names of a figure's labels, after the workspace."""
    renamed = _RENAMED if "from_queue" in figure.labels else _LEFT
    named = tuple(renamed.get(label, label) for label in figure.labels)
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
    if figure.kind != "histogram":
        counter = CounterMetricFamily(PREFIX + figure.name, what, labels=names)
        for labels, parts in rows.items():
            counter.add_metric((workspace, *labels), parts[""] / 1000 if figure.kind == "sum" else parts[""])
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


class _Known(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
