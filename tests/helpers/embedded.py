"""The embedded server as its users have it: in this process, and in further ones."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import stat
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

from router.engine.connection import Connection
from router.engine.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from router.engine.link import Caller

LEFT_BEHIND = {"store", "server.log"}
END_LIMIT_S = 10.0


@contextlib.asynccontextmanager
async def serving(
    data: Path, binary: Path, on_change: Callable[[bool], None] | None = None
) -> AsyncGenerator[tuple[EmbeddedServer, Connection]]:
    """A started server and a connection to it that mends itself, as a router process has them."""
    server = await EmbeddedServer.start(data, binary=binary)
    try:
        connection = await Connection.open(server, on_change=on_change)
        try:
            yield server, connection
        finally:
            await connection.close()
    finally:
        await server.stop()


def names_in(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()}


def mode_of(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


async def pid_of(connection: Caller) -> int:
    info: bytes = await connection.call("INFO", "server")
    return int(info.split(b"process_id:")[1].split()[0])


def lives(pid: int) -> bool:
    """Whether the process goes on."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ended(pid: int) -> bool:
    """Whether the process ends. A server's locks end a moment before itself, so it is given a moment."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], END_LIMIT_S)[0])
    finally:
        os.close(process)


ROUTER = """
    import asyncio, sys
    from pathlib import Path
    from router.engine.connection import Connection
    from router.engine.embedded import EmbeddedServer

    async def main():
        server = await EmbeddedServer.start(Path(sys.argv[1]), binary=Path(sys.argv[2]))
        connection = await Connection.open(server.address)
        info = await connection.call("INFO", "server")
        await connection.call("INCR", "starts")
        print(info.split(b"process_id:")[1].split()[0].decode(), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await connection.close()
        await server.stop()

    asyncio.run(main())
"""


class RouterProcess:
    """Another process that uses the server: it says the server's pid, and stops when its input ends."""

    def __init__(self, data: Path, binary: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(ROUTER), str(data), str(binary)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    async def server_pid(self) -> int:
        assert self.process.stdout is not None
        while not (line := await asyncio.to_thread(self.process.stdout.readline)).strip().isdigit():
            assert line, "the router process ended early"
        return int(line)

    async def stop(self) -> int:
        await asyncio.to_thread(self.process.communicate)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()
