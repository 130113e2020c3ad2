"""Processes die at any instant: no contact is lost or doubled, nobody carries too much, everything ends."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from router.engine.acts.reading import GetQueue
from router.engine.connection import Connection
from router.engine.embedded import EmbeddedServer
from router.engine.engine import Engine, load_library
from router.engine.stream import read_events
from router.kit.clock import SystemClock
from tests.chaos.crew import Crew
from tests.chaos.history import History
from tests.helpers.consistency import check

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

PROCESSES = 4
CONTACTS = 10_000
EVERY = 400
"""After so many further contacts, something is killed."""


class Watch:
    """This test's own view of the server: its connection, and the changes in it."""

    def __init__(self) -> None:
        self.connection: Connection
        self.changes: asyncio.Queue[bool] = asyncio.Queue()

    @classmethod
    @asynccontextmanager
    async def on(cls, data: Path) -> AsyncGenerator[Watch]:
        """Watch the server of a data directory, as one of its users."""
        watch, server = cls(), await EmbeddedServer.start(data)
        watch.connection = await Connection.open(
            server.address,
            before_connect=server.ensure,
            on_connect=load_library,
            on_change=watch.changes.put_nowait,
        )
        assert await watch.changes.get()
        yield watch
        await watch.connection.close()
        await server.stop()

    async def kill_server(self) -> None:
        """`kill -9` the server, and wait until it has been started again."""
        lines = (await self.connection.call("INFO", "server")).decode().split()
        process_id = next(line for line in lines if line.startswith("process_id:")).partition(":")[2]
        os.kill(int(process_id), signal.SIGKILL)
        assert not await self.changes.get()
        assert await self.changes.get()

    async def until_all_ended(self, history: History, contacts: int) -> None:
        """Read the stream until nothing waits and every contact has ended."""
        engine = Engine(self.connection, "chaos", SystemClock())
        async with asyncio.timeout(120):
            while (await engine.do(GetQueue(queue="private"))).result[0] or len(history.ended) < contacts:
                for event in await read_events(self.connection, "chaos", history.seq):
                    history.read(event)


async def test_ten_thousand_contacts_survive_the_death_of_processes(tmp_path: Path) -> None:
    async with Watch.on(tmp_path) as watch:
        crew, draw, history = Crew(tmp_path, PROCESSES, CONTACTS), random.Random(7), History()
        for slot in range(PROCESSES):
            await crew.start(slot)
        for reached in range(EVERY, CONTACTS, EVERY):
            await crew.acknowledged(reached)
            victim = draw.randrange(PROCESSES)
            await crew.kill(victim)
            await crew.start(victim)
        await crew.acknowledged(CONTACTS)
        await watch.until_all_ended(history, CONTACTS)
        await crew.stop()
        await check(watch.connection, "chaos")
    assert not history.breaches, history.breaches[:3]
    assert set(crew.acked.values()) == history.ended.keys()
    assert set(history.ended.values()) == {"contact.closed"}
    assert not crew.complaints, crew.complaints


async def test_what_was_acknowledged_survives_the_death_of_the_server(tmp_path: Path) -> None:
    contacts = CONTACTS // 2
    async with Watch.on(tmp_path) as watch:
        crew, history = Crew(tmp_path, PROCESSES, contacts), History()
        for slot in range(PROCESSES):
            await crew.start(slot)
        for reached in range(EVERY, contacts, EVERY):
            await crew.acknowledged(reached)
            await watch.kill_server()
        await crew.acknowledged(contacts)
        await watch.until_all_ended(history, contacts)
        await crew.stop()
        await check(watch.connection, "chaos")
    assert not history.breaches, history.breaches[:3]
    assert set(crew.acked.values()) == history.ended.keys()
    assert not crew.complaints, crew.complaints
