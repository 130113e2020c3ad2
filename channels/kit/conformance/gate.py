"""A gate before a server: shut, nobody gets to it, and whoever was with it loses the connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

READ_BYTES: Final = 65_536


class Gate:
    """Passes bytes between a port of its own, which stays the same, and a server on this machine, while it is open."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting: asyncio.Task[None] | None = None
        self._inside: set[asyncio.Task[None]] = set()
        self._transports: set[asyncio.WriteTransport] = set()

    @property
    def is_shut(self) -> bool:
        """Nobody gets in."""
        return self._accepting is None

    def open(self) -> None:
        """Let everybody in."""
        if self._accepting is None:
            if self._listener.fileno() < 0:
                self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listener.setblocking(False)
            self._accepting = asyncio.create_task(self._accept(self._listener))

    def shut(self) -> None:
        """Let nobody in, and throw out who is in."""
        if self._accepting is not None:
            self._accepting.cancel()
            self._accepting = None
            # At once: the next connection may get this descriptor before the task knows that it is cancelled.
            asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        for transport in list(self._transports):
            transport.abort()

    async def close(self) -> None:
        """Shut it for good."""
        self.shut()
        for task in self._inside:
            task.cancel()
        if self._inside:
            await asyncio.wait(self._inside)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listener)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so only for its own
            task = asyncio.create_task(self._serve(client))
            self._inside.add(task)
            task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._inside.discard(task)
        if not task.cancelled():
            task.exception()  # that the server was not there is for its client to notice

    async def _serve(self, client: socket.socket) -> None:
        async with self._connected(client) as (reader, writer), self._connected(self._target) as (there, back):
            ways = [asyncio.create_task(_pass(reader, back)), asyncio.create_task(_pass(there, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.wait(ways)

    @contextlib.asynccontextmanager
    async def _connected(self, peer: socket.socket | tuple[str, int]) -> AsyncGenerator[Streams]:
        """A connection that one has, or one to a port of this machine."""
        if isinstance(peer, tuple):
            reader, writer = await asyncio.open_connection(*peer)
        else:
            reader, writer = await asyncio.open_connection(sock=peer)
        self._transports.add(writer.transport)
        try:
            yield reader, writer
        finally:
            self._transports.discard(writer.transport)
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(READ_BYTES):
            writer.write(data)
            await writer.drain()
