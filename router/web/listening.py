"""Taking requests on a socket, and ceasing to without losing one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.web.server import web_application, web_runner

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from router.service.served import Served
    from router.web.options import WebOptions

BACKLOG: Final = 1024
LINGER_S: Final = 2.0
"""How long connections that are kept alive may bring another request, whose answer then says that it is the last."""
_LOOK_S: Final = 0.02


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


@asynccontextmanager
async def listening(served: Served, listener: socket.socket, options: WebOptions | None = None) -> AsyncGenerator[None]:
    """Take requests while the context lasts; then finish those under way, and send everybody else elsewhere.

    Processes may share the listener: whoever is free takes the next connection, and those that nobody has taken yet
    wait in it for the others when this one ends.
    """
    runner = web_runner(web_application(served, options), options)
    await runner.setup()
    # One connection at a time, or the first to wake would take all that are waiting. asyncio has only one number for
    # this and for how many may wait, so the second is set again.
    site = web.SockSite(runner, listener, backlog=1)
    await site.start()
    listener.listen(BACKLOG)
    try:
        yield
    finally:
        served.closing.set()
        waiting = list(_taken(listener))
        await site.stop()
        for connection in waiting:
            await _serve(connection, runner)
        await _until_left(runner)
        await runner.cleanup()


def _taken(listener: socket.socket) -> Iterator[socket.socket]:
    """The connections that nobody has taken yet: they would break with the listener, if no other process has it."""
    with contextlib.suppress(BlockingIOError):
        while True:
            connection, _ = listener.accept()
            connection.setblocking(False)
            yield connection


async def _serve(connection: socket.socket, runner: web.AppRunner) -> None:
    assert runner.server is not None
    with contextlib.suppress(OSError):  # its client may be gone by now
        await asyncio.get_running_loop().connect_accepted_socket(runner.server, connection)


async def _until_left(runner: web.AppRunner) -> None:
    """Wait until every client has had his last answer, for as long as idle ones are waited for."""
    assert runner.server is not None
    try:
        async with asyncio.timeout(LINGER_S):
            while runner.server.connections:
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        pass
