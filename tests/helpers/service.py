"""A router process that serves HTTP on a port of its own, for one test, and its callers."""

from __future__ import annotations

import io
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from aiohttp import web

from router.app import serving
from router.domain.token import Token
from router.web.options import WebOptions
from router.web.server import web_application, web_runner
from tests.helpers.floor import operation_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from router.domain.operation import Operation
    from router.domain.states import Role
    from router.engine.embedded import EmbeddedServer
    from router.service.served import Served
    from tests.helpers.servers import Server

_workspaces = count()


@dataclass
class Said:
    """What the server answered."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        """The refusal's code."""
        return self.body["code"]


@dataclass
class Place:
    """Where a service's API is, and the session by which it is called."""

    url: str
    session: aiohttp.ClientSession


@dataclass
class Caller:
    """Somebody with a token, or without."""

    service: Place
    secret: str | None

    @property
    def headers(self) -> dict[str, str]:
        """His token as a header."""
        return {} if self.secret is None else {"Authorization": f"Bearer {self.secret}"}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """One request below the workspace; names of headers are written with underscores."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        data = None if body is None else io.BytesIO(raw)
        url = self.service.url + path
        async with self.service.session.request(method, url, data=data, headers=self.headers | said) as response:
            raw = await response.read()
            parsed = json.loads(raw) if "json" in response.content_type else raw
            return Said(response.status, parsed, response.headers)

    async def get(self, path: str, **headers: str) -> Said:
        """Read."""
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Said:
        """Do."""
        return await self.call("POST", path, {} if body is None else body, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Said:
        """Put."""
        return await self.call("PUT", path, body, **headers)

    async def patch(self, path: str, body: Any, **headers: str) -> Said:
        """Change."""
        return await self.call("PATCH", path, body, **headers)

    @asynccontextmanager
    async def socket(self, path: str) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
        """A websocket below the workspace."""
        async with self.service.session.ws_connect(self.service.url + path, headers=self.headers) as socket:
            yield socket


@dataclass
class Service(Place):
    """A running service of this process."""

    served: Served

    async def caller(self, role: Role, **fields: Any) -> Caller:
        """Somebody new with a token of this role."""
        token = Token(role=role, created_at=self.served.wall_ms(), **fields)
        return Caller(self, await self.served.tokens.create(token))

    def stranger(self) -> Caller:
        """Somebody without a token."""
        return Caller(self, None)


@asynccontextmanager
async def service_on(
    server: Server, operation: str, options: WebOptions | None = None, pace: float | None = None
) -> AsyncGenerator[Service]:
    """Serve an operation, in a workspace of its own, on a server of the tests.

    With a `pace` the workspace's clock runs so many times faster than the wall's.
    """
    workspace = f"web-{next(_workspaces)}"
    loaded = msgspec.structs.replace(operation_of(operation), workspace=workspace)
    async with process_on(server, loaded, options, pace) as service:
        yield service


@asynccontextmanager
async def process_on(
    server: Server | EmbeddedServer,
    operation: Operation | str,
    options: WebOptions | None = None,
    pace: float | None = None,
) -> AsyncGenerator[Service]:
    """One router process more, which serves an operation or a workspace that has one."""
    options = options or WebOptions()
    url = f"unix://{server.address.path}"
    async with serving(operation, url=url, pace=pace) as served, aiohttp.ClientSession() as session:
        runner = web_runner(web_application(served, options), options)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            yield Service(f"http://127.0.0.1:{port}/v1/{served.engine.workspace}", session, served)
        finally:
            await runner.cleanup()
