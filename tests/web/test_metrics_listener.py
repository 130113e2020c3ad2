"""The listener for Prometheus: no token, OpenMetrics where asked for, whatever has become of the store."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
from prometheus_client.openmetrics import parser

from router.engine.keys import key
from router.web.metrics_listener import metrics_on
from tests.helpers.floor import operation_of
from tests.helpers.prometheus import promtool
from tests.helpers.scraping import at_root, count_everything, read, sample, samples_in
from tests.helpers.servers import free_port, running
from tests.helpers.service import process_on, service_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from pathlib import Path

    from prometheus_client.metrics_core import Metric

    from tests.helpers.servers import Server
    from tests.helpers.service import Service

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@asynccontextmanager
async def listened(service: Service) -> AsyncGenerator[str]:
    """The listener's address, once it answers."""
    port = free_port()
    async with metrics_on(service.served, ("127.0.0.1", port)):
        url = f"http://127.0.0.1:{port}"
        await until_answered(service.session, url)
        yield f"{url}/metrics"


async def until_answered(session: aiohttp.ClientSession, url: str) -> None:
    """Wait until somebody answers there."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(aiohttp.ClientConnectorError):
                async with session.get(url):
                    return


async def test_nobody_is_asked_for_a_token_and_nothing_else_is_there(server: Server) -> None:
    async with service_on(server, OPERATION) as service, listened(service) as url:
        said = await read(service.session, url)
        assert (said.status, "contact_router_waiting{" in said.body) == (200, True)
        assert said.headers["Content-Type"].startswith("text/plain; version=")
        root = url.removesuffix("/metrics")
        assert service.served.engine.workspace in (await read(service.session, root)).body
        assert (await read(service.session, f"{root}/healthz")).status == 404
        assert (await read(service.session, f"{root}/v1/{service.served.engine.workspace}/queues")).status == 404


async def test_who_asks_for_openmetrics_gets_it(server: Server) -> None:
    async with service_on(server, OPERATION) as service, listened(service) as url:
        await count_everything(service)
        said = await read(service.session, url, Accept=OPEN_METRICS)
        assert said.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert said.body.endswith("# EOF\n")
        parsed: Iterable[Metric] = parser.text_string_to_metric_families(said.body)  # type: ignore[reportUnknownMemberType]
        families = {family.name: family for family in parsed}
        assert families["contact_router_offered"].type == "counter"
        assert families["contact_router_wait_answered_seconds"].type == "histogram"
        plain = await at_root(service, "/metrics", await service.caller("observer"))
        names = {one.name for family in families.values() for one in family.samples}
        assert names == {name for name, _ in samples_in(plain.body)}


async def test_promtool_finds_nothing_wrong(server: Server) -> None:
    async with service_on(server, OPERATION) as service, listened(service) as url:
        await count_everything(service)
        said = await read(service.session, url)
        assert await asyncio.to_thread(promtool, "check", "metrics", given=said.body) == ""


async def test_without_its_store_it_says_so_and_what_the_store_has_disappears(tmp_path: Path) -> None:
    with running("valkey", tmp_path) as server:
        async with process_on(server, operation_of(OPERATION)) as service, listened(service) as url:
            observer = await service.caller("observer")
            await (await service.caller("adapter")).post("/contacts", {"channel": "phone", "external_id": "1"})
            names = {name for name, _ in samples_in((await read(service.session, url)).body)}
            assert {"contact_router_offered_total", "contact_router_waiting", "contact_router_processes"} <= names
            server.process.kill()
            async with asyncio.timeout(10):
                while (await at_root(service, "/readyz")).status == 200:
                    pass
            said = await read(service.session, url)
            samples = samples_in(said.body)
            whose = {"workspace": service.served.engine.workspace, "process": service.served.process}
            assert (said.status, samples[sample("store_up", **whose)]) == (200, 0)
            assert {"contact_router_http_requests_total", "contact_router_due_age_seconds"} <= {n for n, _ in samples}
            assert all(dict(labels).get("process") == whose["process"] for _, labels in samples), "nothing of the floor"
            # Whose token it is cannot be known.
            assert (await at_root(service, "/metrics", observer)).status == 503


async def test_a_store_that_knows_the_workspace_no_more_has_nothing_to_say(server: Server) -> None:
    async with service_on(server, OPERATION) as service, listened(service) as url:
        engine = service.served.engine
        for task in asyncio.all_tasks():
            if task.get_name() in {"pump", "lease", "own", "polled", "operation"}:
                task.cancel()
        await engine.connection.call("DEL", key(engine.workspace, "meta"))
        said = await read(service.session, url)
        assert said.status == 200
        assert all("process" in dict(labels) for _, labels in samples_in(said.body))


async def test_off_is_nowhere(server: Server) -> None:
    async with service_on(server, OPERATION) as service, metrics_on(service.served, None):
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "metrics"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_it_is_let_go_when_the_process_ends(server: Server, host: str) -> None:
    port = free_port()
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    async with service_on(server, OPERATION) as service:
        for _ in range(2):
            async with metrics_on(service.served, (host, port)):
                await until_answered(service.session, f"http://{shown}/")
            with pytest.raises(aiohttp.ClientConnectorError):
                await service.session.get(f"http://{shown}/")
