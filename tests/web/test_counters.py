"""Every counter of /metrics is what the events say, also after the store and the router were started anew."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from router.domain.figures import EDGES_S, FIGURES
from router.service.metrics import labels_of
from tests.fundamentals import test_figures as story
from tests.helpers.floor import operation_of
from tests.helpers.scraping import floor_of, samples_of, scraped, series
from tests.helpers.servers import DURABLE, running
from tests.helpers.service import process_on
from tests.helpers.workload import play
from tests.model.figures import figures_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from prometheus_client.metrics_core import Metric

    from router.domain.events import Event
    from tests.helpers.floor import Floor
    from tests.helpers.scraping import Sample

PREFIX = "contact_router_"
EDGES = (*(f"{float(edge)}" for edge in EDGES_S), "+Inf")
BY_NAME = {figure.name: figure for figure in FIGURES}
FAMILIES = {PREFIX + name + ("_seconds" if figure.kind == "histogram" else "") for name, figure in BY_NAME.items()}
SAID_BY_ADAPTERS = {"contact_router_channel_retries"}
"""Counters that no event tells of."""


def told(workspace: str, events: Iterable[Event]) -> dict[Sample, float]:
    """The series that the events give."""
    found: dict[Sample, float] = {}
    for row, number in figures_of(events).items():
        name, *values = row.split("|")
        figure = BY_NAME[name]
        part = values.pop() if figure.kind == "histogram" else ""
        labels = {"workspace": workspace, **dict(zip(labels_of(figure), values, strict=True))}
        if not part:
            found[series(f"{PREFIX}{name}_total", **labels)] = number / 1000 if figure.value else number
        elif part == "sum":
            found[series(f"{PREFIX}{name}_seconds_sum", **labels)] = number / 1000
        else:
            spread = {series(f"{PREFIX}{name}_seconds_bucket", **labels, le=edge): edge for edge in EDGES}
            for place, one in enumerate(spread, 1):
                found[one] = found.get(one, 0) + (number if place >= int(part) else 0)
            total = series(f"{PREFIX}{name}_seconds_count", **labels)
            found[total] = found.get(total, 0) + number
    return found


def counted(families: Iterable[Metric]) -> dict[Sample, float]:
    """The counters and histograms of the scrape, but for those that a process counts of itself."""
    found: list[Metric] = []
    for family in families:
        own = any("process" in sample.labels for sample in family.samples)
        if family.type in {"counter", "histogram"} and not own and family.name not in SAID_BY_ADAPTERS:
            assert family.name in FAMILIES, f"{family.name} is not told by events"
            found.append(family)
    return samples_of(found)


async def lively(floor: Floor) -> None:
    """Something of every kind, then a busy hour at random."""
    await story.everything(floor)
    await floor.apply(story.OPERATION)
    await play(floor, random.Random(12), moves=150)
    await floor.advance(60)


def differences(one: Mapping[Sample, float], other: Mapping[Sample, float]) -> list[str]:
    """Where they are not the same."""
    return sorted(
        f"{name} {dict(labels)}: {one.get((name, labels))}, not {other.get((name, labels))}"
        for name, labels in {*one, *other}
        if one.get((name, labels)) != other.get((name, labels))
    )


async def test_every_counter_is_what_the_events_say_and_survives_a_restart(tmp_path: Path) -> None:
    with running("valkey", tmp_path, *DURABLE) as server:
        async with (
            process_on(server, operation_of(story.ASKING), pace=1) as service,
            floor_of(server, service) as floor,
        ):
            await lively(floor)
            workspace = floor.engine.workspace
            before = counted(await scraped(service))
            assert not differences(before, told(workspace, await floor.events()))
            names = {name.removesuffix("_total").removesuffix("_count") for name, _ in before}
            assert names >= FAMILIES, "all has happened"
    with running("valkey", tmp_path, *DURABLE) as server:  # killed, and begun anew from its log
        async with process_on(server, workspace, pace=1) as service:
            assert not differences(counted(await scraped(service)), before)
            async with floor_of(server, service) as floor:
                await floor.advance(1)
                await floor.leave(await floor.post())
                after = counted(await scraped(service))
                assert differences(after, before)
                assert not differences(after, told(workspace, await floor.events()))
