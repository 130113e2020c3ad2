"""A service's figures as Prometheus reads them, and its floor on which time passes as a test says."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from router.domain.figures import EDGES_S, FIGURES
from router.engine.acts.reading import GetChannels
from router.engine.keys import key
from tests.helpers.floor import Floor, process_of
from tests.helpers.service import Said

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    import aiohttp
    from prometheus_client.metrics_core import Metric

    from tests.helpers.servers import Server
    from tests.helpers.service import Caller, Service

AHEAD_MS = 3_600_000
"""So far that the service's own clock stays behind while a test lasts."""
Sample = tuple[str, frozenset[tuple[str, str]]]
"""A series: its name and its labels."""


def series(name: str, **labels: str) -> Sample:
    """The series of this name and these labels."""
    return name, frozenset(labels.items())


def sample(name: str, **labels: str) -> Sample:
    """The same of ours; `name` without its prefix."""
    return series(f"contact_router_{name}", **labels)


def samples_of(families: Iterable[Metric]) -> dict[Sample, float]:
    """Every series with its value."""
    return {series(one.name, **one.labels): one.value for family in families for one in family.samples}


def samples_in(text: str) -> dict[Sample, float]:
    """Every series of what Prometheus reads, with its value."""
    return samples_of(text_string_to_metric_families(text))


async def read(session: aiohttp.ClientSession, url: str, **headers: str) -> Said:
    """One request outside the workspace; names of headers are written with underscores."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    async with session.get(url, headers=said) as response:
        return Said(response.status, await response.text(), response.headers)


async def at_root(service: Service, path: str, caller: Caller | None = None, **headers: str) -> Said:
    """One request outside the workspace, by whoever it is."""
    url = service.url.partition("/v1/")[0] + path
    return await read(service.session, url, **(caller.headers if caller else {}), **headers)


async def scraped(service: Service) -> list[Metric]:
    """Every family with its samples, as an observer reads them at the API's port."""
    said = await at_root(service, "/metrics", await service.caller("observer"))
    assert said.status == 200, said.body
    return list(text_string_to_metric_families(said.body))


async def scrape(service: Service) -> dict[Sample, float]:
    """Every series with its value, as an observer reads it."""
    return samples_of(await scraped(service))


@asynccontextmanager
async def floor_of(server: Server, service: Service) -> AsyncGenerator[Floor]:
    """The floor that a service with a pace serves. Its clock is ahead of the service's, which follows it."""
    engine = service.served.engine
    assert engine.given_ms is not None
    async with process_of(server, engine.workspace, given_ms=engine.given_ms + AHEAD_MS) as other:
        floor = Floor(other)
        await floor.apply(service.served.current.operation)
        yield floor


async def count_everything(service: Service) -> None:
    """Let there be something of every figure: each as if it had been counted once, an account, a process that works."""
    engine = service.served.engine
    rows: list[str] = []
    for figure in FIGURES:
        row = "|".join([figure.name, *("x" for _ in figure.labels), *(["refund"] if figure.each else [])])
        parts = [f"{row}|{len(EDGES_S)}", f"{row}|sum"] if figure.kind == "histogram" else [row]
        rows += [word for part in parts for word in (part, "1")]
    await engine.connection.call("HSET", key(engine.workspace, "figures"), *rows)
    adapter = await service.caller("adapter")
    await adapter.put("/channels/phone", {"retries": 1})
    for _ in range(2):
        await adapter.post("/contacts", {"channel": "phone", "external_id": "1"})
    await adapter.get("/queues")
    while all(account.heard_at is None for account in (await engine.do(GetChannels())).result):
        await service.served.own.say()
