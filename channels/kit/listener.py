"""Where the world reaches an adapter: its webhooks, customers' files, and its health."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import aiohttp
import msgspec
import structlog
from aiohttp import web

from channels.kit.failures import Rejected, SendError
from channels.kit.files import PATH
from channels.kit.inbox import FULL
from channels.kit.port import Hook

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from channels.kit.files import Linked, Links
    from channels.kit.health import Report
    from channels.kit.inbox import KitInbox
    from channels.kit.port import Adapter, Fetched, Route

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_MAX: Final = 4 * 1024 * 1024
AGAIN_S: Final = 5
"""When a platform is asked to come again."""
UNREADABLE: Final = "application/octet-stream"

_log: Any = structlog.get_logger()


def is_secret(given: str | bytes | None, secret: str) -> bool:
    """Whether it is the secret, compared over its raw bytes in a time that does not depend on what is wrong with it."""
    raw = given.encode() if isinstance(given, str) else given or b""
    return hmac.compare_digest(raw, secret.encode())


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. One with a number of its own may be taken by the next process before this one has ended."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, reuse_port=port != 0)


def application(adapter: Adapter, inbox: KitInbox, links: Links, report: Callable[[], Report]) -> web.Application:
    """What is served."""

    async def health(_request: web.Request) -> web.Response:
        said = report()
        return web.json_response(body=msgspec.json.encode(said), status=200 if said.status == "up" else 503)

    async def file(request: web.Request) -> web.StreamResponse:
        return await _file(adapter, links, request)

    app = web.Application(client_max_size=BODY_MAX)
    app.router.add_get("/healthz", health)
    app.router.add_get(PATH + "{token}", file)
    for route in adapter.routes():
        app.router.add_route(route.method, route.path, _webhook(route, inbox))
    return app


@contextlib.asynccontextmanager
async def listening(app: web.Application, listener: socket.socket) -> AsyncGenerator[None]:
    """Serve it while the context lasts. Requests are not logged: a link is a key."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield
    finally:
        await runner.cleanup()


def _webhook(route: Route, inbox: KitInbox) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        if len(inbox) >= FULL:
            return _again()
        hook = Hook(await request.read(), request.headers)
        try:
            async with asyncio.timeout(route.answer_s):
                answer = await route.handle(hook, inbox)
        except (TimeoutError, OSError):
            return _again()
        return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)

    return handle


def _again() -> web.Response:
    """The platform keeps the update and brings it again."""
    return web.Response(status=503, headers={"Retry-After": str(AGAIN_S)})


async def _file(adapter: Adapter, links: Links, request: web.Request) -> web.StreamResponse:
    linked = links.read(request.match_info["token"])
    if linked is None:
        return web.Response(status=404)
    try:
        async with adapter.fetch(linked.reference) as fetched:
            if (fetched.bytes or 0) > links.bytes_max:
                return web.Response(status=404)
            return await _stream(fetched, linked, request, links.bytes_max)
    except Rejected:
        return web.Response(status=404)
    except (SendError, aiohttp.ClientError, TimeoutError) as error:
        _log.warning("file_not_fetched", why=type(error).__name__)
        return web.Response(status=502, headers={"Retry-After": str(AGAIN_S)})


async def _stream(fetched: Fetched, linked: Linked, request: web.Request, bytes_max: int) -> web.StreamResponse:
    """A customer's file is shown by nobody's browser as a page of ours."""
    name = quote(linked.name or "file", safe="")
    response = web.StreamResponse(
        headers={
            "Content-Type": linked.mime or fetched.mime or UNREADABLE,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
            "Cache-Control": "private, max-age=3600",
        }
    )
    if fetched.bytes is not None:
        response.content_length = fetched.bytes
    left = bytes_max
    await response.prepare(request)
    async for chunk in fetched.chunks:
        left -= len(chunk)
        if left < 0:
            raise ConnectionResetError  # half a file must not look like a whole one
        await response.write(chunk)
    await response.write_eof()
    return response
