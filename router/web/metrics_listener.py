"""The listener for Prometheus, which asks for no token.

Whoever is asked answers for all processes of the workspace, so one of them has it. The others try to have it, too, and
the first of them does when the one that has it ends or dies.
"""

from __future__ import annotations

import asyncio
import errno
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog
from aiohttp import web

from router.web.listening import bind
from router.web.metrics import PATH, figures_for
from router.web.options import WebOptions
from router.web.problems import SAFE
from router.web.slow import Runner

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncGenerator

    from router.service.served import Served

    Address = tuple[str, int]

AGAIN_S: Final = 0.25
"""How soon a process has the listener that another one has left."""
ASKED_EVERY: Final = 40
"""After so many vain tries it is asked again who has the port."""
ASKED_S: Final = 2.0

_log: Any = structlog.get_logger()


@asynccontextmanager
async def metrics_on(served: Served, address: Address | None) -> AsyncGenerator[None]:
    """Serve `/metrics` at the address while the context lasts, whenever no other process of the workspace does."""
    if address is None:
        yield
        return
    task = asyncio.create_task(_compete(served, address), name="metrics")
    task.add_done_callback(lambda task: task.cancelled() or _died(served, task))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _died(served: Served, task: asyncio.Task[None]) -> None:
    _log.error("task_died", task="metrics", exc_info=task.exception())
    served.died.set()


async def _compete(served: Served, address: Address) -> None:
    """Have the listener whenever it can be had."""
    is_said, tries = False, 0
    while True:
        try:
            listener = bind(*address)
        except OSError as error:
            if not is_said and tries % ASKED_EVERY == 0 and (why := await _trouble(served, address, error)):
                _log.warning("metrics_not_served", address=shown_address(address), reason=why)
                is_said = True
            tries += 1
            await asyncio.sleep(AGAIN_S)
        else:
            await _hold(served, listener, address)


async def _hold(served: Served, listener: socket.socket, address: Address) -> None:
    """Serve until cancelled; then finish what is being asked."""

    async def figures(request: web.Request) -> web.Response:
        return await figures_for(served, request)

    async def greeting(_request: web.Request) -> web.Response:
        return web.Response(text=_greeting(served), headers=SAFE)

    application = web.Application()
    application.router.add_get(PATH, figures)
    application.router.add_get("/", greeting)
    runner = Runner(application, WebOptions())
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        _log.info("metrics_served", address=shown_address(address))
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _trouble(served: Served, address: Address, error: OSError) -> str | None:
    """Why the listener cannot be had; None where another process of the workspace has it."""
    if error.errno != errno.EADDRINUSE:
        return error.strerror or str(error)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ASKED_S)) as session,
            session.get(f"http://{shown_address(address)}/") as response,
        ):
            said = await response.text()
    except aiohttp.ClientConnectorError:  # whoever had it has just left it
        return None
    except (aiohttp.ClientError, OSError, TimeoutError, UnicodeDecodeError):
        said = ""
    return None if said == _greeting(served) else "another program has the port, or a router of another workspace"


def _greeting(served: Served) -> str:
    """By this the processes of a workspace know each other."""
    return f"The figures of the workspace {served.engine.workspace} are at {PATH}\n"


def shown_address(address: Address) -> str:
    """As it is written."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
