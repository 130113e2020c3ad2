"""Whether a process lives and takes requests, with and without its store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.helpers.floor import operation_of
from tests.helpers.scraping import at_root
from tests.helpers.servers import running
from tests.helpers.service import process_on, service_on

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.servers import Server

OPERATION = """
[queues]
private = { target_s = 40 }
corporate = { target_s = 10 }
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
boris = { queues = ["private", "corporate"], media = ["voice"] }
"""


async def test_a_process_that_serves_is_alive_and_ready(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        assert (await at_root(service, "/healthz")).status == 200
        ready = await at_root(service, "/readyz")
        assert (ready.status, ready.body) == (200, '{"ready":true,"wrong":[]}')


async def test_one_that_shuts_down_is_alive_and_not_ready(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        service.served.closing.set()
        ready = await at_root(service, "/readyz")
        assert (ready.status, ready.headers["Retry-After"]) == (503, "1")
        assert "shutting down" in ready.body
        assert (await at_root(service, "/healthz")).status == 200


async def test_without_its_store_it_is_alive_and_not_ready(tmp_path: Path) -> None:
    with running("valkey", tmp_path) as server:
        async with process_on(server, operation_of(OPERATION)) as service:
            assert (await at_root(service, "/readyz")).status == 200
            server.process.kill()
            async with asyncio.timeout(10):
                while (await at_root(service, "/readyz")).status == 200:
                    pass
            ready = await at_root(service, "/readyz")
            assert (ready.status, ready.headers["Retry-After"]) == (503, "1")
            assert "store" in ready.body
            assert (await at_root(service, "/healthz")).status == 200, "to start it anew would mend nothing"
