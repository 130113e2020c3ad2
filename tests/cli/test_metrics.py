"""`--metrics`: one of several processes has the listener, and another takes it over whatever becomes of that one."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from router.kit.clock import SystemClock
from tests.helpers.commands import children, command, router, running
from tests.helpers.scraping import read, samples_in
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.helpers.scraping import Sample

TAKEN_OVER_WITHIN_S = 2.0
SAID_WITHIN_S = 10.0


class Prometheus:
    """One who scrapes an address again and again."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._clock = SystemClock()
        self._url = f"http://127.0.0.1:{port}/metrics"
        self.longest_gap_s = 0.0
        """Between two scrapes that were answered."""

    async def scrape(self) -> dict[Sample, float]:
        """The samples, as soon as somebody answers."""
        started_ms = self._clock.monotonic_ms()
        async with asyncio.timeout(SAID_WITHIN_S):
            while True:
                try:
                    said = await read(self._session, self._url)
                except aiohttp.ClientError:
                    continue
                assert said.status == 200
                self.longest_gap_s = max(self.longest_gap_s, (self._clock.monotonic_ms() - started_ms) / 1000)
                return samples_in(said.body)

    async def processes(self, number: int) -> set[str]:
        """The processes that answer for themselves, once there are so many."""
        async with asyncio.timeout(SAID_WITHIN_S):
            while True:
                samples = await self.scrape()
                found = {dict(labels)["process"] for name, labels in samples if name == "contact_router_store_up"}
                if len(found) == number:
                    return found


@asynccontextmanager
async def scraper(port: int) -> AsyncGenerator[Prometheus]:
    # No connection is kept: each scrape asks whoever has the port then.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(5)) as session:
        yield Prometheus(session, port)


def holders(port: int, pids: list[int]) -> list[int]:
    """Which of these processes listen on the port."""
    sockets = {
        f"socket:[{fields[9]}]"
        for fields in (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        if fields[1].endswith(f":{port:04X}") and fields[3] == "0A"
    }
    return [pid for pid in pids if sockets & {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}]


async def offered(data: Path, url: str) -> None:
    """A contact arrives."""
    token = (await command("token", "create", "--data", data, "--role", "adapter")).out.strip()
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.post(f"{url}/contacts", json={"channel": "phone", "external_id": "1"}) as response,
    ):
        assert response.status == 201


def total(samples: dict[Sample, float]) -> float:
    """How many contacts were offered to queues."""
    return sum(value for (name, _), value in samples.items() if name == "contact_router_offered_total")


async def test_when_the_one_that_has_it_is_killed_another_takes_it_over(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    async with (
        router(data, "--processes", "3", "--metrics", f"127.0.0.1:{port}") as (serving, url),
        scraper(port) as it,
    ):
        await offered(data, url)
        await it.processes(3)
        (holder,) = holders(port, children(serving.process))
        assert total(await it.scrape()) == 1
        it.longest_gap_s = 0.0
        os.kill(holder, signal.SIGKILL)
        assert total(await it.scrape()) == 1, "what is counted is counted by nobody in particular"
        assert it.longest_gap_s < TAKEN_OVER_WITHIN_S
        (other,) = holders(port, children(serving.process))
        assert other != holder
        assert await serving.end() == 0
    assert not [line for line in serving.err if "metrics_not_served" in line]


async def test_it_is_handed_over_when_processes_are_replaced_and_ends_with_the_last(tmp_path: Path) -> None:
    port = free_port()
    async with (
        router(tmp_path / "data", "--processes", "2", "--metrics", f"127.0.0.1:{port}") as (serving, _),
        scraper(port) as it,
    ):
        before = await it.processes(2)
        serving.process.send_signal(signal.SIGHUP)
        rolled = asyncio.ensure_future(serving.said("rolled", err=True))
        it.longest_gap_s = 0.0
        while not rolled.done():
            await it.scrape()
        assert it.longest_gap_s < TAKEN_OVER_WITHIN_S
        assert not before & await it.processes(2), "those that ended are gone at once"
        assert await serving.end() == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    assert not [line for line in serving.err if "metrics_not_served" in line]


async def test_of_two_services_of_one_workspace_the_second_waits_quietly(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    metrics = ("--metrics", f"127.0.0.1:{port}")
    async with router(data, *metrics) as (first, _), scraper(port) as it:
        await it.processes(1)
        async with running("serve", "--data", data, "--port", "0", *metrics) as second:
            await second.said("Serving")
            await it.processes(2)
            assert holders(port, [first.process.pid, second.process.pid]) == [first.process.pid]
            assert await first.end() == 0
            await it.processes(1)
            assert holders(port, [second.process.pid]) == [second.process.pid]
            await second.end()
        assert not [line for line in second.err if "metrics_not_served" in line]


async def test_another_program_on_the_port_is_said_once_and_waited_for(tmp_path: Path) -> None:
    port = free_port()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        writer.close()

    other = await asyncio.start_server(talk, "127.0.0.1", port)
    async with router(tmp_path / "data", "--metrics", f"127.0.0.1:{port}") as (serving, _), scraper(port) as it:
        said = await serving.said("metrics_not_served", err=True)
        assert "another program" in said
        other.close()
        await other.wait_closed()
        await it.scrape()
        await serving.end()
    assert len([line for line in serving.err if "metrics_not_served" in line]) == 1


async def test_an_address_that_is_none_is_refused_and_one_of_elsewhere_is_said(tmp_path: Path) -> None:
    for wrong in ("9611", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "nowhere"):
        done = await command("serve", "--data", tmp_path / "data", "--metrics", wrong)
        assert (done.code, "127.0.0.1:9611" in done.err) == (2, True), wrong
    async with router(tmp_path / "data", "--metrics", "192.0.2.1:9611") as (serving, _):
        assert "assign" in await serving.said("metrics_not_served", err=True)
