"""How late timers fire, while little happens and under a load of posts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.chaos.clients import Clients
from tests.chaos.history import History
from tests.chaos.served import WORKSPACE, complaints, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.figures import Figure

AGENTS = 60
SILENT = [f"agent{number}" for number in range(20)]
TALK_S = 0.2
WRAP_UP_S = 1
IDLE_RATE, LOADED_RATE = 10, 200
IDLE_MS, LOADED_MS = 100, 250
NOISE = 15
"""What the short form allows for a machine that does other things beside."""


async def fire(directory: Path, rate: int, seconds: int, late_ms: int, figure: Figure) -> None:
    """Contacts arrive at a rate; wrap-ups and offers that nobody takes end by time, which is to be no later than so."""
    async with served(directory, agents=AGENTS, processes=2, wrap_up_s=WRAP_UP_S) as serving:
        clients = Clients(serving.url, TALK_S)
        async with (
            serving.desks(clients, but=SILENT) as phone,
            serving.silent(SILENT),
            clients.arriving(phone, rate),
        ):
            await asyncio.sleep(seconds)
        async with serving.store() as store:
            found = await History(store, WORKSPACE).judged()
    bugs, p99_ms = complaints(directory), found.lateness_ms(0.99) or 0
    figure(
        f"timers, {rate} contacts a second",
        "p99 late ≤ 100 ms idle, ≤ 250 ms loaded",
        f"{found.late_ms.total():,} timers: p50 {found.lateness_ms(0.5)} ms, p99 {p99_ms} ms,"
        f" {max(found.late_ms)} ms at most",
    )
    assert found.late_ms.total() >= seconds, "wrap-ups and offers ended by time"
    assert p99_ms <= late_ms
    assert not clients.complaints, clients.complaints[:3]
    assert not bugs, bugs[:3]


@pytest.mark.timeout(120)
async def test_timers_fire_on_time_when_little_happens(tmp_path: Path, figure: Figure) -> None:
    await fire(tmp_path, IDLE_RATE, 10, NOISE * IDLE_MS, figure)


@pytest.mark.timeout(120)
async def test_timers_fire_on_time_under_load(tmp_path: Path, figure: Figure) -> None:
    await fire(tmp_path, LOADED_RATE, 10, NOISE * LOADED_MS, figure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_timers_fire_on_time_for_minutes_when_little_happens(tmp_path: Path, figure: Figure) -> None:
    await fire(tmp_path, IDLE_RATE, 120, IDLE_MS, figure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_timers_fire_on_time_for_minutes_under_load(tmp_path: Path, figure: Figure) -> None:
    await fire(tmp_path, LOADED_RATE, 120, LOADED_MS, figure)
