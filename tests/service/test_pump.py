"""The pump after the store was away."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from router.engine.acts.agents import Connect, Renew
from router.engine.address import Address
from router.engine.connection import Connection
from router.kit.ids import IdSource
from router.service import pump
from router.service.contacts import Contacts
from router.service.pump import Pump
from tests.helpers.floor import floor_on, process_of
from tests.helpers.proxy import proxied
from tests.helpers.turns import turn

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.helpers.servers import Server

OPERATION = """
[queues.private]
target_s = 40
[[routes]]
queue = "private"
[agents]
anna = { queues = ["private"], media = ["voice"] }
"""


async def test_who_comes_back_first_waits_for_the_others(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every lease is as old as the absence: the first `Due` would end those of all who are not back yet."""
    monkeypatch.setattr(pump, "LONG_AWAY", 1)
    monkeypatch.setattr(pump, "LONGEST_PAUSE_S", 0.01)
    monkeypatch.setattr(pump, "OTHERS_S", 0.5)
    path = Address(path=str(tmp_path / "proxy.sock"))
    async with floor_on(server, OPERATION) as floor:
        await floor.do(Connect(agent="anna", connection="desk", process="other"))
        await floor.choose("anna", "available")
        back, ran = asyncio.Event(), asyncio.Event()

        async def on_return() -> None:
            await engine.do(Renew(process="first"))
            back.set()

        async with proxied(server.address, path):
            first = process_of(dataclasses.replace(server, address=path), floor.engine.workspace, given_ms=floor.now)
            engine = await first.__aenter__()
        floor.jump(16)
        engine.given_ms = floor.now
        working = Pump(engine, Contacts(engine, floor.current, IdSource()), 1.0, ran.set, on_return)
        assert isinstance(engine.connection, Connection)
        while engine.connection.connected:
            await turn()
        task = asyncio.create_task(working.run())
        try:
            await turn()
            async with proxied(server.address, path):
                await back.wait()
                for _ in range(50):  # the other one takes a while
                    await floor.agent("anna")
                await floor.do(Renew(process="other"))
                await ran.wait()
                assert await floor.events("agent.lost") == []
        finally:
            task.cancel()
            await asyncio.wait([task])
            await first.__aexit__(None, None, None)
