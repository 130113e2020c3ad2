"""Four processes behind one port, killed one after the other under load: callers see at most a reconnect."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from router.engine.connection import Connection
from router.engine.embedded import EmbeddedServer
from router.engine.engine import load_library
from tests.chaos.clients import Clients, until_ready
from tests.chaos.history import History
from tests.helpers.program import operation_file, tokens
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PROCESSES = 4
AGENTS = 40
RATE = 200
SECONDS = 20


@asynccontextmanager
async def served(directory: Path, port: int) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`serve` with four processes."""
    file = operation_file(directory, "port", AGENTS)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", "serve", "--operation", str(file), "--data", str(directory / "data"),
        "--port", str(port), "--processes", str(PROCESSES),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await process.wait() == 0


def children(process: asyncio.subprocess.Process) -> list[int]:
    """The processes that a process has started."""
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.timeout(180)
async def test_a_killed_process_is_no_more_than_a_reconnect(tmp_path: Path) -> None:
    port = free_port()
    clients = Clients(f"http://127.0.0.1:{port}/v1/port")
    async with served(tmp_path, port) as parent:
        await until_ready(port)
        data = tmp_path / "data"
        phone_token, agent_tokens = await tokens(data)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {phone_token}"}) as phone:
            sessions = {
                agent: aiohttp.ClientSession(headers={"Authorization": f"Bearer {secret}"})
                for agent, secret in agent_tokens.items()
            }
            desks = [asyncio.create_task(clients.desk(session, phone, agent)) for agent, session in sessions.items()]
            await clients.post_all(phone, RATE, SECONDS, lambda: os.kill(children(parent)[0], signal.SIGKILL))
            history = await until_all_ended(data, len(clients.acked))
            for desk in desks:
                desk.cancel()
            await asyncio.wait(desks)
            for session in sessions.values():
                await session.close()
    assert len(clients.acked) == RATE * SECONDS
    assert set(history.ended) == clients.acked
    assert not clients.complaints, clients.complaints[:3]
    assert clients.reconnects


async def until_all_ended(data: Path, contacts: int) -> History:
    """Read the stream until every contact has ended; then look at every promise."""
    server = await EmbeddedServer.start(data)
    connection = await Connection.open(server.address, before_connect=server.ensure, on_connect=load_library)
    try:
        history = History(connection, "port")
        await history.until_ended(contacts, within_s=60)
        await history.judged()
        return history
    finally:
        await connection.close()
        await server.stop()
