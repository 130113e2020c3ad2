"""The cable between browsers and a router: it can be pulled out, or go dead without anybody being told."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from router.engine.address import Address
from tests.helpers.proxy import READ_BYTES, listening, passing
from tests.helpers.servers import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Cable:
    """Passes bytes to a port of this machine and back, as long as the test lets it.

    A browser's own `set_offline` leaves the sockets that stand as they are; this does not.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._target = target
        self._in = True
        self._alive = asyncio.Event()
        self._alive.set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def base(self) -> str:
        """Where the router's pages are, through this cable."""
        return f"http://127.0.0.1:{self.port}"

    def pull(self) -> None:
        """Every connection breaks, and so does each new one."""
        self._in = False
        for writer in self._writers:
            writer.transport.abort()

    def fall_silent(self) -> None:
        """Nothing comes through any more, either way; connections stand."""
        self._alive.clear()

    def mend(self) -> None:
        """All is well again. What was silent goes on; what was said meanwhile comes late."""
        self._in = True
        self._alive.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends."""
        if not self._in:
            return
        try:
            from_router, to_router = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return  # the router is away
        self._writers.add(writer)
        try:
            await passing(self._pass(reader, to_router), self._pass(from_router, writer))
        finally:
            self._writers.discard(writer)
            to_router.transport.abort()
            with contextlib.suppress(OSError):
                await to_router.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(READ_BYTES):
            await self._alive.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def cable_to(port: int) -> AsyncGenerator[Cable]:
    """A cable to a router's port."""
    cable = Cable(port)
    async with listening(cable.serve, Address(host="127.0.0.1", port=cable.port)):
        yield cable
