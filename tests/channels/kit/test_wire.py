"""The channel's socket: who has the account keeps it through the death of a router, and loses it when frozen."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from channels.kit.health import Health
from channels.kit.router import RouterClient
from channels.kit.timing import PacedTime
from channels.kit.wire import Wire
from router.domain.wire.frames import ChannelSnapshot, CommandFrame
from router.engine.stream import read_events
from tests.chaos.served import WORKSPACE, served
from tests.helpers.service import service_on

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from channels.kit.wire import Frame
    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"], phone = "PJSIP/1001" }
"""
LEASE_S = 4
TAKEN_OVER_WITHIN_S = 5.0
"""Of the wall's time, from when the one that has the account freezes."""
BACK_WITHIN_S = 5.0
"""From the death of the router; until a holder was known the account was free after 15 s."""


@asynccontextmanager
async def wire_to(url: str, token: str, channel: str, heard: asyncio.Queue[Frame]) -> AsyncGenerator[Wire]:
    """A wire that runs while the context lasts."""
    time, health = PacedTime(), Health()
    router = RouterClient(url, token, time, health)
    wire = Wire(router, channel, "main", time, health, LEASE_S)
    running = asyncio.create_task(wire.run(heard.put_nowait, lambda: None))
    try:
        yield wire
    finally:
        running.cancel()
        await asyncio.wait([running])
        await router.close()


async def test_one_that_stands_by_takes_over_from_a_frozen_one(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, time = await service.caller("adapter", channel="pbx"), PacedTime()
        query = f"account=main&holder=frozen-one&lease_s={LEASE_S}"
        url = f"{service.url}/channels/pbx/live?{query}"
        async with service.session.ws_connect(url, headers=adapter.headers, autoping=False) as frozen:
            assert (await frozen.receive_json())["type"] == "snapshot"
            heard: asyncio.Queue[Frame] = asyncio.Queue()
            async with wire_to(service.url, adapter.secret or "", "pbx", heard) as wire:
                for _ in range(2):
                    ping = await frozen.receive()
                    await frozen.pong(ping.data)
                frozen_ms = time.monotonic_ms()
                # From here it answers nothing any more.
                async with asyncio.timeout(10):
                    await wire.held.wait()
                took_s = (time.monotonic_ms() - frozen_ms) / 1000
                assert LEASE_S * 0.9 < took_s < TAKEN_OVER_WITHIN_S
                assert isinstance(heard.get_nowait(), ChannelSnapshot)


async def test_who_has_the_account_is_back_at_once_when_its_router_was_killed(tmp_path: Path) -> None:
    heard: asyncio.Queue[Frame] = asyncio.Queue()
    async with (
        served(tmp_path, agents=1, processes=2) as serving,
        wire_to(serving.url, serving.adapter, "phone", heard) as wire,
    ):
        async with asyncio.timeout(10):
            await wire.held.wait()
        killed_ms = await kill_its_router(serving.routers(), wire)
        async with asyncio.timeout(20):
            await wire.held.wait()
        assert (PacedTime().monotonic_ms() - killed_ms) / 1000 < BACK_WITHIN_S
        assert heard.qsize() == 2
        async with serving.store() as connection:
            events = await read_events(connection, WORKSPACE)
        told = [event.type for event in events if event.type.startswith("channel.")]
        assert told == ["channel.up", "channel.up"], "the account was never without a holder"


async def kill_its_router(routers: list[int], wire: Wire) -> int:
    """Kill routers until the wire's socket breaks; when the one that had it was killed."""
    time = PacedTime()
    for router in routers:
        killed_ms = time.monotonic_ms()
        os.kill(router, signal.SIGKILL)
        try:
            async with asyncio.timeout(1):
                await wire.lost.wait()
        except TimeoutError:
            continue
        return killed_ms
    raise AssertionError("the socket outlived every router")


async def test_a_command_is_heard(server: Server) -> None:
    async with service_on(server, OPERATION) as service:
        adapter, anna = await service.caller("adapter"), await service.caller("agent", agent="anna")
        await adapter.put("/channels/pbx", {"capabilities": ["digits"]})
        await anna.get("/agents/anna/work")
        await anna.put("/agents/anna/presence", {"presence": "available"})
        contact = (await adapter.post("/contacts", {"channel": "pbx", "external_id": "1"})).body
        await anna.post(f"/offers/{contact['offer']}/accept")
        await adapter.post(f"/contacts/{contact['id']}/connected")
        heard: asyncio.Queue[Frame] = asyncio.Queue()
        async with wire_to(service.url, adapter.secret or "", "pbx", heard), asyncio.timeout(10):
            assert isinstance(await heard.get(), ChannelSnapshot)
            await anna.post(f"/contacts/{contact['id']}/commands", {"command": "digits", "args": {"digits": "4711#"}})
            while not isinstance(frame := await heard.get(), CommandFrame):
                pass
            assert (frame.command.do, frame.command.args, frame.command.state) == (
                "digits",
                {"digits": "4711#"},
                "open",
            )
