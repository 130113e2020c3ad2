"""Clients that dribble: closed in their time, while others are served and memory stays."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from router.kit.clock import SystemClock
from tests.chaos.served import WORKSPACE, Serving, served
from tests.chaos.wire import connected

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.figures import Figure

HEADERS_S, BODY_S = 10.0, 30.0
MORE_KIB = 32 * 1024
SERVED_WITHIN_S = 1.0
SLACK_S = 1.5
"""What thousands of connections that are opened at once may take to be."""
LOADED_S = 6.0
"""The same, and all else, where the machine has other work."""


async def dribble(port: int, head: bytes, every_s: float) -> float:
    """Send a head at once and then a byte from time to time. Gives the seconds until the server closes."""
    clock = SystemClock()
    async with asyncio.timeout(60), connected(port) as (reader, writer):
        started_ms = clock.monotonic_ms()
        writer.write(head)

        async def drip() -> None:
            while True:
                await asyncio.sleep(every_s)
                writer.write(b"x")

        dripping = asyncio.create_task(drip())
        with contextlib.suppress(ConnectionError):
            while await reader.read(4096):
                pass
        dripping.cancel()
        return (clock.monotonic_ms() - started_ms) / 1000


async def be_served(serving: Serving, done: asyncio.Event) -> float:
    """Post now and then, as a good client. Gives the longest wait for an answer."""
    clock, longest_s, number = SystemClock(), 0.0, 0
    async with serving.session(serving.adapter) as session:
        while not done.is_set():
            started_ms, number = clock.monotonic_ms(), number + 1
            body = {"channel": "phone", "external_id": str(number)}
            async with session.post(f"{serving.url}/contacts", json=body) as response:
                assert response.status == 201
            longest_s = max(longest_s, (clock.monotonic_ms() - started_ms) / 1000)
            await asyncio.sleep(0.1)
    return longest_s


async def be_slow(directory: Path, clients: int, slack_s: float, figure: Figure) -> None:
    """Half of the clients are slow in their headers, half in their body."""
    async with served(directory, agents=1, processes=2) as serving:
        line = f"POST /v1/{WORKSPACE}/contacts HTTP/1.1\r\nHost: localhost\r\n"
        headers = (line + "X-Slow: ").encode()
        body = (line + f"Authorization: Bearer {serving.adapter}\r\nContent-Length: 200\r\n\r\n").encode()
        async with asyncio.TaskGroup() as group:
            done = asyncio.Event()
            good = group.create_task(be_served(serving, done))
            await asyncio.sleep(2)
            before_kib = serving.resident_kib()
            in_headers = [group.create_task(dribble(serving.port, headers, 0.5)) for _ in range(clients // 2)]
            in_body = [group.create_task(dribble(serving.port, body, 0.5)) for _ in range(clients // 2)]
            most_kib = before_kib
            while not all(task.done() for task in in_body):
                await asyncio.sleep(0.5)
                most_kib = max(most_kib, serving.resident_kib())
            done.set()
    headers_s, body_s = max(task.result() for task in in_headers), max(task.result() for task in in_body)
    figure(
        f"{clients:,} slow clients",
        "closed ≤ 10 s in headers, ≤ 30 s in body; memory + ≤ 32 MB",
        f"closed in {headers_s:.1f} s and {body_s:.1f} s; memory + {(most_kib - before_kib) / 1024:.1f} MiB;"
        f" a good client waited {good.result() * 1000:.0f} ms at most",
    )
    assert headers_s <= HEADERS_S + slack_s
    assert body_s <= BODY_S + slack_s
    assert most_kib - before_kib <= MORE_KIB
    assert good.result() <= SERVED_WITHIN_S + slack_s


@pytest.mark.timeout(120)
async def test_slow_clients_are_closed(tmp_path: Path, figure: Figure) -> None:
    await be_slow(tmp_path, 200, LOADED_S, figure)


@pytest.mark.soak
@pytest.mark.timeout(240)
async def test_two_thousand_slow_clients_are_closed(tmp_path: Path, figure: Figure) -> None:
    await be_slow(tmp_path, 2_000, SLACK_S, figure)
