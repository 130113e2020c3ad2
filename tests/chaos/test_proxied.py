"""Two services on one store behind one proxy, as in deploy/compose.yaml: replaced one after the other under load."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.chaos.clients import Clients, until_ready
from tests.chaos.history import lost_between
from tests.chaos.served import STOPPED_WITHIN_S, WORKSPACE, Serving, complaints
from tests.helpers import composed
from tests.helpers.program import operation_file, tokens
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.helpers.figures import Figure

AGENTS = 10
RATE = 30
ROUTERS = ("router-1", "router-2")
LOOKED_S = 3.0
"""The proxy looks once a second. Deployers wait for 5 s."""


class Routers:
    """The services behind the proxy, by their names in compose.yaml."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.ports = {name: free_port() for name in ROUTERS}
        self.figures = {name: free_port() for name in ROUTERS}
        self.proxy_figures = free_port()
        self._url = url
        self._processes: dict[str, Process] = {}

    async def start(self, name: str) -> None:
        """Start it, until it says itself that it is ready."""
        said = [
            word.replace("/etc/contact-router", str(self.directory))
            .replace(":9611", f":{self.figures[name]}")
            .replace("${PROCESSES:-2}", "1")
            .replace("${CHANNELS:-}", "")
            for word in composed.services()[name]["command"]
        ]
        with (self.directory / "serve.log").open("ab") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "router", *said, "--port", str(self.ports[name])),
                env=os.environ | {"CONTACT_ROUTER_REDIS": self._url}, stderr=log,
            )  # fmt: skip
        await until_ready("127.0.0.1", self.ports[name])

    async def stop(self, name: str) -> None:
        """Let it end as an engine does, and well."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPPED_WITHIN_S):
            assert await process.wait() == 0

    async def stop_all(self) -> None:
        for name in list(self._processes):
            await self.stop(name)


@asynccontextmanager
async def composed_service(directory: Path) -> AsyncGenerator[tuple[Serving, Routers]]:
    """The store, two routers and the proxy, once they are ready."""
    port = free_port()
    operation_file(directory, WORKSPACE, AGENTS)
    (directory / "channels.toml").touch()
    with composed.store(directory) as url:
        routers = Routers(directory, url)
        places = {":8080": port, ":9611": routers.proxy_figures}
        places |= {f"{name}:8080": number for name, number in routers.ports.items()}
        places |= {f"{name}:9611": number for name, number in routers.figures.items()}
        try:
            await asyncio.gather(*(routers.start(name) for name in ROUTERS))
            with composed.proxy(directory, places):
                await until_ready("127.0.0.1", port)
                place = {"url": url}
                adapter, agents = await tokens(place)
                process = await asyncio.create_subprocess_exec("true")
                yield Serving(process, place, "127.0.0.1", port, adapter, agents), routers
        finally:
            await routers.stop_all()


def unserved(of: list[int]) -> aiohttp.TraceConfig:
    """Notes the statuses with which the proxy itself answers, since there is no router that it could ask."""
    config = aiohttp.TraceConfig()

    async def ended(_session: Any, _context: Any, params: aiohttp.TraceRequestEndParams) -> None:
        if params.response.content_type == "text/html":
            of.append(params.response.status)

    config.on_request_end.append(ended)
    return config


@pytest.mark.timeout(180)
async def test_replacing_one_router_after_the_other_loses_no_request(tmp_path: Path, figure: Figure) -> None:
    async with composed_service(tmp_path) as (serving, routers):
        clients, by_proxy, scraped = Clients(serving.url), list[int](), list[str]()
        async with serving.desks(clients), serving.session(serving.adapter, unserved(by_proxy)) as phone:
            async with clients.arriving(phone, RATE):
                for name in ROUTERS:
                    await asyncio.sleep(LOOKED_S)
                    await routers.stop(name)
                    await asyncio.sleep(LOOKED_S)
                    async with phone.get(f"http://127.0.0.1:{routers.proxy_figures}/metrics") as response:
                        scraped.append(await response.text())
                    await routers.start(name)
            history = await serving.judged(len(clients.acked))
            async with serving.store() as store:
                lost, taken_back = await lost_between(store, WORKSPACE, 0, history.seq)
    bugs = complaints(tmp_path)
    figure(
        "two services behind a proxy, replaced one after the other under load",
        "no request lost, 0 breaches",
        f"{len(clients.acked):,} contacts: {clients.unanswered} requests unanswered, {len(by_proxy)} unserved,"
        f" 0 breaches; desks came back {clients.reconnects} times",
    )
    assert not clients.unanswered
    assert not by_proxy, "there was always a router"
    assert all("contact_router_waiting{" in text for text in scraped), "and one that had the figures"
    assert clients.reconnects >= AGENTS, "each desk was sent to the other router"
    assert set(history.ended) == clients.acked
    assert set(history.ended.values()) == {"contact.closed"}
    assert not lost, "each desk was back before its lease ran out"
    assert not taken_back
    assert not clients.complaints, clients.complaints[:3]
    assert not bugs, bugs[:3]
