"""Processes die at any instant: no contact is lost or doubled, nobody carries too much, everything ends."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from router.engine.connection import Connection
from router.engine.embedded import EmbeddedServer
from router.engine.engine import load_library
from router.kit.clock import SystemClock
from tests.chaos.crew import Crew
from tests.chaos.history import History

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.helpers.figures import Figure

PROCESSES = 4
BACK_S = 3.0
"""A killed server is to be back in this time."""
LATE_MS = 1_000
"""A killed router's work is to go on within this time."""
LOADED = 5
"""In so many times the time a machine with other work must do it."""


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
            server,
            on_connect=load_library,
            on_change=watch.changes.put_nowait,
        )
        assert await watch.changes.get()
        yield watch
        await watch.connection.close()
        await server.stop()

    async def kill_server(self) -> float:
        """`kill -9` the server, and wait until it has been started again. Gives how many seconds that took."""
        lines = (await self.connection.call("INFO", "server")).decode().split()
        process_id = next(line for line in lines if line.startswith("process_id:")).partition(":")[2]
        clock = SystemClock()
        killed_ms = clock.monotonic_ms()
        os.kill(int(process_id), signal.SIGKILL)
        assert not await self.changes.get()
        assert await self.changes.get()
        return (clock.monotonic_ms() - killed_ms) / 1000


async def kill_processes(data: Path, contacts: int, every: int, slack: int, figure: Figure) -> None:
    """One of the processes is killed after each so many contacts."""
    async with Watch.on(data) as watch:
        crew, draw, history = Crew(data, PROCESSES, contacts), random.Random(7), History(watch.connection, "chaos")
        for slot in range(PROCESSES):
            await crew.start(slot)
        kills = 0
        for reached in range(every, contacts, every):
            await crew.acknowledged(reached)
            await history.read()
            victim = draw.randrange(PROCESSES)
            await crew.kill(victim)
            await crew.start(victim)
            kills += 1
        await crew.acknowledged(contacts)
        await history.until_ended(contacts)
        await crew.stop()
        found = await history.judged()
    late_ms = found.lateness_ms(0.99) or 0
    figure(
        "routers killed",
        "≥ 500 kills, ≥ 500,000 contacts: 0 lost, 0 doubled, 0 over capacity; its work goes on within 1 s (p99)",
        f"{kills} kills, {contacts:,} contacts: {contacts - len(history.ended)} lost, {len(found.breaches)} breaches;"
        f" {found.late_ms.total():,} timers, p99 {late_ms} ms late",
    )
    assert set(crew.acked.values()) == history.ended.keys()
    assert set(history.ended.values()) == {"contact.closed"}
    assert not crew.complaints, crew.complaints
    assert late_ms <= LATE_MS * slack


async def kill_servers(data: Path, contacts: int, every: int, slack: int, figure: Figure) -> None:
    """The server is killed after each so many contacts."""
    async with Watch.on(data) as watch:
        crew, history = Crew(data, PROCESSES, contacts), History(watch.connection, "chaos")
        for slot in range(PROCESSES):
            await crew.start(slot)
        away_s: list[float] = []
        for reached in range(every, contacts, every):
            await crew.acknowledged(reached)
            await history.read()
            away_s.append(await watch.kill_server())
        await crew.acknowledged(contacts)
        await history.until_ended(contacts)
        await crew.stop()
        found = await history.judged()
    missing = set(crew.acked.values()) - history.ended.keys()
    figure(
        "server killed, fsync always",
        "50 times: 0 of ≥ 100,000 acknowledged contacts missing; back within 3 s",
        f"{len(away_s)} times: {len(missing)} of {contacts:,} missing, {len(found.breaches)} breaches;"
        f" back within {max(away_s):.2f} s",
    )
    assert not missing, missing
    assert len(history.ended) == contacts, "nor was one invented"
    assert not crew.complaints, crew.complaints
    assert max(away_s) <= BACK_S * slack


@pytest.mark.timeout(180)
async def test_every_contact_survives_the_death_of_processes(tmp_path: Path, figure: Figure) -> None:
    await kill_processes(tmp_path, 10_000, 400, LOADED, figure)


@pytest.mark.timeout(180)
async def test_what_was_acknowledged_survives_the_death_of_the_server(tmp_path: Path, figure: Figure) -> None:
    await kill_servers(tmp_path, 5_000, 400, LOADED, figure)


@pytest.mark.soak
@pytest.mark.timeout(3 * 3600)
async def test_half_a_million_contacts_survive_five_hundred_deaths(tmp_path: Path, figure: Figure) -> None:
    await kill_processes(tmp_path, 501_000, 1_000, 1, figure)


@pytest.mark.soak
@pytest.mark.timeout(2 * 3600)
async def test_a_hundred_thousand_acknowledged_survive_fifty_deaths_of_the_server(
    tmp_path: Path, figure: Figure
) -> None:
    await kill_servers(tmp_path, 102_000, 2_000, 1, figure)
