"""Peers that misbehave: a proxy that stands before a real server, and a server that says what a test wants."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import hiredis

from tests.helpers.turns import turn

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable, Coroutine
    from random import Random

    from router.engine.address import Address

READ_BYTES = 65536
SPARED = 8
"""Calls that a router makes on each new connection before anybody may use it."""


class Way:
    """One of the two ways through a proxy. `chance` draws, for each call or reply on it, whether the connection breaks.

    What prepares a new connection is spared, or hardly one would stand.
    """

    def __init__(self, chance: Random | None) -> None:
        self.share = 0.0
        """How many of them it breaks in."""
        self.breaks = 0
        self._chance = chance

    def cut(self, data: bytes, words: int) -> int | None:
        """How many of these bytes, in which so many words end, pass before the connection breaks. None: it does not."""
        if self._chance is None or all(self._chance.random() >= self.share for _ in range(words)):
            return None
        self.breaks += 1
        return self._chance.randrange(len(data))


class FaultProxy:
    """Passes bytes between its clients and a server, as long as the test lets it.

    With `shred`, replies are passed in pieces of random length, each in a turn of the event loop of its own. With
    `chance`, connections break in the middle of calls and replies, as `requests.share` and `replies.share` say.
    """

    def __init__(self, target: Address, shred: Random | None, chance: Random | None) -> None:
        self.accepted = 0
        self.requests = Way(chance)
        self.replies = Way(chance)
        self.requests_pass = asyncio.Event()
        self.replies_pass = asyncio.Event()
        self.requests_pass.set()
        self.replies_pass.set()
        self._target = target
        self._shred = shred
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Break every connection that stands."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until either side ends."""
        self.accepted += 1
        server_reader, server_writer = await asyncio.open_unix_connection(self._target.path)
        there = self._pass(reader, server_writer, self.requests, self.requests_pass, None)
        back = self._pass(server_reader, writer, self.replies, self.replies_pass, self._shred)
        self._writers.add(writer)
        try:
            await passing(there, back)
        finally:
            self._writers.discard(writer)
            server_writer.transport.abort()
            with contextlib.suppress(OSError):
                await server_writer.wait_closed()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        way: Way,
        gate: asyncio.Event,
        shred: Random | None,
    ) -> None:
        words, spared = hiredis.Reader(), SPARED
        while data := await reader.read(READ_BYTES):
            await gate.wait()
            words.feed(data)
            ended = sum(1 for _ in iter(words.gets, False))
            cut = way.cut(data, max(0, ended - spared))
            spared = max(0, spared - ended)
            data = data[:cut]
            while data:
                length = shred.randint(1, 40) if shred else len(data)
                writer.write(data[:length])
                await writer.drain()
                data = data[length:]
                if shred:
                    await turn()
            if cut is not None:
                break
        raise ConnectionResetError


async def passing(*ways: Coroutine[None, None, None]) -> None:
    """Both ways of one client at once, until one of them breaks."""
    try:
        async with asyncio.TaskGroup() as both:
            for way in ways:
                both.create_task(way)
    except* ConnectionError:
        pass


@contextlib.asynccontextmanager
async def proxied(
    target: Address,
    address: Address,
    *,
    shred: Random | None = None,
    chance: Random | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[FaultProxy]:
    """A `FaultProxy` before `target`, reached at `address`."""
    proxy = FaultProxy(target, shred, chance)
    async with listening(proxy.serve, address, tls):
        yield proxy


@contextlib.asynccontextmanager
async def scripted(address: Address, answer: Callable[[list[bytes]], bytes]) -> AsyncGenerator[None]:
    """A server at `address` that answers each command with the bytes that `answer` gives; none of them is no answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        commands = hiredis.Reader()
        while data := await reader.read(READ_BYTES):
            commands.feed(data)
            while (command := commands.gets()) is not False:
                writer.write(answer(command))

    async with listening(serve, address):
        yield


@contextlib.asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]],
    address: Address,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[None]:
    """Serves each client that connects to `address`, and ends them all in the end."""
    clients: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients[writer] = asyncio.create_task(serve(reader, writer))
        clients[writer].add_done_callback(lambda _task: writer.transport.abort())

    if address.path is not None:
        server = await asyncio.start_unix_server(accept, address.path)
    else:
        server = await asyncio.start_server(accept, address.host, address.port, ssl=tls)
    try:
        yield
    finally:
        server.close()
        for client in clients.values():
            client.cancel()
        await asyncio.gather(*clients.values(), return_exceptions=True)
        for writer in clients:
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        await server.wait_closed()
